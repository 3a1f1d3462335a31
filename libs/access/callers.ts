import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { AccessChanges } from './access-changes.js';
import { ApiKeys } from './api-keys.js';
import type { Principal } from './principal.js';
import { callerAddress } from './remote-address.js';
import { type LimitReason, RequestLimits } from './request-limits.js';
import { sessionTokenOf } from './session-cookie.js';
import { csrfMatches, hashToken } from './session-token.js';
import { Sessions } from './sessions.js';

/** What a request brings to say who it is. A key goes before a cookie: whoever sends one means it. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly text: string }
  | { readonly kind: 'session'; readonly token: string };

export type CallerRefusal = 'no-key' | 'wrong-key' | 'no-session' | 'bad-csrf' | LimitReason;

export type CallerResult =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly reason: CallerRefusal; readonly retryAfterSeconds: number };

/** Methods that change nothing: a cookie alone is enough for them. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Who is behind a request: by API key, or by the session of a browser. */
@Injectable()
export class Callers {
  private readonly log = new Logger('Access');

  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: Sessions,
    private readonly limits: RequestLimits,
    private readonly changes: AccessChanges,
  ) {}

  /** The caller of a request. Throws when the database cannot be asked. */
  async identify(request: Request): Promise<CallerResult> {
    const credential = credentialOf(request);
    const address = callerAddress(request.ip);
    if (credential.kind === 'none') return this.stranger(address, 'no-key');
    if (credential.kind === 'key') return this.checkKey(credential.text, address);
    const { token } = credential;
    const digest = hashToken(token);
    const wait = this.limits.beforeSession(address, digest);
    if (wait !== null) return refused(wait.reason, wait.seconds);
    const session = await this.sessions.verify(token);
    if (session === null) return this.stranger(address, 'no-session');
    const checked = this.admitted(digest, session.principal);
    if (!checked.ok || SAFE_METHODS.has(request.method)) return checked;
    const sent = request.headers['x-csrf-token'];
    return typeof sent === 'string' && csrfMatches(token, sent) ? checked : refused('bad-csrf');
  }

  /** The caller behind a key's text that came from `address`; wrong ones lock the address with back-off. */
  async checkKey(text: string, address: string): Promise<CallerResult> {
    const digest = hashToken(text);
    const wait = this.limits.beforeKey(address, digest);
    if (wait !== null) return refused(wait.reason, wait.seconds);
    const principal = await this.keys.verify(text);
    if (principal !== null) return this.admitted(digest, principal);
    this.limits.wrongKey(address);
    return this.stranger(address, 'wrong-key');
  }

  /** A request of a public route: counted by its address. */
  admitStranger(request: Request): CallerResult | null {
    const wait = this.limits.stranger(callerAddress(request.ip));
    return wait && refused(wait.reason, wait.seconds);
  }

  /** The rights of a caller as they are now, without counting it as a request; null when they are gone. */
  async again(request: Request): Promise<Principal | null> {
    const credential = credentialOf(request);
    if (credential.kind === 'none') return null;
    if (credential.kind === 'key') return this.keys.verify(credential.text);
    return (await this.sessions.verify(credential.token))?.principal ?? null;
  }

  /**
   * For answers that go on, such as a live stream: calls `changed` with the caller's rights whenever those of
   * the key may have changed, in whichever process; null = gone. Returns the stop function.
   */
  watch(request: Request, principal: Principal, changed: (now: Principal | null) => void): () => void {
    return this.changes.onChange((keyId) => {
      if (keyId !== principal.keyId) return;
      this.again(request).then(changed, (error: unknown) => {
        this.log.warn(`Cannot check the rights of key ${keyId} again: ${String(error)}`);
      });
    });
  }

  private admitted(digest: string, principal: Principal): CallerResult {
    const wait = this.limits.rightCredential(digest, principal.keyId);
    return wait === null ? { ok: true, principal } : refused(wait.reason, wait.seconds);
  }

  private stranger(address: string, reason: CallerRefusal): CallerResult {
    const wait = this.limits.stranger(address);
    return wait === null ? refused(reason) : refused(wait.reason, wait.seconds);
  }
}

/** What a request brings. An `Authorization` of another scheme is none, whatever cookie comes with it. */
export function credentialOf(request: Request): Credential {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const text = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    return text === undefined ? { kind: 'none' } : { kind: 'key', text };
  }
  const token = sessionTokenOf(cookie);
  return token === null ? { kind: 'none' } : { kind: 'session', token };
}

function refused(reason: CallerRefusal, retryAfterSeconds = 0): CallerResult {
  return { ok: false, reason, retryAfterSeconds };
}
