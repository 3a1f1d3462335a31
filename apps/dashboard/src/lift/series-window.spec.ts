import fc from 'fast-check';
import type { Series } from './series-view.js';
import { refined, shifted, stateAt, summarise, WINDOW_MIN_MS, zoomed } from './series-window.js';

const BOUNDS = { fromMs: 1_000_000, toMs: 4_600_000 };
const bucket = (atMs: number, mean: number, count = 1) => ({
  atMs,
  min: mean - 1,
  mean,
  max: mean + 1,
  count,
});
const speeds = (...buckets: ReturnType<typeof bucket>[]): Series => ({
  type: 'numbers',
  field: 'speed',
  unit: 'm/s',
  bucketMs: 10,
  buckets,
});

describe('windows', () => {
  it('stay within the whole, and are never shorter than half a minute', () => {
    const part = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(part, fc.double({ min: 0.01, max: 100, noNaN: true }), ([a, b], factor) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const at = (share: number) => BOUNDS.fromMs + share * (BOUNDS.toMs - BOUNDS.fromMs);
        const window = { fromMs: at(from), toMs: Math.max(at(to), at(from) + WINDOW_MIN_MS) };
        for (const next of [zoomed(window, factor, BOUNDS), shifted(window, factor - 50, BOUNDS)]) {
          expect(next.fromMs).toBeGreaterThanOrEqual(BOUNDS.fromMs);
          expect(next.toMs).toBeLessThanOrEqual(BOUNDS.toMs + 1);
          expect(next.toMs - next.fromMs).toBeGreaterThanOrEqual(WINDOW_MIN_MS - 1);
        }
      }),
    );
  });

  it('keep their middle when there is room', () => {
    const window = { fromMs: 2_000_000, toMs: 3_000_000 };
    expect(zoomed(window, 0.5, BOUNDS)).toEqual({ fromMs: 2_250_000, toMs: 2_750_000 });
    expect(shifted(window, -0.5, BOUNDS)).toEqual({ fromMs: 1_500_000, toMs: 2_500_000 });
  });
});

describe('refined', () => {
  it('puts the finer part in the place of the coarser, in order', () => {
    const whole = speeds(bucket(0, 1), bucket(100, 2), bucket(200, 3), bucket(300, 4));
    const part = speeds(bucket(100, 5), bucket(150, 6), bucket(199, 7));
    const merged = refined(whole, part, { fromMs: 100, toMs: 200 });
    expect(merged.type === 'numbers' && merged.buckets.map(({ atMs, mean }) => [atMs, mean])).toEqual([
      [0, 1],
      [100, 5],
      [150, 6],
      [199, 7],
      [300, 4],
    ]);
  });

  it('leaves the whole as it is without a part, or with one of another field', () => {
    const whole = speeds(bucket(0, 1));
    expect(refined(whole, null, BOUNDS)).toBe(whole);
    expect(refined(whole, { ...speeds(), field: 'loadPercent' }, BOUNDS)).toBe(whole);
  });
});

describe('what is said of a window', () => {
  it('weighs the mean by samples and takes only what is inside', () => {
    const buckets = [bucket(0, 100), bucket(10, 2, 3), bucket(20, 6, 1), bucket(99, 100)];
    expect(summarise(buckets, { fromMs: 10, toMs: 20 })).toEqual({ min: 1, max: 7, mean: 3, count: 4 });
    expect(summarise(buckets, { fromMs: 30, toMs: 40 })).toBeNull();
  });

  it('knows the state that holds', () => {
    const changes = [
      { atMs: 10, value: 'open' },
      { atMs: 20, value: null },
      { atMs: 30, value: 'closed' },
    ];
    expect([5, 10, 19, 25, 99].map((at) => stateAt(changes, at))).toEqual([
      null,
      'open',
      'open',
      null,
      'closed',
    ]);
  });
});
