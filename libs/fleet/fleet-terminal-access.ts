import { Injectable, Logger } from '@nestjs/common';
import { type ConnectRefusal, TerminalAccess, type WithdrawalListener } from '#mqtt';
import { PROFILES } from '#protocol';
import type { TerminalFacts } from './directory-rows.js';
import { verifySecret } from './secret-hash.js';
import { TerminalDirectory } from './terminal-directory.js';

/** A terminal's rights: its own secret, and the topics its profile gives to it alone. */
@Injectable()
export class FleetTerminalAccess extends TerminalAccess {
  private readonly log = new Logger('TerminalAccess');

  constructor(private readonly directory: TerminalDirectory) {
    super();
  }

  override async authenticate(terminalId: string, secret: Uint8Array): Promise<ConnectRefusal | null> {
    let facts: TerminalFacts | null;
    try {
      facts = await this.directory.find(terminalId);
    } catch (error) {
      this.log.warn(`Cannot look up terminal ${JSON.stringify(terminalId)}: ${String(error)}`);
      return 'directory-unavailable';
    }
    if (facts === null) return 'unknown-terminal';
    if (!verifySecret(secret, facts.secretHash)) return 'wrong-secret';
    return facts.revoked ? 'revoked' : null;
  }

  override mayPublish(terminalId: string, topic: string): boolean {
    const profile = this.profileOf(terminalId);
    return profile?.mayPublish(terminalId, topic) ?? false;
  }

  override isTelemetry(terminalId: string, topic: string): boolean {
    return this.profileOf(terminalId)?.isTelemetry(topic) ?? false;
  }

  override maySubscribe(terminalId: string, filter: string): boolean {
    const profile = this.profileOf(terminalId);
    return profile?.maySubscribe(terminalId, filter) ?? false;
  }

  override onWithdrawn(listener: WithdrawalListener): () => void {
    return this.directory.onWithdrawn(listener);
  }

  private profileOf(terminalId: string) {
    return PROFILES.get(this.directory.lookup(terminalId)?.profile ?? '');
  }
}
