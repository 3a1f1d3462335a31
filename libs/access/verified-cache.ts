import type { Clock } from '#runtime';

/**
 * How long an answer of the database is believed. Changes come by the event log at once; this bounds what
 * bypasses it, such as a row changed by hand, below the 5 s that a revoked key may live.
 */
const BELIEVED_MS = 4_000;
const CACHED_MAX = 2_000;

/** Credentials found good a moment ago, by the SHA-256 of their text, so that no secret stays in memory. */
export class VerifiedCache<T extends { readonly keyId: string }> {
  private readonly entries = new Map<string, { readonly value: T; readonly until: number }>();
  /** Grows with each change: an answer that was asked for before a change must not be kept after it. */
  private changes = 0;

  constructor(private readonly clock: Clock) {}

  get generation(): number {
    return this.changes;
  }

  get(digest: string): T | null {
    const entry = this.entries.get(digest);
    if (entry !== undefined && entry.until > this.clock.monotonicMs()) return entry.value;
    this.entries.delete(digest);
    return null;
  }

  /** Keeps `value`, unless something changed since `generation` was read. */
  keep(digest: string, value: T, generation: number): void {
    if (generation !== this.changes) return;
    this.entries.delete(digest);
    const oldest = this.entries.keys().next();
    if (this.entries.size >= CACHED_MAX && !oldest.done) this.entries.delete(oldest.value);
    this.entries.set(digest, { value, until: this.clock.monotonicMs() + BELIEVED_MS });
  }

  /** Forgets whatever rests on the key. */
  forget(keyId: string): void {
    this.changes += 1;
    for (const [digest, { value }] of this.entries) {
      if (value.keyId === keyId) this.entries.delete(digest);
    }
  }
}
