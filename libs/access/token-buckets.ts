import type { Clock } from '#runtime';

export interface TokenBucketsOptions {
  /** Tokens that come back a second, > 0. */
  readonly perSecond: number;
  /** Tokens of a full bucket: how many may be taken at once. */
  readonly burst: number;
  /** Most buckets kept. Beyond it the one longest untouched is forgotten, which means: full again. */
  readonly bucketsMax: number;
}

interface Bucket {
  tokens: number;
  /** Monotonic ms of the last refill. */
  at: number;
}

/**
 * A bounded set of token buckets by name. Own code because `@nestjs/throttler` keeps every caller it ever saw
 * until a sweep, one timestamp a hit, and reads the wall clock itself.
 */
export class TokenBuckets {
  /** In the order of last use, so that the first is the one to forget. */
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly options: TokenBucketsOptions,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.buckets.size;
  }

  /** Takes one token of `name`. Returns 0, or the seconds (≥ 1) until there is one: then none was taken. */
  take(name: string): number {
    const bucket = this.refilled(name);
    this.touch(name, bucket);
    if (bucket.tokens < 1) return this.waitOf(bucket);
    bucket.tokens -= 1;
    return 0;
  }

  /** As `take`, but takes nothing. */
  wait(name: string): number {
    const bucket = this.refilled(name);
    return bucket.tokens < 1 ? this.waitOf(bucket) : 0;
  }

  private refilled(name: string): Bucket {
    const { perSecond, burst } = this.options;
    const now = this.clock.monotonicMs();
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    return bucket;
  }

  private waitOf(bucket: Bucket): number {
    return Math.max(1, Math.ceil((1 - bucket.tokens) / this.options.perSecond));
  }

  private touch(name: string, bucket: Bucket): void {
    this.buckets.delete(name);
    const oldest = this.buckets.keys().next();
    if (this.buckets.size >= this.options.bucketsMax && !oldest.done) this.buckets.delete(oldest.value);
    this.buckets.set(name, bucket);
  }
}
