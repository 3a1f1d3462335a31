import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock, Metrics } from '#runtime';
import { TokenBuckets } from './token-buckets.js';
import { ADDRESSES_MAX, WrongKeys } from './wrong-keys.js';

/** Requests of one key: a busy platform's import, and still a fraction of what one process serves. */
export const KEY_LIMIT = { perSecond: 500, burst: 10_000, bucketsMax: 10_000 };
/** Requests of one address without a good key: health checks, sign-ins, mistakes. */
export const ADDRESS_LIMIT = { perSecond: 100, burst: 1_000, bucketsMax: 10_000 };
/** Wrong keys of all addresses together: each costs a query of the records database. */
export const WRONG_KEY_LIMIT = { perSecond: 20, burst: 200, bucketsMax: 1 };

const ALL = 'all addresses';
/** How long a key that was right once passes the locks of the address it comes from. */
const PROVED_MS = 60 * 60_000;
const PROVED_MAX = 10_000;

/** Why a caller must wait. */
export type LimitReason = 'locked-out' | 'rate-limited';

export interface Wait {
  readonly reason: LimitReason;
  /** Whole seconds, at least 1. */
  readonly seconds: number;
}

/**
 * How often who may ask. A lock never shuts out a key or session that has proved right within the hour: one
 * forgotten script behind the office's one address must not cost the duty officer the screen. In memory:
 * each process has its own limits.
 */
@Injectable()
export class RequestLimits implements OnModuleInit {
  private readonly keys: TokenBuckets;
  private readonly addresses: TokenBuckets;
  private readonly wrongKeys: WrongKeys;
  private readonly wrongOfAll: TokenBuckets;
  /** Digests of credentials that were right, and until when (monotonic ms) that counts; oldest first. */
  private readonly proved = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.keys = new TokenBuckets(KEY_LIMIT, clock);
    this.addresses = new TokenBuckets(ADDRESS_LIMIT, clock);
    this.wrongOfAll = new TokenBuckets(WRONG_KEY_LIMIT, clock);
    this.wrongKeys = new WrongKeys(clock);
  }

  onModuleInit(): void {
    this.metrics.measured(
      'liftwarden_access_tracked',
      `Callers that the limits keep in memory: at most ${KEY_LIMIT.bucketsMax} keys, ` +
        `${ADDRESS_LIMIT.bucketsMax} addresses, ${ADDRESSES_MAX} addresses with wrong keys, ` +
        `${PROVED_MAX} credentials that were right.`,
      ['what'],
      (gauge) => {
        gauge.set({ what: 'keys' }, this.keys.size);
        gauge.set({ what: 'addresses' }, this.addresses.size);
        gauge.set({ what: 'wrong-key-addresses' }, this.wrongKeys.size);
        gauge.set({ what: 'proved' }, this.proved.size);
      },
    );
  }

  /** Before a key is looked up; null = go on. `digest` is the SHA-256 of its text. */
  beforeKey(address: string, digest: string): Wait | null {
    if (this.isProved(digest)) return null;
    const locked = Math.max(this.wrongKeys.wait(address), this.wrongOfAll.wait(ALL));
    if (locked > 0) return { reason: 'locked-out', seconds: locked };
    return waitOf(this.addresses.wait(address));
  }

  /**
   * Before a session is looked up. Wrong keys lock no session out: cookies are not typed, and those who are
   * signed in need their screen while somebody beside them errs.
   */
  beforeSession(address: string, digest: string): Wait | null {
    return this.isProved(digest) ? null : waitOf(this.addresses.wait(address));
  }

  /** A key that is none was sent. */
  wrongKey(address: string): void {
    this.wrongKeys.failed(address);
    this.wrongOfAll.take(ALL);
  }

  /** The credential was right: its caller's request is counted by its key. Null = go on. */
  rightCredential(digest: string, keyId: string): Wait | null {
    this.proved.delete(digest);
    const oldest = this.proved.keys().next();
    if (this.proved.size >= PROVED_MAX && !oldest.done) this.proved.delete(oldest.value);
    this.proved.set(digest, this.clock.monotonicMs() + PROVED_MS);
    return waitOf(this.keys.take(keyId));
  }

  private isProved(digest: string): boolean {
    return (this.proved.get(digest) ?? 0) > this.clock.monotonicMs();
  }

  /** A request without a good credential, of a public route too. Null = go on. */
  stranger(address: string): Wait | null {
    return waitOf(this.addresses.take(address));
  }
}

function waitOf(seconds: number): Wait | null {
  return seconds === 0 ? null : { reason: 'rate-limited', seconds };
}
