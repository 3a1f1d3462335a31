import fc from 'fast-check';
import { DAY_MS, dayStart, shanghaiDay } from '#domain';
import { DayCuts, ExposureMemory } from './exposure-memory.js';
import { type DayChange, exposureSums } from './exposure-sums.js';
import { MEASURES } from './spans.js';

const SEED = 20_261_122;
const FIRST = shanghaiDay(Date.parse('2026-01-20T00:00:00+08:00'));
const DAYS = 90;

const change: fc.Arbitrary<DayChange> = fc
  .record({
    measure: fc.constantFrom(...MEASURES),
    day: fc.integer({ min: FIRST - 5, max: FIRST + DAYS }),
    came: fc.integer({ min: 0, max: 3 }),
    at: fc.integer({ min: 0, max: DAY_MS - 1 }),
  })
  // More lifts come than leave: a scope never has fewer than none.
  .map(({ measure, day, came, at }) => ({ measure, day, lifts: came, offsetMs: came * at }));

/** Enough that no more terminals are silent than there are. */
const BOUND: DayChange = { measure: 'bound', day: FIRST - 60, lifts: 500, offsetMs: 0 };

test('a window that moves along says what it says when it is summed anew', () => {
  const moments = fc.array(fc.integer({ min: 1, max: DAYS * DAY_MS }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 40 }),
      moments,
      fc.integer({ min: 1, max: 40 }),
      (all, at, length) => {
        const memory = new ExposureMemory([...all, BOUND], new DayCuts());
        for (const ms of at.sort((one, other) => one - other)) {
          const to = dayStart(FIRST) + ms;
          const period = { from: dayStart(shanghaiDay(to - 1) - length + 1), to };
          const anew = exposureSums(
            [...all, BOUND].filter(({ day }) => dayStart(day) < to),
            period,
          );
          const { exposure, metrics } = memory.at(period);
          for (const [own, other] of [
            [exposure, anew.exposure],
            [metrics, anew.metrics],
          ] as const) {
            for (const [name, value] of Object.entries(own)) {
              const expected = Number(Object.entries(other).find(([each]) => each === name)?.[1]);
              expect([name, Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected))]).toEqual([
                name,
                true,
              ]);
            }
          }
        }
      },
    ),
    { seed: SEED },
  );
});
