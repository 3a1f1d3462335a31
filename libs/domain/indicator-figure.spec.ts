import fc from 'fast-check';
import { INDICATOR_IDS, type IndicatorId, indicator } from './indicator-catalogue.js';
import { summariseDurations } from './indicator-duration.js';
import { type Exposure, type FigureCounts, figureOf, printFigure, printRounded } from './indicator-figure.js';
import { EXPOSURES, isExposureName, METRICS, type MetricName } from './indicator-metric.js';
import { elapsedPart, type Period, readPeriod } from './period.js';

function period(label: string): Period {
  const read = readPeriod(label);
  if (!read.ok) throw new Error(`${label}: ${read.refusal}`);
  return read.period;
}

function printed(id: IndicatorId, counts: FigureCounts, exposure: Exposure, label: string): string | null {
  const one = indicator(id);
  return printFigure(one, figureOf(one, counts, exposure, period(label)));
}

const MINUTE = 60_000;

describe('the golden numbers (DOMAIN §2), to the printed digit', () => {
  test.each([
    [10, 1, '10.00', '3.33'],
    [74, 5, '6.76', '2.25'],
    [103, 5, '4.85', '1.62'],
    [234, 10, '4.27', '1.42'],
    [1, 1, '100.00', '33.33'],
  ])(
    'Jinan, fourth quarter 2020: %d lifts, %d entrapments: %s %% in all, %s %% a month',
    (lifts, n, t, m) => {
      const counts = { metrics: { 'orders.entrapment': n } };
      const exposure = { 'lifts.at-period-end': lifts };
      expect(printed('entrapment-rate-total', counts, exposure, '2020-Q4')).toBe(t);
      expect(printed('entrapment-rate-monthly', counts, exposure, '2020-Q4')).toBe(m);
    },
  );

  it('Jiangsu 2020: 40,171 orders on 610,490 lifts are 0.55 % a month', () => {
    const counts = { metrics: { 'orders.entrapment': 40_171 } };
    const exposure = { 'lifts.at-period-end': 610_490 };
    expect(printed('entrapment-rate-monthly', counts, exposure, '2020')).toBe('0.55');
  });

  it('Jiangsu 2020: arrival 13.1 min, release 4.8 min, from times as long', () => {
    const called = period('2020').from;
    // 9 of 13 min and one of 14 average 13.1; 4 of 5 and one of 4 average 4.8.
    const arrivals = [13, 13, 13, 13, 13, 13, 13, 13, 13, 14].map(
      (m) => [called, called + m * MINUTE] as const,
    );
    const releases = [5, 5, 5, 5, 4].map((m) => [called, called + m * MINUTE] as const);
    const durations = {
      'orders.arrival-time': summariseDurations(arrivals),
      'orders.release-time': summariseDurations(releases),
    };
    expect(printed('mean-arrival', { durations }, {}, '2020')).toBe('13.1');
    expect(printed('mean-release', { durations }, {}, '2020')).toBe('4.8');
  });
});

describe('the seven entrapment rates of one fleet', () => {
  // 300 lifts, 6 entrapments on 5 of them, 90,000 runs and 120 faults in November 2026 (30 days).
  const exposure = { 'lifts.at-period-end': 300, 'lift-months.monitored': 240 };
  const metrics = {
    'faults.entrapment': 6,
    'faults.lifts-with-entrapments': 5,
    'faults.of-lift': 120,
    'lifts.runs': 90_000,
    'lifts.stopped-ms': 7_200_000,
    'lifts.run-ms': 720_000_000,
  };

  test.each([
    ['terminal-entrapment-rate-total', '2.00', 'faults.entrapment ÷ lifts.at-period-end × 100'],
    ['terminal-entrapment-rate-monthly', '2.00', 'faults.entrapment ÷ lifts.at-period-end ÷ months × 100'],
    ['terminal-entrapment-rate-daily', '0.067', 'faults.entrapment ÷ lifts.at-period-end ÷ days × 100'],
    [
      'terminal-entrapment-rate-daily-per-10000',
      '6.67',
      'faults.entrapment ÷ lifts.at-period-end ÷ days × 10,000',
    ],
    ['terminal-entrapment-rate-per-run', '0.667', 'faults.entrapment ÷ lifts.runs × 10,000'],
    ['terminal-entrapment-share-of-faults', '5.00', 'faults.entrapment ÷ faults.of-lift × 100'],
    [
      'terminal-entrapment-affected-share',
      '1.67',
      'faults.lifts-with-entrapments ÷ lifts.at-period-end × 100',
    ],
    ['fault-rate', '0.50', 'faults.of-lift ÷ lift-months.monitored'],
    ['fault-rate-per-run', '13.333', 'faults.of-lift ÷ lifts.runs × 10,000'],
    ['stopped-share', '1.00', 'lifts.stopped-ms ÷ lifts.run-ms × 100'],
  ] as const)('%s is %s', (id, value, formula) => {
    const one = indicator(id);
    const figure = figureOf(one, { metrics }, exposure, period('2026-11'));
    expect(printFigure(one, figure)).toBe(value);
    expect(figure).toMatchObject({ indicator: id, formula, tiny: false, reason: 'computed' });
  });

  it('a running month divides by the time there was', () => {
    const one = indicator('terminal-entrapment-rate-monthly');
    const november = period('2026-11');
    const soFar = elapsedPart(november, november.from + 15 * 86_400_000);
    expect(figureOf(one, { metrics }, exposure, soFar).value).toBeCloseTo(4, 12);
    const before = elapsedPart(november, november.from);
    expect(figureOf(one, { metrics }, exposure, before)).toMatchObject({
      value: null,
      reason: 'no-time-elapsed',
    });
  });
});

describe('figures that say what they do not know', () => {
  const total = indicator('entrapment-rate-total');

  it('flags the tiny fleet and gives the interval: 1 of 1 is 21 to 100 %', () => {
    const counts = { metrics: { 'orders.entrapment': 1 } };
    const figure = figureOf(total, counts, { 'lifts.at-period-end': 1 }, period('2020-Q4'));
    expect(figure).toMatchObject({ value: 100, tiny: true, reason: 'tiny-exposure' });
    expect(figure.wilson95?.map((edge) => edge.toFixed(2))).toEqual(['20.65', '100.00']);
  });

  it('the interval of a monthly rate is divided as the rate is', () => {
    const counts = { metrics: { 'orders.entrapment': 10 } };
    const exposure = { 'lifts.at-period-end': 234 };
    const quarter = figureOf(total, counts, exposure, period('2020-Q4')).wilson95;
    const month = figureOf(
      indicator('entrapment-rate-monthly'),
      counts,
      exposure,
      period('2020-Q4'),
    ).wilson95;
    expect(month?.map((edge) => edge * 3)).toEqual(quarter?.map((edge) => expect.closeTo(edge, 9)));
  });

  it('gives no interval where entrapments outnumber lifts', () => {
    const counts = { metrics: { 'orders.entrapment': 40 } };
    const figure = figureOf(total, counts, { 'lifts.at-period-end': 35 }, period('2020'));
    expect(figure.value).toBeCloseTo(114.29, 2);
    expect(figure).not.toHaveProperty('wilson95');
  });

  it('has no value without lifts', () => {
    const counts = { metrics: { 'orders.entrapment': 0 } };
    expect(figureOf(total, counts, { 'lifts.at-period-end': 0 }, period('2020'))).toMatchObject({
      value: null,
      tiny: true,
      reason: 'no-exposure',
    });
  });

  it('a count is itself and never tiny', () => {
    const counts = { metrics: { 'orders.complaint': 3 } };
    expect(figureOf(indicator('complaints'), counts, {}, period('2020'))).toMatchObject({
      value: 3,
      numerator: 3,
      denominator: 1,
      tiny: false,
      reason: 'computed',
    });
  });

  it('a limit stands in the formula', () => {
    const one = indicator('on-time-arrival-share', { limitMinutes: 20 });
    const counts = { metrics: { 'orders.arrived-in-time': 98, 'orders.entrapment': 100 } };
    expect(figureOf(one, counts, {}, period('2026-11'))).toMatchObject({
      value: 98,
      formula: 'orders.arrived-in-time(≤ 20 min) ÷ orders.entrapment × 100',
    });
  });

  test.each(INDICATOR_IDS)('%s throws when what it needs was not counted', (id) => {
    expect(() => figureOf(indicator(id), {}, {}, period('2026-11'))).toThrow(/was not given/);
  });

  it('leaves dirty times out of means, counted, and never silently', () => {
    const t = period('2026-11').from;
    const good = Array.from({ length: 110 }, (_, i) => [t, t + (i < 99 ? 10 : 20) * MINUTE] as const);
    // As published: of 117 orders four without a rescue time, two of 0 min, one of 1,447 min.
    const dirty = [
      [t, null],
      [t, null],
      [t, null],
      [null, t],
      [t, t],
      [t, t],
      [t, t + 1_447 * MINUTE],
    ] as const;
    const durations = { 'orders.release-time': summariseDurations([...good, ...dirty]) };
    const mean = figureOf(indicator('mean-release'), { durations }, {}, period('2026-11'));
    expect(mean).toMatchObject({
      value: 11,
      numerator: 1_210,
      denominator: 110,
      leftOut: { 'no-time': 4, 'not-after': 2, 'a-day-or-more': 1 },
    });
    const p90 = figureOf(indicator('p90-release'), { durations }, {}, period('2026-11'));
    expect(p90).toMatchObject({ value: 10, denominator: 110 });
  });

  it('has no mean of no usable times', () => {
    const durations = { 'orders.arrival-time': summariseDurations([[null, 5]]) };
    expect(figureOf(indicator('mean-arrival'), { durations }, {}, period('2026-11'))).toMatchObject({
      value: null,
      reason: 'no-usable-times',
      leftOut: { 'no-time': 1, 'not-after': 0, 'a-day-or-more': 0 },
    });
  });
});

test.each([
  [1.005, 2, '1.01'],
  [0.125, 2, '0.13'],
  [2.675, 2, '2.68'],
  [0.5, 0, '1'],
  [4.273_504, 2, '4.27'],
  [0, 2, '0.00'],
])('%d prints with %d digits as %s', (value, digits, text) => {
  expect(printRounded(value, digits)).toBe(text);
});

/** Wide enough for every indicator: what one does not read does no harm. */
function everything(n: number, lifts: number): { counts: FigureCounts; exposure: Exposure } {
  const names = Object.keys(METRICS).filter((name): name is MetricName => name in METRICS);
  const durations = summariseDurations([[0, n + 1]]);
  return {
    counts: {
      metrics: Object.fromEntries(names.map((name) => [name, n])),
      durations: Object.fromEntries(names.map((name) => [name, durations])),
    },
    exposure: Object.fromEntries(EXPOSURES.map((name) => [name, lifts])),
  };
}

it('is a number of 0 or more or null with a reason, and its interval holds it, whatever is counted', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...INDICATOR_IDS),
      fc.nat(1_000_000),
      fc.double({ min: 0, max: 200_000, noNaN: true }),
      (id, n, lifts) => {
        const { counts, exposure } = everything(n, lifts);
        const figure = figureOf(indicator(id), counts, exposure, period('2026-11'));
        if (figure.value === null) expect(figure.reason).toMatch(/^no-/);
        else expect(figure.value).toBeGreaterThanOrEqual(0);
        expect(figure.reason === 'computed').toBe(!figure.tiny);
        const [low, high] = figure.wilson95 ?? [0, Number.POSITIVE_INFINITY];
        expect((figure.value ?? low) >= low - 1e-9 && (figure.value ?? high) <= high + 1e-9).toBe(true);
      },
    ),
  );
});

it('tells exposures from metrics', () => {
  expect(EXPOSURES.every(isExposureName)).toBe(true);
  expect(isExposureName('lifts.runs')).toBe(false);
});
