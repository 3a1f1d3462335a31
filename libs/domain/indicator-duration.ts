/**
 * Times of orders are typed by people: of 117 published ones four had no rescue time, two were 0 and one was
 * 1,447 min (DOMAIN §2). Such an order is left out of means and percentiles, and counted under why.
 */
export const DURATION_FLAWS = ['no-time', 'not-after', 'a-day-or-more'] as const;
export type DurationFlaw = (typeof DURATION_FLAWS)[number];

/**
 * From this on a time is taken for a date typed a day off, ms: 1,447 min is 7 min and a day. A shorter one,
 * however long, is believed.
 */
export const DURATION_BELOW_MS = 86_400_000;

/** Usable durations summed up; a database may fill it too, by the same rules. */
export interface DurationSummary {
  readonly usable: number;
  /** Sum of the usable durations, ms. */
  readonly sumMs: number;
  /** Nearest-rank 90th percentile (SQL `percentile_disc(0.9)`) of the usable ones, ms; null if none. */
  readonly p90Ms: number | null;
  readonly leftOut: Readonly<Record<DurationFlaw, number>>;
}

/**
 * Why the time between two moments (ms since 1970 UTC, null = not written down) is not used; null when it is.
 * `not-after` is 0 min or a negative time.
 */
export function durationFlaw(from: number | null, to: number | null): DurationFlaw | null {
  if (from === null || to === null) return 'no-time';
  if (to <= from) return 'not-after';
  return to - from >= DURATION_BELOW_MS ? 'a-day-or-more' : null;
}

/**
 * Whether an order kept a limit of `limitMs`. A share leaves no order out, for else not writing the time down
 * would raise it: without a believable time an order has not kept its limit. 0 min is kept: times are typed
 * to the minute, and whoever answers at once answers in the same one.
 */
export function keptLimit(from: number | null, to: number | null, limitMs: number): boolean {
  return from !== null && to !== null && to >= from && to - from <= limitMs;
}

/** Sums up pairs of moments by `durationFlaw`. */
export function summariseDurations(
  pairs: Iterable<readonly [from: number | null, to: number | null]>,
): DurationSummary {
  const leftOut: Record<DurationFlaw, number> = { 'no-time': 0, 'not-after': 0, 'a-day-or-more': 0 };
  const usable: number[] = [];
  for (const [from, to] of pairs) {
    const flaw = durationFlaw(from, to);
    if (flaw !== null) leftOut[flaw] += 1;
    else if (from !== null && to !== null) usable.push(to - from);
  }
  usable.sort((a, b) => a - b);
  return {
    usable: usable.length,
    sumMs: usable.reduce((sum, each) => sum + each, 0),
    p90Ms: usable[Math.ceil(usable.length * 0.9) - 1] ?? null,
    leftOut,
  };
}
