import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Asks the name service. A port: tests play a name whose address changes between two questions. */
export abstract class HostAddresses {
  /** Every address of `host`, literals included; empty when there is none. Never rejects. */
  abstract addresses(host: string): Promise<readonly string[]>;
}

const QUESTION_MS = 3_000;
/** Names that only the system knows (its hosts file) are asked for on libuv's four threads. */
const SYSTEM_LOOKUPS_MAX = 2;

/**
 * The resolver in user space, where a name service that does not answer makes nobody else wait; then the
 * system's, two at a time, because files are read on the same few threads.
 */
export class SystemHostAddresses extends HostAddresses {
  private readonly resolver = new Resolver({ timeout: QUESTION_MS, tries: 2 });
  private systemLookups = 0;

  async addresses(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const answers = await Promise.allSettled([this.resolver.resolve4(host), this.resolver.resolve6(host)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    return found.length > 0 ? found : this.bySystem(host);
  }

  private async bySystem(host: string): Promise<readonly string[]> {
    if (this.systemLookups >= SYSTEM_LOOKUPS_MAX) return [];
    this.systemLookups += 1;
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } catch {
      return [];
    } finally {
      this.systemLookups -= 1;
    }
  }
}
