import fc from 'fast-check';
import { bucketWidthMs } from './bucket-width.js';

const DAY = 86_400_000;

describe('bucketWidthMs', () => {
  it.each([
    [86_400_000, 300, 300_000],
    [3_600_000, 300, 15_000],
    [3_600_000, 3_600, 1_000],
    [1, 2_000, 1],
    [400 * DAY, 1, 400 * DAY],
    [400 * DAY, 300, 2 * DAY],
  ])('cuts %d ms into at most %d buckets of %d ms', (range, points, width) => {
    expect(bucketWidthMs(range, points)).toBe(width);
  });

  it('never makes more buckets than asked for, but one at the ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 * DAY }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 0, max: 1_800_000_000_000 }),
        (range, points, from) => {
          const width = bucketWidthMs(range, points);
          const buckets = Math.floor((from + range - 1) / width) - Math.floor(from / width) + 1;
          expect(buckets).toBeLessThanOrEqual(points + 1);
          // The next smaller width is at most three times smaller, so that a chart is not coarse for nothing.
          expect(width).toBeLessThanOrEqual(Math.max(1, (3 * range) / points));
        },
      ),
    );
  });
});
