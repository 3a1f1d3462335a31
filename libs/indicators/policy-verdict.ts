import {
  dateStart,
  type Figure,
  INDICATORS,
  type Indicator,
  type IndicatorFacts,
  indicator,
  meetsTarget,
  type RateRule,
  type RuleWindow,
  type ScopeFilter,
} from '#domain';
import type { PolicyProfile, PolicyTarget } from './policy-profile.js';

/**
 * How a scope stands to a target: `missed-not-due` is beyond it before the day the plan sets; `unjudged` has
 * no figure, or too little exposure.
 */
export const TARGET_VERDICTS = ['kept', 'missed', 'missed-not-due', 'unjudged'] as const;
export type TargetVerdict = (typeof TARGET_VERDICTS)[number];

/** The indicator of a target with the target's own parameters and minimum exposure. */
export function targetIndicator(target: PolicyTarget): Indicator {
  const own = indicator(target.indicator, target.parameters ?? {});
  return { ...own, minimumExposure: target.minimumExposure ?? own.minimumExposure };
}

/** Judges a figure computed with `targetIndicator`; `at` (ms since 1970 UTC) is the end of its period. */
export function verdictOf(
  target: PolicyTarget,
  figure: Pick<Figure, 'value' | 'tiny'>,
  at: number,
): TargetVerdict {
  if (figure.value === null || figure.tiny) return 'unjudged';
  if (meetsTarget(figure.value, target.direction, target.target)) return 'kept';
  return isDue(target, at) ? 'missed' : 'missed-not-due';
}

/** Whether the day by which the target must be kept has begun at `at`, ms since 1970 UTC. */
export function isDue({ by }: Pick<PolicyTarget, 'by'>, at: number): boolean {
  const due = by === undefined ? null : dateStart(by);
  return due === null || at >= due;
}

/**
 * The rule a target makes in the districts where its profile is in force: exactly the plan's words, with no
 * hysteresis and no hold. Enabled by the caller once it is due (`isDue`).
 */
export function ruleOfTarget(
  profile: Pick<PolicyProfile, 'id'>,
  target: PolicyTarget,
  scopeFilter: ScopeFilter,
  enabled: boolean,
): RateRule {
  const facts: IndicatorFacts = INDICATORS[target.indicator];
  return {
    id: `policy:${profile.id}:${target.id}`,
    version: 1,
    indicator: target.indicator,
    parameters: target.parameters ?? {},
    evidence: facts.evidence.includes('provisional') ? 'provisional' : 'official',
    scopeKind: target.scope,
    scopeFilter,
    threshold: target.target,
    direction: target.direction,
    window: windowOfTarget(target, facts),
    minimumExposure: target.minimumExposure ?? facts.minimumExposure,
    hysteresis: 0,
    holdMs: 0,
    enabled,
  };
}

function windowOfTarget(target: PolicyTarget, facts: IndicatorFacts): RuleWindow {
  const period = target.period ?? facts.period;
  return period === 'rolling' ? { kind: 'days', days: 30 } : { kind: 'period', period };
}
