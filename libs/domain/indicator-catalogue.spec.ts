import {
  INDICATOR_IDS,
  INDICATORS,
  type IndicatorId,
  indicator,
  isIndicatorId,
  parameterFault,
} from './indicator-catalogue.js';
import { formulaOf, type IndicatorFacts } from './indicator-facts.js';
import { isExposureName, METRICS, type MetricFacts, type MetricName } from './indicator-metric.js';

const all: readonly [IndicatorId, IndicatorFacts][] = INDICATOR_IDS.map((id) => [id, INDICATORS[id]]);

function sourceOf(name: IndicatorFacts['numerator'] | NonNullable<IndicatorFacts['denominator']>) {
  return isExposureName(name) ? 'exposure' : METRICS[name].source;
}

describe('the indicator catalogue', () => {
  test.each(all)('%s never mixes hotline orders with what terminals say', (_id, facts) => {
    const sources = [facts.numerator, ...(facts.denominator ? [facts.denominator] : [])].map(sourceOf);
    expect(sources.includes('hotline') && sources.some((s) => s === 'terminal' || s === 'statistics')).toBe(
      false,
    );
  });

  test.each(all)('%s is of one piece', (id, facts) => {
    const measure: MetricFacts['measure'] = METRICS[facts.numerator].measure;
    const isTime = facts.statistic === 'mean' || facts.statistic === 'p90';
    expect(measure === 'times').toBe(isTime);
    expect(facts.denominator === null).toBe(facts.statistic !== 'ratio');
    expect(facts.periods).toContain(facts.period);
    expect(facts.unit === 'percent-per-month').toBe(facts.per === 'month');
    expect(facts.unit.startsWith('percent')).toBe(facts.scale === 100);
    expect(formulaOf(indicator(id))).toContain(facts.numerator);
    // `clearLine` and `thresholdFault` rest on it: what is better when higher ends at 100.
    if (facts.better === 'higher') expect([facts.unit, facts.statistic]).toEqual(['percent', 'ratio']);
    // A limit has a meaning only where rows are measured against one, and there it must be given.
    const limited = 'within' in METRICS[facts.numerator].filter;
    expect(facts.parameters.limitMinutes !== undefined).toBe(limited);
    if (facts.parameters.atLeast !== undefined) expect(measure).toBe('lifts');
  });

  it('uses every metric', () => {
    const used = new Set(all.flatMap(([, facts]) => [facts.numerator, facts.denominator]));
    const names = Object.keys(METRICS).filter((name): name is MetricName => name in METRICS);
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });

  it('knows its own ids and no others', () => {
    expect(isIndicatorId('fault-rate')).toBe(true);
    for (const other of ['', 'Fault-rate', 'toString', '__proto__']) expect(isIndicatorId(other)).toBe(false);
  });

  it('sets parameters anew', () => {
    expect(indicator('on-time-arrival-share').parameters).toEqual({ limitMinutes: 30 });
    expect(indicator('on-time-arrival-share', { limitMinutes: 20 }).parameters).toEqual({ limitMinutes: 20 });
  });

  test.each([
    ['fault-rate', { limitMinutes: 20 }, /has no parameter limitMinutes; it has none/],
    ['emergency-response-share', { limitMinutes: 0 }, /above 0/],
    ['emergency-response-share', { limitMinutes: 1_441 }, /at most 1440/],
    ['emergency-response-share', { limitMinutes: Number.NaN }, /above 0/],
    ['repeat-entrapment-lifts-month', { atLeast: 1.5 }, /whole number/],
    ['repeat-entrapment-lifts-month', { limitMinutes: 3 }, /it has atLeast/],
  ] as const)('%s with %o is refused', (id, parameters, message) => {
    expect(parameterFault(id, parameters)).toMatch(message);
    expect(() => indicator(id, parameters)).toThrow(message);
  });
});
