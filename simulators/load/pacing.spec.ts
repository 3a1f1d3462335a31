import fc from 'fast-check';
import { Pacing } from './pacing.js';

describe('the schedule', () => {
  it('gives every message of the run to one terminal in turn, at its moment', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 3_000 }),
        (rate, terminals, elapsedMs) => {
          const pacing = new Pacing(rate, terminals, 1_000);
          const now = 1_000 + elapsedMs;
          const inAll = pacing.dueInAll(now);
          let sum = 0;
          for (let terminal = 0; terminal < terminals; terminal++) {
            const due = pacing.dueOf(terminal, inAll);
            sum += due;
            if (due > 0) expect(pacing.dueAt(terminal, due - 1)).toBeLessThanOrEqual(now + 1e-6);
            expect(pacing.dueAt(terminal, due)).toBeGreaterThan(now - 1e-6);
          }
          expect(sum).toBe(inAll);
        },
      ),
    );
  });

  it.each([
    [20_000, 999, 0],
    [20_000, 1_000, 1],
    [20_000, 2_000, 20_001],
    [0, 2_000, 0],
  ])('at %i/s, at %i ms: %i due', (rate, now, due) => {
    expect(new Pacing(rate, 7, 1_000).dueInAll(now)).toBe(due);
  });
});
