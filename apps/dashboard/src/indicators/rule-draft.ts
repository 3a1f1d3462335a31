import type { FigureEvidence, IndicatorId, ScopeKind, TargetDirection } from '#domain';
import { listedIndicator } from './indicator-list.js';
import type { RuleView } from './rule-view.js';

export const RULE_SCOPE_KINDS = [
  'all',
  'province',
  'city',
  'county',
  'township',
  'village',
  'firm',
  'maker',
  'user',
  'use-kind',
  'age-band',
  'site',
  'lift',
] as const satisfies readonly ScopeKind[];
export const RULE_DIRECTIONS = ['at-most', 'below', 'at-least'] as const satisfies readonly TargetDirection[];
export const RULE_PERIODS = ['month', 'quarter', 'year'] as const;

/** What `/api/v1/rules` takes beside the id. */
export interface RuleBody {
  readonly indicator: string;
  readonly scopeKind: string;
  readonly district?: string;
  readonly ids?: readonly string[];
  readonly threshold: number;
  readonly direction: string;
  readonly windowDays?: number;
  readonly windowPeriod?: string;
  readonly minimumExposure?: number;
  readonly hysteresis?: number;
  readonly holdMinutes?: number;
  readonly evidence?: string;
  readonly limitMinutes?: number;
  readonly atLeast?: number;
  readonly enabled?: boolean;
}

/** The fields of the form as a person fills them; texts, because a half-typed number is none. */
export interface RuleDraft {
  readonly id: string;
  readonly indicator: IndicatorId;
  readonly scopeKind: ScopeKind;
  readonly district: string;
  readonly direction: TargetDirection;
  readonly threshold: string;
  /** `days`, or the running month, quarter or year. */
  readonly window: 'days' | (typeof RULE_PERIODS)[number];
  readonly days: string;
  /** '' = the indicator's own. */
  readonly minimumExposure: string;
  readonly hysteresis: string;
  readonly holdMinutes: string;
  /** '' = the catalogue's own; of indicators that have one. */
  readonly parameter: string;
  readonly evidence: FigureEvidence;
}

export type DraftField = Exclude<
  keyof RuleDraft,
  'indicator' | 'scopeKind' | 'direction' | 'window' | 'evidence'
>;

/** A field and what is wrong with it, as a key of the catalogue below `ruleFault.`. */
export type DraftFault = 'id' | 'threshold' | 'share' | 'days' | 'number' | 'whole' | 'district';

export type DraftRead =
  | { readonly ok: true; readonly body: RuleBody }
  | { readonly ok: false; readonly faults: Readonly<Partial<Record<DraftField, DraftFault>>> };

/** A form for the district in view, or for everything. */
export function emptyDraft(district: string): RuleDraft {
  return {
    id: '',
    indicator: 'entrapment-rate-monthly',
    scopeKind: 'firm',
    district,
    direction: 'at-most',
    threshold: '',
    window: 'days',
    days: '30',
    minimumExposure: '',
    hysteresis: '',
    holdMinutes: '',
    parameter: '',
    evidence: 'provisional',
  };
}

/** The draft with another indicator: its direction, its window and its readings must suit it. */
export function withIndicator(draft: RuleDraft, indicator: IndicatorId): RuleDraft {
  const facts = listedIndicator(indicator);
  if (facts === null) return { ...draft, indicator };
  const higher = facts.better === 'higher';
  const suits = higher === (draft.direction === 'at-least');
  const windowSuits = draft.window === 'days' || facts.periods.includes(draft.window);
  return {
    ...draft,
    indicator,
    direction: suits ? draft.direction : higher ? 'at-least' : 'at-most',
    window: windowSuits ? draft.window : 'days',
    evidence: facts.readings === 1 ? 'official' : draft.evidence,
    parameter: '',
  };
}

/** Reads the fields; what is missing or no number is named by its field. The server has the last word. */
export function readDraft(draft: RuleDraft, needsId: boolean): DraftRead {
  const faults: Partial<Record<DraftField, DraftFault>> = {};
  const facts = listedIndicator(draft.indicator);
  if (needsId && !/^[a-z0-9][a-z0-9-]{0,63}$/.test(draft.id)) faults.id = 'id';
  const threshold = numberOf(draft.threshold);
  if (threshold === null || threshold < 0) faults.threshold = 'threshold';
  else if (facts?.better === 'higher' && threshold > 100) faults.threshold = 'share';
  const days = numberOf(draft.days);
  const ofDays = draft.window === 'days';
  if (ofDays && (days === null || !Number.isInteger(days) || days < 1 || days > 366)) faults.days = 'days';
  const district = draft.district.trim();
  if (district !== '' && !/^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$/.test(district)) faults.district = 'district';
  for (const field of ['minimumExposure', 'hysteresis'] as const) {
    if (draft[field].trim() !== '' && !((numberOf(draft[field]) ?? -1) >= 0)) faults[field] = 'number';
  }
  for (const field of ['holdMinutes', 'parameter'] as const) {
    const value = numberOf(draft[field]);
    if (draft[field].trim() !== '' && (value === null || !Number.isInteger(value) || value < 0))
      faults[field] = 'whole';
  }
  if (threshold === null || Object.keys(faults).length > 0) return { ok: false, faults };
  return { ok: true, body: bodyOf(draft, threshold, district) };
}

function bodyOf(draft: RuleDraft, threshold: number, district: string): RuleBody {
  const { indicator, scopeKind, direction, window, evidence } = draft;
  const optional = (name: keyof RuleBody, typed: string) => {
    const value = numberOf(typed);
    return value === null ? {} : { [name]: value };
  };
  const parameter = listedIndicator(indicator)?.parameter ?? null;
  return {
    indicator,
    scopeKind,
    direction,
    threshold,
    evidence,
    ...(district !== '' && { district }),
    ...(window === 'days' ? optional('windowDays', draft.days) : { windowPeriod: window }),
    ...optional('minimumExposure', draft.minimumExposure),
    ...optional('hysteresis', draft.hysteresis),
    ...optional('holdMinutes', draft.holdMinutes),
    ...(parameter !== null && optional(parameter.name, draft.parameter)),
  };
}

/** A number as people type it; null for anything else, '' among it. */
export function numberOf(typed: string): number | null {
  const text = typed.trim().replace(/,/g, '');
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/** A stored rule as a change or a backtest takes it. */
export function bodyOfRule(rule: RuleView): RuleBody {
  const { district, ids, windowDays, windowPeriod, limitMinutes, atLeast } = rule;
  return {
    indicator: rule.indicator,
    scopeKind: rule.scopeKind,
    threshold: rule.threshold,
    direction: rule.direction,
    minimumExposure: rule.minimumExposure,
    hysteresis: rule.hysteresis,
    holdMinutes: rule.holdMinutes,
    evidence: rule.evidence,
    enabled: rule.enabled,
    ...(ids !== null ? { ids } : district !== null && { district }),
    ...(windowPeriod !== null ? { windowPeriod } : windowDays !== null && { windowDays }),
    ...(limitMinutes !== null && { limitMinutes }),
    ...(atLeast !== null && { atLeast }),
  };
}
