import fc from 'fast-check';
import { wilson95 } from './wilson.js';

describe('wilson95', () => {
  // By hand from (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n) with z = 1.959964.
  test.each([
    [1, 1, 0.2065, 1],
    [0, 1, 0, 0.7935],
    [0, 10, 0, 0.2775],
    [1, 10, 0.0179, 0.4042],
    [5, 10, 0.2366, 0.7634],
    [10, 234, 0.0234, 0.0769],
    [0, Number.MIN_VALUE, 0, 1],
  ])('%d of %d: %d to %d', (hits, trials, low, high) => {
    const [found, to] = wilson95(hits, trials) ?? [];
    expect(found).toBeCloseTo(low, 3);
    expect(to).toBeCloseTo(high, 3);
  });

  test.each([
    [0, 0],
    [2, 1],
    [-1, 5],
    [Number.NaN, 5],
  ])('%d of %d has none', (hits, trials) => {
    expect(wilson95(hits, trials)).toBeNull();
  });

  it('holds the share, stays in [0, 1], and mirrors', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, p) => {
          const hits = Math.round(n * p);
          const [low, high] = wilson95(hits, n) ?? [Number.NaN, Number.NaN];
          expect(0 <= low && low <= hits / n + 1e-12 && hits / n <= high + 1e-12 && high <= 1).toBe(true);
          const [mirrored] = wilson95(n - hits, n) ?? [];
          expect(mirrored).toBeCloseTo(1 - high, 9);
        },
      ),
    );
  });
});
