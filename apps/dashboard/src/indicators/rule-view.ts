import type { Json } from '../http.js';
import { flag, moment, number, record, text } from '../read-json.js';

/** A rate rule as `/api/v1/rules` sends it. */
export interface RuleView {
  readonly id: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly indicator: string;
  readonly evidence: string;
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
  readonly madeAtMs: number | null;
}

/** Where a rule stands with one scope. */
export interface RuleState {
  readonly scope: string;
  readonly state: string;
  readonly sinceMs: number | null;
  readonly reason: string;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
}

export interface BacktestEvent {
  readonly type: string;
  readonly atMs: number;
  readonly scope: string;
  readonly value: number | null;
  readonly numerator: number;
  readonly denominator: number;
  readonly reason: string;
}

/** What a rule would have raised. */
export interface BacktestResult {
  readonly fromMs: number;
  readonly toMs: number;
  readonly facts: number;
  readonly breaches: number;
  readonly standing: readonly string[];
  readonly events: readonly BacktestEvent[];
  readonly truncated: boolean;
  readonly seconds: number;
}

export interface Policy {
  readonly id: string;
  /** As published. */
  readonly title: string;
  readonly placeZh: string;
  readonly placeEn: string;
}

/** A profile in force in a district. */
export interface DistrictPolicy {
  readonly district: string;
  readonly profile: string;
  /** `YYYY-MM-DD`. */
  readonly fromOn: string;
  readonly toOn: string | null;
}

export function readRule(value: unknown): RuleView | null {
  const raw = record(value);
  const [id, indicator, threshold] = [text(raw?.id), text(raw?.indicator), number(raw?.threshold)];
  if (raw === null || id === null || indicator === null || threshold === null) return null;
  return {
    id,
    indicator,
    threshold,
    version: number(raw.version) ?? 0,
    enabled: flag(raw.enabled) ?? true,
    evidence: text(raw.evidence) ?? 'provisional',
    scopeKind: text(raw.scopeKind) ?? '',
    district: text(raw.district),
    ids: textsOf(raw.ids),
    direction: text(raw.direction) ?? '',
    windowDays: number(raw.windowDays),
    windowPeriod: text(raw.windowPeriod),
    minimumExposure: number(raw.minimumExposure) ?? 0,
    hysteresis: number(raw.hysteresis) ?? 0,
    holdMinutes: number(raw.holdMinutes) ?? 0,
    limitMinutes: number(raw.limitMinutes),
    atLeast: number(raw.atLeast),
    madeBy: text(raw.madeBy) ?? '',
    madeAtMs: moment(raw.madeAt),
  };
}

function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : null;
}

export function readRuleState(value: unknown): RuleState | null {
  const raw = record(value);
  const [scope, state] = [text(raw?.scope), text(raw?.state)];
  if (raw === null || scope === null || state === null) return null;
  return {
    scope,
    state,
    sinceMs: moment(raw.since),
    reason: text(raw.reason) ?? '',
    value: number(raw.value),
    numerator: number(raw.numerator),
    denominator: number(raw.denominator),
  };
}

export function readBacktest(value: unknown): BacktestResult | null {
  const raw = record(value);
  const [fromMs, toMs] = [moment(raw?.from), moment(raw?.to)];
  if (raw === null || fromMs === null || toMs === null) return null;
  const events = Array.isArray(raw.events) ? raw.events.map(readEvent).filter((each) => each !== null) : [];
  return {
    fromMs,
    toMs,
    events,
    facts: number(raw.facts) ?? 0,
    breaches: number(raw.breaches) ?? 0,
    standing: textsOf(raw.standing) ?? [],
    truncated: flag(raw.truncated) ?? false,
    seconds: number(raw.seconds) ?? 0,
  };
}

function readEvent(value: unknown): BacktestEvent | null {
  const raw: Json | null = record(value);
  const [type, scope, atMs] = [text(raw?.type), text(raw?.scope), moment(raw?.at)];
  if (raw === null || type === null || scope === null || atMs === null) return null;
  return {
    type,
    scope,
    atMs,
    value: number(raw.value),
    numerator: number(raw.numerator) ?? 0,
    denominator: number(raw.denominator) ?? 0,
    reason: text(raw.reason) ?? '',
  };
}

export function readPolicy(value: unknown): Policy | null {
  const raw = record(value);
  const id = text(raw?.id);
  if (raw === null || id === null) return null;
  return {
    id,
    title: text(raw.title) ?? id,
    placeZh: text(raw.placeZh) ?? '',
    placeEn: text(raw.placeEn) ?? '',
  };
}

export function readDistrictPolicy(value: unknown): DistrictPolicy | null {
  const raw = record(value);
  const [district, profile, fromOn] = [text(raw?.district), text(raw?.profile), text(raw?.fromOn)];
  if (raw === null || district === null || profile === null || fromOn === null) return null;
  return { district, profile, fromOn, toOn: text(raw.toOn) };
}
