import { INDICATORS, type IndicatorId, parameterFault } from './indicator-catalogue.js';
import type { IndicatorFacts, IndicatorParameters } from './indicator-facts.js';
import type { FigureEvidence } from './indicator-metric.js';
import type { ScopeKind } from './indicator-scope.js';
import { calendarPeriod, isRollingLength, type Period, rollingPeriod } from './period.js';

/** What a figure must keep: `at-most` and `at-least` include the target itself, `below` does not. */
export const TARGET_DIRECTIONS = ['at-most', 'below', 'at-least'] as const;
export type TargetDirection = (typeof TARGET_DIRECTIONS)[number];

/** The time a rule looks at: whole Shanghai days ending with today, or the running calendar period. */
export type RuleWindow =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'period'; readonly period: 'month' | 'quarter' | 'year' };

/** Which scopes of the rule's kind it watches; a rule without one watches them all. */
export type ScopeFilter =
  /** Scopes in this district: a 2-, 4-, 6-, 9- or 12-digit code. */
  { readonly district: string } | { readonly ids: readonly string[] };

/** A rule about a rate: "this indicator must keep this threshold, in every scope of this kind". */
export interface RateRule {
  readonly id: string;
  /** 1 when made; a change makes a new version and ends the states of the old one. */
  readonly version: number;
  readonly indicator: IndicatorId;
  readonly parameters: IndicatorParameters;
  readonly evidence: FigureEvidence;
  readonly scopeKind: ScopeKind;
  readonly scopeFilter: ScopeFilter | null;
  /** In the indicator's unit. */
  readonly threshold: number;
  readonly direction: TargetDirection;
  readonly window: RuleWindow;
  /** Below this exposure, in the denominator's units, it judges nothing; 0 judges even a tiny fleet. */
  readonly minimumExposure: number;
  /**
   * How much better than the threshold a breached figure must become before it counts as kept, in the
   * indicator's unit, ≥ 0: a rate that dances on its threshold is one breach.
   */
  readonly hysteresis: number;
  /** How long a figure must stay beyond (or back within) before the breach begins (or ends), ms, ≥ 0. */
  readonly holdMs: number;
  readonly enabled: boolean;
}

/** 92 days: a rule that holds longer than a quarter would speak after the period it is about. */
export const RULE_HOLD_MAX_MS = 92 * 86_400_000;

/** One fault of a rule: which field, and a sentence that says what to do. */
export interface RuleFault {
  readonly field: keyof RateRule;
  readonly message: string;
}

/** Everything that is wrong with a rule beyond its types; empty when it may run. */
export function ruleFaults(rule: RateRule): readonly RuleFault[] {
  const faults: RuleFault[] = [];
  const facts: IndicatorFacts = INDICATORS[rule.indicator];
  const add = (field: keyof RateRule, message: string) => faults.push({ field, message });
  const parameters = parameterFault(rule.indicator, rule.parameters);
  if (parameters !== null) add('parameters', parameters);
  if (!directionSuits(rule.direction, facts))
    add('direction', directionFault(rule.indicator, rule.direction));
  if (!facts.evidence.includes(rule.evidence)) {
    add('evidence', `${rule.indicator} has no ${rule.evidence} reading; use ${facts.evidence.join(' or ')}`);
  }
  const threshold = thresholdFault(rule.threshold, facts);
  if (threshold !== null) add('threshold', threshold);
  if (!(Number.isFinite(rule.hysteresis) && rule.hysteresis >= 0)) {
    add('hysteresis', `hysteresis ${rule.hysteresis}: give a number of 0 or more, in ${facts.unit}`);
  } else if (!meetsTarget(bestValue(facts), rule.direction, clearLine(rule))) {
    add('hysteresis', `hysteresis ${rule.hysteresis} at threshold ${rule.threshold}: no figure could end it`);
  }
  if (!(Number.isFinite(rule.minimumExposure) && rule.minimumExposure >= 0)) {
    add('minimumExposure', `minimumExposure ${rule.minimumExposure}: give a number of 0 or more`);
  }
  if (!(Number.isInteger(rule.holdMs) && rule.holdMs >= 0 && rule.holdMs <= RULE_HOLD_MAX_MS)) {
    add('holdMs', `holdMs ${rule.holdMs}: give whole milliseconds from 0 to ${RULE_HOLD_MAX_MS}`);
  }
  const window = windowFault(rule.window, rule.indicator, facts);
  if (window !== null) add('window', window);
  return faults;
}

/** Why `target` cannot be a threshold of the indicator, as a sentence; null when it can. */
export function thresholdFault(
  target: number,
  facts: Pick<IndicatorFacts, 'unit' | 'better'>,
): string | null {
  if (Number.isFinite(target) && target >= 0 && (facts.better === 'lower' || target <= bestValue(facts))) {
    return null;
  }
  const most = facts.better === 'higher' ? ' and at most 100' : '';
  return `${target} is no number to keep: give 0 or more${most}, in ${facts.unit}`;
}

/** What no figure can be better than; every indicator that is better when higher is a share in percent. */
function bestValue({ better }: Pick<IndicatorFacts, 'better'>): number {
  return better === 'higher' ? 100 : 0;
}

/** The value at which a breached figure counts as kept: better than the threshold by the hysteresis. */
export function clearLine({ threshold, hysteresis, direction }: RateRule): number {
  return direction === 'at-least' ? threshold + hysteresis : threshold - hysteresis;
}

function windowFault(window: RuleWindow, id: IndicatorId, facts: IndicatorFacts): string | null {
  if (window.kind === 'days') {
    if (!isRollingLength(window.days)) return `window of ${window.days} days: give 1 to 366 whole days`;
    return facts.periods.includes('rolling') ? null : `${id} has no rolling window`;
  }
  return facts.periods.includes(window.period)
    ? null
    : `${id} is not for a ${window.period}; use ${facts.periods.join(' or ')}`;
}

/** Whether a target of this direction asks the indicator to get better, not worse. */
export function directionSuits(
  direction: TargetDirection,
  { better }: Pick<IndicatorFacts, 'better'>,
): boolean {
  return (direction === 'at-least') === (better === 'higher');
}

/** The sentence for a direction that does not suit. */
export function directionFault(id: IndicatorId, direction: TargetDirection): string {
  const use = INDICATORS[id].better === 'higher' ? 'at-least' : 'at-most or below';
  return `${id} is better when ${INDICATORS[id].better}: ${direction} asks for the contrary; use ${use}`;
}

/** Whether `value` keeps the target. */
export function meetsTarget(value: number, direction: TargetDirection, target: number): boolean {
  switch (direction) {
    case 'at-most':
      return value <= target;
    case 'below':
      return value < target;
    case 'at-least':
      return value >= target;
  }
}

/** The period a rule looks at when asked at `now`, whole days; cut it with `elapsedPart` for a figure. */
export function windowOf({ window }: Pick<RateRule, 'window'>, now: number): Period {
  return window.kind === 'days' ? rollingPeriod(window.days, now) : calendarPeriod(window.period, now);
}
