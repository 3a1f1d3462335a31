import fc from 'fast-check';
import { exposureOf, type Interval, type LiftPresence } from './exposure.js';
import { DAY_MS, dateStart, readPeriod } from './period.js';

function at(date: string): number {
  const start = dateStart(date);
  if (start === null) throw new Error(`no date: ${date}`);
  return start;
}
const span = (from: string, to: string | null): Interval => ({
  from: at(from),
  to: to === null ? null : at(to),
});
function period(label: string) {
  const read = readPeriod(label);
  if (!read.ok) throw new Error(`${label}: ${read.refusal}`);
  return read.period;
}

const ALWAYS = [span('2010-01-01', null)];
const lift = (changes: Partial<LiftPresence> = {}): LiftPresence => ({
  present: ALWAYS,
  outOfService: [],
  monitored: ALWAYS,
  ...changes,
});

interface Case {
  readonly name: string;
  readonly period: string;
  readonly lifts: readonly LiftPresence[];
  readonly atEnd: number;
  readonly mean: number;
  readonly inService: number;
  readonly monitored: number;
}

/** Worked by hand, fractions written as days over the month's own days. */
const CASES: readonly Case[] = [
  {
    name: 'two lifts, all of a 31-day month',
    period: '2026-01',
    lifts: [lift(), lift()],
    atEnd: 2,
    mean: 2,
    inService: 2,
    monitored: 2,
  },
  {
    name: 'joins on 17 April: 14 of 30 days',
    period: '2026-04',
    lifts: [lift({ present: [span('2026-04-17', null)] })],
    atEnd: 1,
    mean: 14 / 30,
    inService: 14 / 30,
    monitored: 14 / 30,
  },
  {
    name: 'leaves on 11 April: 10 of 30 days, and not there at the end',
    period: '2026-04',
    lifts: [lift({ present: [span('2020-05-01', '2026-04-11')] })],
    atEnd: 0,
    mean: 10 / 30,
    inService: 10 / 30,
    monitored: 10 / 30,
  },
  {
    name: 'leaves, and comes back under the same firm',
    period: '2026-04',
    lifts: [lift({ present: [span('2020-05-01', '2026-04-11'), span('2026-04-21', null)] })],
    atEnd: 1,
    mean: 20 / 30,
    inService: 20 / 30,
    monitored: 20 / 30,
  },
  {
    name: 'out of service for 6 days: on the platform, but not in service',
    period: '2026-04',
    lifts: [lift({ outOfService: [span('2026-04-05', '2026-04-11')] })],
    atEnd: 1,
    mean: 1,
    inService: 24 / 30,
    monitored: 24 / 30,
  },
  {
    name: 'out-of-service intervals that overlap count once, and reach over the month',
    period: '2026-04',
    lifts: [lift({ outOfService: [span('2026-03-20', '2026-04-06'), span('2026-04-03', '2026-04-08')] })],
    atEnd: 1,
    mean: 1,
    inService: 23 / 30,
    monitored: 23 / 30,
  },
  {
    name: 'terminal bound on the 16th, lift out of service from the 26th: 10 days of both',
    period: '2026-04',
    lifts: [lift({ outOfService: [span('2026-04-26', null)], monitored: [span('2026-04-16', null)] })],
    atEnd: 1,
    mean: 1,
    inService: 25 / 30,
    monitored: 10 / 30,
  },
  {
    name: 'a terminal exchanged on the 11th with two days between',
    period: '2026-04',
    lifts: [lift({ monitored: [span('2025-01-01', '2026-04-11'), span('2026-04-13', null)] })],
    atEnd: 1,
    mean: 1,
    inService: 1,
    monitored: 28 / 30,
  },
  {
    name: 'leap February: 15 of 29 days',
    period: '2024-02',
    lifts: [lift({ present: [span('2024-02-15', null)] })],
    atEnd: 1,
    mean: 15 / 29,
    inService: 15 / 29,
    monitored: 15 / 29,
  },
  {
    name: 'common February: 14 of 28 days',
    period: '2026-02',
    lifts: [lift({ present: [span('2026-02-15', null)] })],
    atEnd: 1,
    mean: 14 / 28,
    inService: 14 / 28,
    monitored: 14 / 28,
  },
  {
    name: 'a quarter: joined on 16 February, so 13 of 28 days and all of March; the mean weighs days',
    period: '2026-Q1',
    lifts: [lift({ present: [span('2026-02-16', null)] })],
    atEnd: 1,
    mean: 44 / 90,
    inService: 13 / 28 + 1,
    monitored: 13 / 28 + 1,
  },
  {
    name: 'rolling 30 days over a month edge: each piece by its own month',
    period: '30d@2026-05-16',
    lifts: [lift()],
    atEnd: 1,
    mean: 1,
    inService: 14 / 30 + 16 / 31,
    monitored: 14 / 30 + 16 / 31,
  },
  {
    name: 'joins at the midnight that ends the month: the next month has it',
    period: '2026-04',
    lifts: [lift({ present: [span('2026-05-01', null)] })],
    atEnd: 0,
    mean: 0,
    inService: 0,
    monitored: 0,
  },
  {
    name: 'leaves at that midnight: it was there to the last instant',
    period: '2026-04',
    lifts: [lift({ present: [span('2026-04-01', '2026-05-01')] })],
    atEnd: 1,
    mean: 1,
    inService: 1,
    monitored: 1,
  },
  {
    name: 'an interval that ends before it begins holds nothing',
    period: '2026-04',
    lifts: [lift({ present: [span('2026-04-20', '2026-04-10')] })],
    atEnd: 0,
    mean: 0,
    inService: 0,
    monitored: 0,
  },
  { name: 'no lifts', period: '2026-04', lifts: [], atEnd: 0, mean: 0, inService: 0, monitored: 0 },
];

describe('exposure', () => {
  test.each(CASES)('$name', ({ period: label, lifts, atEnd, mean, inService, monitored }) => {
    const found = exposureOf(lifts, period(label));
    expect(found['lifts.at-period-end']).toBe(atEnd);
    expect(found['lifts.mean']).toBeCloseTo(mean, 12);
    expect(found['lift-months.in-service']).toBeCloseTo(inService, 12);
    expect(found['lift-months.monitored']).toBeCloseTo(monitored, 12);
  });

  it('an edge is Shanghai midnight: eight hours before Greenwich is another month', () => {
    const joined = { from: Date.parse('2026-03-31T20:00:00Z'), to: null };
    const found = exposureOf([lift({ present: [joined] })], period('2026-03'));
    expect(found['lift-months.in-service']).toBe(0);
    const next = exposureOf([lift({ present: [joined] })], period('2026-04'));
    expect(next['lift-months.in-service']).toBeCloseTo((30 * 24 - 4) / (30 * 24), 12);
  });

  it('of an empty period is nothing', () => {
    const { from } = period('2026-04');
    expect(exposureOf([lift()], { from, to: from })).toEqual({
      'lifts.at-period-end': 0,
      'lifts.mean': 0,
      'lift-months.in-service': 0,
      'lift-months.monitored': 0,
    });
  });

  const year = period('2024');
  const interval = fc
    .tuple(fc.integer({ min: -40, max: 400 }), fc.integer({ min: 0, max: 200 }), fc.boolean())
    .map(([start, days, open]) => ({
      from: year.from + start * DAY_MS,
      to: open ? null : year.from + (start + days) * DAY_MS,
    }));
  const intervals = fc.array(interval, { maxLength: 4 });
  const presence = fc.record({ present: intervals, outOfService: intervals, monitored: intervals });

  /** Counted day by day, with no interval arithmetic at all. */
  function byDays(one: LiftPresence): { inService: number; monitored: number } {
    const sum = { inService: 0, monitored: 0 };
    for (let day = year.from; day < year.to; day += DAY_MS) {
      const inside = (list: readonly Interval[]) =>
        list.some(({ from, to }) => from <= day && (to === null || day < to));
      const local = new Date(day + 8 * 3_600_000);
      const days = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 0)).getUTCDate();
      if (!inside(one.present) || inside(one.outOfService)) continue;
      sum.inService += 1 / days;
      if (inside(one.monitored)) sum.monitored += 1 / days;
    }
    return sum;
  }

  it('agrees with counting day by day, and adds up over lifts', () => {
    fc.assert(
      fc.property(presence, presence, (one, other) => {
        const [first, second] = [byDays(one), byDays(other)];
        const found = exposureOf([one, other], year);
        expect(found['lift-months.in-service']).toBeCloseTo(first.inService + second.inService, 8);
        expect(found['lift-months.monitored']).toBeCloseTo(first.monitored + second.monitored, 8);
      }),
      { numRuns: 60 },
    );
  });
});
