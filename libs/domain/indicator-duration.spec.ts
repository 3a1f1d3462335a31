import fc from 'fast-check';
import { DURATION_BELOW_MS, durationFlaw, keptLimit, summariseDurations } from './indicator-duration.js';

const MINUTE = 60_000;

test.each([
  [null, 5, 'no-time'],
  [5, null, 'no-time'],
  [null, null, 'no-time'],
  [5, 5, 'not-after'],
  [6, 5, 'not-after'],
  [0, 1_447 * MINUTE, 'a-day-or-more'],
  [0, DURATION_BELOW_MS, 'a-day-or-more'],
  [0, DURATION_BELOW_MS - 1, null],
  [0, 1, null],
])('from %p to %p: %p', (from, to, flaw) => {
  expect(durationFlaw(from, to)).toBe(flaw);
});

test.each([
  [0, 3 * MINUTE, true],
  [0, 3 * MINUTE + 1, false],
  [0, 0, true],
  [5, 4, false],
  [0, null, false],
  [null, 0, false],
])('from %p to %p within 3 min: %p', (from, to, kept) => {
  expect(keptLimit(from, to, 3 * MINUTE)).toBe(kept);
});

describe('summariseDurations', () => {
  test.each([
    [[10], 10],
    [[10, 20], 20],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 9],
    [[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 10],
  ])('the 90th percentile of %j is %d, by nearest rank', (values, p90Ms) => {
    expect(summariseDurations(values.map((ms) => [0, ms] as const)).p90Ms).toBe(p90Ms);
  });

  const moment = fc.option(fc.integer({ min: 0, max: 3 * DURATION_BELOW_MS }), { nil: null });
  it('counts every order exactly once, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, moment), { maxLength: 30 }), (pairs) => {
        const summary = summariseDurations(pairs);
        const { 'no-time': none, 'not-after': zero, 'a-day-or-more': long } = summary.leftOut;
        expect(summary.usable + none + zero + long).toBe(pairs.length);
        expect(summariseDurations(pairs.toReversed())).toEqual(summary);
        expect(summary.p90Ms === null).toBe(summary.usable === 0);
      }),
    );
  });
});
