import type { ExposureName, FigureEvidence, MetricName } from './indicator-metric.js';
import type { PeriodKind } from './period.js';

/** `ratio` numerator ÷ denominator, `mean` and `p90` of durations, `count` the numerator itself. */
export type Statistic = 'ratio' | 'mean' | 'p90' | 'count';

export const INDICATOR_UNITS = [
  'percent',
  'percent-per-month',
  'percent-per-day',
  'per-10000-lifts-a-day',
  'per-lift-month',
  'per-10000-runs',
  'minutes',
  'count',
] as const;
export type IndicatorUnit = (typeof INDICATOR_UNITS)[number];

/** What a target or a rule may set anew; an indicator has those whose default it names. */
export interface IndicatorParameters {
  /** Minutes within which an order must be answered or arrived at, > 0, at most 1,440. */
  readonly limitMinutes?: number;
  /** Rows a lift needs to count, a whole number from 1 to 100. */
  readonly atLeast?: number;
}

/** An indicator as data; `formulaOf` writes its formula out, so that the words cannot drift from it. */
export interface IndicatorFacts {
  readonly statistic: Statistic;
  readonly numerator: MetricName;
  /** Null for `mean`, `p90` and `count`. */
  readonly denominator: ExposureName | MetricName | null;
  /** The ratio is divided once more by the period's length in these. */
  readonly per: 'month' | 'day' | null;
  readonly scale: 1 | 100 | 10_000;
  readonly unit: IndicatorUnit;
  /** Digits after the point when printed. */
  readonly digits: 0 | 1 | 2 | 3;
  /** The period it is reported for unless another is asked. */
  readonly period: PeriodKind;
  /** Periods it may be asked for: "twice in a month" says nothing of a year. */
  readonly periods: readonly PeriodKind[];
  /** Below this the figure is shown, marked tiny and never ranked; in the denominator's own units. */
  readonly minimumExposure: number;
  readonly better: 'lower' | 'higher';
  /** `wilson`: the numerator is (close to) a part of the denominator, so an interval for a share holds. */
  readonly interval: 'wilson' | null;
  readonly parameters: IndicatorParameters;
  readonly evidence: readonly FigureEvidence[];
  /** Who publishes this formula, as far as we know it. */
  readonly source: string;
}

const PER_TEXT = { month: ' ÷ months', day: ' ÷ days' } as const;
const SCALE_TEXT = { 1: '', 100: ' × 100', 10000: ' × 10,000' } as const;

/**
 * The formula in words, from the data that is computed with: `orders.entrapment ÷ lifts.at-period-end ÷
 * months × 100`.
 */
export function formulaOf(facts: IndicatorFacts): string {
  const { limitMinutes, atLeast } = facts.parameters;
  const limit = limitMinutes === undefined ? '' : `(≤ ${limitMinutes} min)`;
  const least = atLeast === undefined ? '' : `(≥ ${atLeast})`;
  const numerator = `${facts.numerator}${limit}${least}`;
  if (facts.statistic === 'mean' || facts.statistic === 'p90') return `${facts.statistic}(${numerator})`;
  if (facts.denominator === null) return numerator;
  const per = facts.per === null ? '' : PER_TEXT[facts.per];
  return `${numerator} ÷ ${facts.denominator}${per}${SCALE_TEXT[facts.scale]}`;
}
