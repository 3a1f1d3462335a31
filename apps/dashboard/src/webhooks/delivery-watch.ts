import type { Attempt, Delivery } from './webhook-view.js';

/** What is watched: a delivery, and how many attempts it had when the watch began. */
export interface Watched {
  readonly delivery: string;
  readonly seen: number;
}

/** What came of a delivery since a person began to watch it. */
export type WatchOutcome = 'waiting' | 'accepted' | 'refused';

/**
 * `seen`: attempts that were there before. An accepted attempt settles it; a refused one does not, because
 * retries follow.
 */
export function watchOutcome(seen: number, attempts: readonly Attempt[]): WatchOutcome {
  const fresh = attempts.filter(({ number }) => number > seen);
  if (fresh.some(({ outcome }) => outcome === 'accepted')) return 'accepted';
  return fresh.length > 0 ? 'refused' : 'waiting';
}

const QUICK_MS = 500;
const QUICK_FOR_MS = 20_000;
const SLOW_MS = 3_000;
/** The third retry comes after five minutes: who waits for it comes back. */
const WATCHED_FOR_MS = 120_000;

/** When to look again, ms; null = no more. An attempt takes up to 15 s. */
export function nextLookMs(outcome: WatchOutcome, watchedMs: number): number | null {
  if (outcome === 'accepted' || watchedMs >= WATCHED_FOR_MS) return null;
  return outcome === 'waiting' && watchedMs < QUICK_FOR_MS ? QUICK_MS : SLOW_MS;
}

/** A retry later than this is not waited for; ms. */
const SOON_MS = 60_000;

/** Whether an attempt is to be expected at once. What no list has shown yet is a test that was just sent. */
export function isExpected(delivery: Pick<Delivery, 'state' | 'dueAtMs'> | null, nowMs: number): boolean {
  if (delivery === null) return true;
  return delivery.state === 'pending' && (delivery.dueAtMs ?? nowMs) - nowMs <= SOON_MS;
}
