const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Widths that people read on an axis, ms. */
const WIDTHS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200].map((days) => days * DAY),
] as const;
const WIDEST_MS = 400 * DAY;

/**
 * Width of the buckets of a range of `rangeMs`: the smallest of a fixed list of which `points` are as long
 * as the range. Buckets begin at its multiples since 1970, so that they stay what they are while a chart
 * moves on; for that the first and the last may be cut, and there may be one more than `points`.
 */
export function bucketWidthMs(rangeMs: number, points: number): number {
  return WIDTHS_MS.find((width) => width * points >= rangeMs) ?? WIDEST_MS;
}
