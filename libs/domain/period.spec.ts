import fc from 'fast-check';
import {
  calendarPeriod,
  dateStart,
  dayStart,
  daysIn,
  elapsedPart,
  monthParts,
  monthsIn,
  PERIOD_KINDS,
  type Period,
  readPeriod,
  rollingPeriod,
  shanghaiDate,
  shanghaiDay,
} from './period.js';

const iso = (at: number) => new Date(at).toISOString();
const edges = ({ label, from, to }: Period) => [label, iso(from), iso(to)];

function read(text: string): Period {
  const answer = readPeriod(text);
  if (!answer.ok) throw new Error(`${text}: ${answer.refusal}`);
  return answer.period;
}

describe('periods in China time', () => {
  test.each([
    ['month', '2026-01-31T15:59:59.999Z', '2026-01', '2025-12-31T16:00:00.000Z', '2026-01-31T16:00:00.000Z'],
    // One millisecond later it is February in Shanghai, though not in Greenwich.
    ['month', '2026-01-31T16:00:00.000Z', '2026-02', '2026-01-31T16:00:00.000Z', '2026-02-28T16:00:00.000Z'],
    ['month', '2024-02-29T00:00:00.000Z', '2024-02', '2024-01-31T16:00:00.000Z', '2024-02-29T16:00:00.000Z'],
    ['quarter', '2020-12-31T15:00:00Z', '2020-Q4', '2020-09-30T16:00:00.000Z', '2020-12-31T16:00:00.000Z'],
    ['quarter', '2020-12-31T16:00:00Z', '2021-Q1', '2020-12-31T16:00:00.000Z', '2021-03-31T16:00:00.000Z'],
    ['year', '2020-06-01T00:00:00Z', '2020', '2019-12-31T16:00:00.000Z', '2020-12-31T16:00:00.000Z'],
  ] as const)('the %s of %s is %s', (kind, at, label, from, to) => {
    expect(edges(calendarPeriod(kind, Date.parse(at)))).toEqual([label, from, to]);
  });

  test.each([
    ['2026-02', '2026-01-31T16:00:00.000Z', '2026-02-28T16:00:00.000Z'],
    ['2026-Q1', '2025-12-31T16:00:00.000Z', '2026-03-31T16:00:00.000Z'],
    ['2026', '2025-12-31T16:00:00.000Z', '2026-12-31T16:00:00.000Z'],
    ['30d@2026-03-01', '2026-01-30T16:00:00.000Z', '2026-03-01T16:00:00.000Z'],
    ['1d@2024-02-29', '2024-02-28T16:00:00.000Z', '2024-02-29T16:00:00.000Z'],
  ])('reads %s', (label, from, to) => {
    expect(edges(read(label))).toEqual([label, from, to]);
  });

  test.each([
    ['', 'not-a-period'],
    ['2026-2', 'not-a-period'],
    ['2026-Q5', 'not-a-period'],
    ['last month', 'not-a-period'],
    ['2026-13', 'no-such-month'],
    ['2026-00', 'no-such-month'],
    ['0050', 'no-such-month'],
    ['30d@2026-02-29', 'no-such-day'],
    ['0d@2026-02-28', 'rolling-days-out-of-range'],
    ['367d@2026-02-28', 'rolling-days-out-of-range'],
  ])('refuses %p: %s', (text, refusal) => {
    expect(readPeriod(text)).toEqual({ ok: false, refusal });
  });

  const moments = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2100, 0, 1) });

  it('holds the moment it is of, reads back from its label, and never runs anything but whole days', () => {
    fc.assert(
      fc.property(
        moments,
        fc.constantFrom(...PERIOD_KINDS),
        fc.integer({ min: 1, max: 366 }),
        (at, kind, n) => {
          const period = kind === 'rolling' ? rollingPeriod(n, at) : calendarPeriod(kind, at);
          expect(period.from <= at && at < period.to).toBe(true);
          expect(read(period.label)).toEqual(period);
          expect(dayStart(shanghaiDay(period.from))).toBe(period.from);
          expect(Number.isInteger(daysIn(period))).toBe(true);
          expect(dateStart(shanghaiDate(at))).toBe(dayStart(shanghaiDay(at)));
        },
      ),
    );
  });

  it('months follow without gap or overlap, and cut any period into pieces that add up', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 366 }), (at, days) => {
        const month = calendarPeriod('month', at);
        expect(calendarPeriod('month', month.to).from).toBe(month.to);
        const period = rollingPeriod(days, at);
        const parts = monthParts(period);
        expect(parts.at(0)?.from).toBe(period.from);
        expect(parts.at(-1)?.to).toBe(period.to);
        expect(parts.slice(1).map(({ from }) => from)).toEqual(parts.slice(0, -1).map(({ to }) => to));
      }),
    );
  });

  test.each([
    ['2026-02', 1],
    ['2024-02', 1],
    ['2020-Q4', 3],
    ['2020', 12],
    // 14 days of April (of 30) and 16 of May (of 31).
    ['30d@2026-05-16', 14 / 30 + 16 / 31],
    // 2 days of January (of 31) and 28 of leap February (of 29).
    ['30d@2024-02-28', 2 / 31 + 28 / 29],
  ])('%s is %d months long', (label, months) => {
    expect(monthsIn(read(label))).toBeCloseTo(months, 12);
  });

  test.each([
    ['2026-02-14T16:00:00Z', 14],
    ['2026-01-01T00:00:00Z', 0],
    ['2026-08-01T00:00:00Z', 28],
  ])('of February 2026, at %s, %d days have passed', (now, days) => {
    expect(daysIn(elapsedPart(read('2026-02'), Date.parse(now)))).toBe(days);
  });

  test.each([0, 367, 1.5, Number.NaN])('a rolling window of %d days throws', (days) => {
    expect(() => rollingPeriod(days, 0)).toThrow(RangeError);
  });
});
