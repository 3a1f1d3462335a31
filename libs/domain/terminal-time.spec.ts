import fc from 'fast-check';
import { bootOffsetMs, mapTerminalTime } from './terminal-time.js';

const NOW = Date.UTC(2026, 0, 5, 8);
const DAY = 86_400_000;
const SINCE_1970 = NOW - 5_000;

describe('offset of a boot', () => {
  it.each([
    ['a sound clock', NOW - 3_000, 0],
    ['a day slow', NOW - DAY, 0],
    ['over a day slow', NOW - DAY - 1, DAY + 1],
    ['over a day fast', NOW + DAY + 1, -DAY - 1],
    ['a clock that starts in 1970', 5_000, SINCE_1970],
  ])('%s', (_name, at, offset) => {
    expect(bootOffsetMs(at, NOW)).toBe(offset);
  });
});

describe('time of a message', () => {
  it.each<[string, { at: number | null; stored: boolean }, number, number, boolean]>([
    ['no time of its own', { at: null, stored: false }, 0, NOW, false],
    ['a sound clock', { at: NOW - 900, stored: false }, 0, NOW - 900, false],
    ['ahead by under a day', { at: NOW + DAY, stored: false }, 0, NOW + DAY, false],
    ['live, over a day ahead', { at: NOW + DAY + 1, stored: false }, 0, NOW, true],
    ['live, over a day behind', { at: NOW - DAY - 1, stored: false }, 0, NOW, true],
    ['stored, a month ago', { at: NOW - 30 * DAY, stored: true }, 0, NOW - 30 * DAY, false],
    ['stored, over a day ahead', { at: NOW + DAY + 1, stored: true }, 0, NOW, true],
    ['1970 through the offset', { at: 9_000, stored: false }, SINCE_1970, NOW + 4_000, true],
    ['stored, 1970 through the offset', { at: 2_000, stored: true }, SINCE_1970, NOW - 3_000, true],
    ['set right within the boot', { at: NOW - 700, stored: false }, SINCE_1970, NOW - 700, false],
    ['stored after it was set right', { at: NOW - 600_000, stored: true }, SINCE_1970, NOW - 600_000, false],
    ['stored, before 1970 through the offset', { at: 0, stored: true }, NOW - 8.64e15, 0, false],
  ])('%s', (_name, origin, offsetMs, occurredAt, clockSuspect) => {
    expect(mapTerminalTime(origin, NOW, offsetMs)).toEqual({ occurredAt, clockSuspect });
  });

  it('is always one that the records can hold, whatever the terminal says', () => {
    const time = fc.nat({ max: 8_640_000_000_000_000 });
    fc.assert(
      fc.property(time, time, fc.boolean(), (first, at, stored) => {
        const { occurredAt } = mapTerminalTime({ at, stored }, NOW, bootOffsetMs(first, NOW));
        expect(occurredAt).toBeGreaterThanOrEqual(0);
        expect(occurredAt).toBeLessThanOrEqual(NOW + DAY);
      }),
    );
  });
});
