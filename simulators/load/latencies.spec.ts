import fc from 'fast-check';
import { Latencies } from './latencies.js';

describe('latencies', () => {
  it('give the percentiles of what was added', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.001, max: 5_000, noNaN: true }), { minLength: 1 }), (list) => {
        const latencies = new Latencies();
        for (const ms of list) latencies.add(ms);
        const sorted = list.toSorted((a, b) => a - b);
        const exact = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
        const summary = latencies.summary();
        const close = (told: number | undefined, ms: number) =>
          expect(Math.abs((told ?? Number.NaN) - ms)).toBeLessThanOrEqual(ms * 0.002 + 0.01);
        expect(summary?.count).toBe(list.length);
        close(summary?.p50, exact(0.5));
        close(summary?.p99, exact(0.99));
        close(summary?.max, exact(1));
      }),
    );
  });

  it('take many at once, keep what is out of range, and know when they are empty', () => {
    const latencies = new Latencies();
    expect([latencies.summary(), latencies.at(99)]).toEqual([null, 0]);
    latencies.add(2, 99);
    latencies.add(10_000_000);
    latencies.add(-1);
    expect(latencies.summary()).toMatchObject({ count: 101, p50: 2 });
    expect(latencies.at(100)).toBeGreaterThan(599_000);
  });
});
