import type { Bucket, Change, Series } from './series-view.js';

/** A stretch of time, ms since 1970 UTC. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shorter than this there is nothing more to see: terminals send once a second at best. Milliseconds. */
export const WINDOW_MIN_MS = 30_000;

/** `window` scaled about its middle (0.5 = half as long) and kept within `bounds`. */
export function zoomed(window: Window, factor: number, bounds: Window): Window {
  const middle = (window.fromMs + window.toMs) / 2;
  const length = Math.max(WINDOW_MIN_MS, (window.toMs - window.fromMs) * factor);
  return within({ fromMs: middle - length / 2, toMs: middle + length / 2 }, bounds);
}

/** `window` moved by a share of its length (−0.5 = half of it earlier) and kept within `bounds`. */
export function shifted(window: Window, share: number, bounds: Window): Window {
  const by = (window.toMs - window.fromMs) * share;
  return within({ fromMs: window.fromMs + by, toMs: window.toMs + by }, bounds);
}

function within(window: Window, bounds: Window): Window {
  const length = Math.min(window.toMs - window.fromMs, bounds.toMs - bounds.fromMs);
  const fromMs = Math.round(Math.min(Math.max(window.fromMs, bounds.fromMs), bounds.toMs - length));
  return { fromMs, toMs: Math.round(fromMs + length) };
}

/**
 * The whole stretch with the finer reading of a part of it put in its place: zooming out again shows no hole
 * while the next answer is on its way.
 */
export function refined(whole: Series, part: Series | null, window: Window): Series {
  if (part === null || part.field !== whole.field) return whole;
  if (whole.type === 'numbers' && part.type === 'numbers') {
    return { ...whole, bucketMs: part.bucketMs, buckets: spliced(whole.buckets, part.buckets, window) };
  }
  if (whole.type === 'states' && part.type === 'states') {
    return { ...whole, truncated: part.truncated, changes: spliced(whole.changes, part.changes, window) };
  }
  return whole;
}

function spliced<T extends { readonly atMs: number }>(
  whole: readonly T[],
  part: readonly T[],
  window: Window,
): T[] {
  const before = whole.filter(({ atMs }) => atMs < window.fromMs);
  const after = whole.filter(({ atMs }) => atMs > window.toMs);
  const inside = part.filter(({ atMs }) => atMs >= window.fromMs && atMs <= window.toMs);
  // The state at the begin of the part is told by its first change, which may lie before it.
  return [...before, ...inside, ...after];
}

export interface Summary {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Samples. */
  readonly count: number;
}

/** Of the buckets that begin within `window`; null when there is none. The mean is that of the samples. */
export function summarise(buckets: readonly Bucket[], window: Window): Summary | null {
  let [count, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const bucket of buckets) {
    if (bucket.atMs < window.fromMs || bucket.atMs > window.toMs) continue;
    count += bucket.count;
    sum += bucket.mean * bucket.count;
    min = Math.min(min, bucket.min);
    max = Math.max(max, bucket.max);
  }
  return count === 0 ? null : { min, max, mean: sum / count, count };
}

/** The state that holds at the end of `window`; null when nothing is known. */
export function stateAt(changes: readonly Change[], atMs: number): string | null {
  let state: string | null = null;
  for (const change of changes) {
    if (change.atMs > atMs) break;
    state = change.value;
  }
  return state;
}
