import { type Principal } from '#access';
import type { BreachNode, BreachState, RateRule } from '#domain';
import type { StoredRule } from './rule-rows.js';

/** A rule as the API shows it: flat, so that a form may fill it. */
export interface RuleView {
  readonly id: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly indicator: string;
  readonly evidence: 'official' | 'provisional';
  readonly scopeKind: string;
  readonly district: string | null;
  readonly ids: readonly string[] | null;
  readonly threshold: number;
  readonly direction: string;
  readonly windowDays: number | null;
  readonly windowPeriod: string | null;
  readonly minimumExposure: number;
  readonly hysteresis: number;
  readonly holdMinutes: number;
  readonly limitMinutes: number | null;
  readonly atLeast: number | null;
  readonly madeBy: string;
  readonly madeAt: string;
}

/** Where a rule stands with one scope. */
export interface RuleStateView {
  readonly scope: string;
  readonly state: BreachNode;
  readonly since: string;
  readonly reason: string;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly from: string | null;
  readonly to: string | null;
}

export function ruleView({ rule, madeBy, madeAt }: StoredRule): RuleView {
  const { scopeFilter: filter, window } = rule;
  return {
    id: rule.id,
    version: rule.version,
    enabled: rule.enabled,
    indicator: rule.indicator,
    evidence: rule.evidence,
    scopeKind: rule.scopeKind,
    district: filter !== null && 'district' in filter ? filter.district : null,
    ids: filter !== null && 'ids' in filter ? filter.ids : null,
    threshold: rule.threshold,
    direction: rule.direction,
    windowDays: window.kind === 'days' ? window.days : null,
    windowPeriod: window.kind === 'period' ? window.period : null,
    minimumExposure: rule.minimumExposure,
    hysteresis: rule.hysteresis,
    holdMinutes: rule.holdMs / 60_000,
    limitMinutes: rule.parameters.limitMinutes ?? null,
    atLeast: rule.parameters.atLeast ?? null,
    madeBy,
    madeAt: new Date(madeAt).toISOString(),
  };
}

export function ruleStateView(scope: string, { node, since, reason, breach }: BreachState): RuleStateView {
  const iso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
  return {
    scope,
    state: node,
    since: new Date(since).toISOString(),
    reason,
    value: breach?.figure.value ?? null,
    numerator: breach?.figure.numerator ?? null,
    denominator: breach?.figure.denominator ?? null,
    from: iso(breach?.from),
    to: iso(breach?.to),
  };
}

/**
 * Who may see and change a rule: the whole fleet's by a key of scope all, a district's by that district's
 * key. A rule that names scopes may name another's lifts.
 */
export function ruleInScope({ scope }: Principal, { scopeFilter }: Pick<RateRule, 'scopeFilter'>): boolean {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'firm' || scopeFilter === null || 'ids' in scopeFilter) return false;
  return scopeFilter.district.startsWith(scope.prefix);
}
