import { type DurationFlaw, type Figure, type FigureReason, type IndicatorUnit, printFigure } from '#domain';
import type { DistrictPolicy } from './district-policies.js';
import type { FigurePair } from './figure-reader.js';
import type { PolicyTarget } from './policy-profile.js';
import { type TargetVerdict, verdictOf } from './policy-verdict.js';

/** One reading of a figure. */
export interface FigureView {
  /** In the indicator's unit, unrounded; null = there is none, `reason` says why. */
  readonly value: number | null;
  /** As published. */
  readonly printed: string | null;
  readonly numerator: number;
  readonly denominator: number;
  /** Length of the period in what the formula divides by. */
  readonly length: number | null;
  /** Too little to be ranked. */
  readonly tiny: boolean;
  /** Wilson 95 % interval, in the unit. */
  readonly low: number | null;
  readonly high: number | null;
  /** Orders whose times were not used, by why. */
  readonly leftOut: Readonly<Record<DurationFlaw, number>> | null;
  readonly reason: FigureReason;
}

export interface IndicatorView {
  readonly indicator: string;
  readonly formula: string;
  readonly unit: IndicatorUnit;
  readonly digits: number;
  readonly better: 'lower' | 'higher';
  readonly numeratorName: string;
  readonly denominatorName: string | null;
  readonly source: string;
  /** What it was asked with: the same query gives the trend and the rows of this figure. Null = has none. */
  readonly limitMinutes: number | null;
  readonly atLeast: number | null;
  readonly official: FigureView;
  readonly provisional: FigureView | null;
}

export interface PeriodView {
  readonly kind: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  /** Where a running period is cut: now. */
  readonly until: string;
}

export interface TargetView {
  readonly profile: string;
  /** District in which the profile was put into force. */
  readonly district: string;
  readonly id: string;
  readonly clause: string;
  readonly direction: string;
  readonly target: number;
  /** What must keep it. */
  readonly scopeKind: string;
  readonly by: string | null;
  readonly verdict: TargetVerdict;
  readonly period: PeriodView;
  readonly figure: IndicatorView;
}

export function indicatorView({ indicator, official, provisional }: FigurePair): IndicatorView {
  const { id, unit, digits, better, numerator, denominator, source, parameters } = indicator;
  const view = (figure: Figure): FigureView => ({
    value: figure.value,
    printed: printFigure(indicator, figure),
    numerator: figure.numerator,
    denominator: figure.denominator,
    length: figure.length,
    tiny: figure.tiny,
    low: figure.wilson95?.[0] ?? null,
    high: figure.wilson95?.[1] ?? null,
    leftOut: figure.leftOut ?? null,
    reason: figure.reason,
  });
  return {
    indicator: id,
    formula: official.formula,
    unit,
    digits,
    better,
    numeratorName: numerator,
    denominatorName: denominator,
    source,
    limitMinutes: parameters.limitMinutes ?? null,
    atLeast: parameters.atLeast ?? null,
    official: view(official),
    provisional: provisional === null ? null : view(provisional),
  };
}

/** A target with its figure. The plan is judged by the official reading; the other one stands beside it. */
export function targetView(
  policy: DistrictPolicy,
  target: PolicyTarget,
  pair: FigurePair,
  period: PeriodView,
): TargetView {
  return {
    profile: policy.profile,
    district: policy.district,
    id: target.id,
    clause: target.clause,
    direction: target.direction,
    target: target.target,
    scopeKind: target.scope,
    by: target.by ?? null,
    verdict: verdictOf(target, pair.official, Date.parse(period.until)),
    period,
    figure: indicatorView(pair),
  };
}
