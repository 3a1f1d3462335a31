import type { Indicator, IndicatorId } from './indicator-catalogue.js';
import type { DurationFlaw, DurationSummary } from './indicator-duration.js';
import { formulaOf, type IndicatorUnit } from './indicator-facts.js';
import { type ExposureName, isExposureName, type MetricName } from './indicator-metric.js';
import { daysIn, monthsIn, type Period } from './period.js';
import { wilson95 } from './wilson.js';

/** What was counted; a metric that is missing was not counted, which is not the same as 0. */
export interface FigureCounts {
  readonly metrics?: Readonly<Partial<Record<MetricName, number>>>;
  /** For `mean` and `p90`, by the indicator's numerator. */
  readonly durations?: Readonly<Partial<Record<MetricName, DurationSummary>>>;
}

export type Exposure = Readonly<Partial<Record<ExposureName, number>>>;

/**
 * Why a figure is as it is: `computed`; `tiny-exposure` has a value that must not be ranked; without
 * exposure, usable times or elapsed time there is none.
 */
export const FIGURE_REASONS = [
  'computed',
  'tiny-exposure',
  'no-exposure',
  'no-usable-times',
  'no-time-elapsed',
] as const;
export type FigureReason = (typeof FIGURE_REASONS)[number];

export interface Figure {
  readonly indicator: IndicatorId;
  readonly formula: string;
  readonly unit: IndicatorUnit;
  /** In `unit`, unrounded; print it with `printFigure`. */
  readonly value: number | null;
  /** A count, or for times their sum in minutes (`mean`) or the percentile itself (`p90`). */
  readonly numerator: number;
  /** In its own units; the number of usable orders for times, 1 for a count. */
  readonly denominator: number;
  /** Length of the period in the units the formula divides by; null where it divides by none. */
  readonly length: number | null;
  readonly tiny: boolean;
  /** 95 % interval in `unit`; absent where none holds. */
  readonly wilson95?: readonly [number, number];
  readonly leftOut?: Readonly<Record<DurationFlaw, number>>;
  readonly reason: FigureReason;
}

const MINUTE_MS = 60_000;

/**
 * The figure of one scope and period. A running period is passed as its elapsed part (`elapsedPart`), so that
 * a rate per month divides by the months there were. Throws when a count or an exposure the formula needs was
 * not given: an unknown number is never read as 0.
 */
export function figureOf(
  indicator: Indicator,
  counts: FigureCounts,
  exposure: Exposure,
  period: Pick<Period, 'from' | 'to'>,
): Figure {
  switch (indicator.statistic) {
    case 'mean':
    case 'p90':
      return timeFigure(indicator, counts);
    case 'count':
      return { ...frame(indicator, needMetric(indicator, counts, indicator.numerator), 1) };
    case 'ratio':
      return ratioFigure(indicator, counts, exposure, period);
  }
}

/** A figure whose value is its numerator; the others change what differs. */
function frame(indicator: Indicator, numerator: number, denominator: number): Figure {
  const tiny = denominator < indicator.minimumExposure;
  return {
    indicator: indicator.id,
    formula: formulaOf(indicator),
    unit: indicator.unit,
    value: numerator,
    numerator,
    denominator,
    length: null,
    tiny,
    reason: tiny ? 'tiny-exposure' : 'computed',
  };
}

function ratioFigure(
  indicator: Indicator,
  counts: FigureCounts,
  exposure: Exposure,
  period: Pick<Period, 'from' | 'to'>,
): Figure {
  const numerator = needMetric(indicator, counts, indicator.numerator);
  const denominator = denominatorOf(indicator, counts, exposure);
  const length = lengthOf(indicator, period);
  const bare = { ...frame(indicator, numerator, denominator), length };
  if (denominator <= 0) return { ...bare, value: null, tiny: true, reason: 'no-exposure' };
  if (length === 0) return { ...bare, value: null, reason: 'no-time-elapsed' };
  const scale = indicator.scale / (length ?? 1);
  const share = indicator.interval === 'wilson' ? wilson95(numerator, denominator) : null;
  const value = (numerator / denominator) * scale;
  return share === null
    ? { ...bare, value }
    : { ...bare, value, wilson95: [share[0] * scale, share[1] * scale] };
}

function lengthOf(indicator: Indicator, period: Pick<Period, 'from' | 'to'>): number | null {
  if (indicator.per === null) return null;
  return indicator.per === 'month' ? monthsIn(period) : daysIn(period);
}

function timeFigure(indicator: Indicator, { durations }: FigureCounts): Figure {
  const summary = durations?.[indicator.numerator];
  if (summary === undefined) throw missing(indicator, indicator.numerator);
  const { usable, sumMs, p90Ms, leftOut } = summary;
  const sum = sumMs / MINUTE_MS;
  const bare = { ...frame(indicator, sum, usable), leftOut };
  if (usable === 0 || p90Ms === null) {
    return { ...bare, value: null, tiny: true, reason: 'no-usable-times' };
  }
  const p90 = p90Ms / MINUTE_MS;
  return indicator.statistic === 'mean'
    ? { ...bare, value: sum / usable }
    : { ...bare, value: p90, numerator: p90 };
}

function denominatorOf(indicator: Indicator, counts: FigureCounts, exposure: Exposure): number {
  const name = indicator.denominator;
  if (name === null) throw new Error(`Indicator ${indicator.id}: a ratio needs a denominator`);
  if (!isExposureName(name)) return needMetric(indicator, counts, name);
  const value = exposure[name];
  if (value === undefined) throw missing(indicator, name);
  return value;
}

function needMetric(indicator: Indicator, { metrics }: FigureCounts, name: MetricName): number {
  const value = metrics?.[name];
  if (value === undefined) throw missing(indicator, name);
  return value;
}

function missing({ id }: Indicator, name: string): Error {
  return new Error(`Indicator ${id}: ${name} was not given; count it, or pass 0 if it was counted`);
}

/** The value as published, e.g. `0.55`; null where there is none. Halves round up. */
export function printFigure(indicator: Indicator, figure: Figure): string | null {
  return figure.value === null ? null : printRounded(figure.value, indicator.digits);
}

/** `value` ≥ 0 with `digits` digits; a half rounds up though binary fractions may hold it a hair lower. */
export function printRounded(value: number, digits: number): string {
  return (value + Math.max(1, value) * Number.EPSILON * 4).toFixed(digits);
}
