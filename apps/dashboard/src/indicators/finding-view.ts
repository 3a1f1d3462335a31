import type { FindingKind } from '#domain';
import type { Scope } from '../alarm-subject.js';
import { moment, number, oneOf, record, text } from '../read-json.js';
import { FINDING_KINDS } from './finding-kinds.js';
import { asKind, type PeriodChoice } from './period-choice.js';
import { districtOf } from './scope-choice.js';

/** Somebody should look into it; it proves nothing by itself. Times in ms since 1970 UTC. */
export interface FindingView {
  readonly kind: FindingKind;
  readonly lift: string;
  readonly district: string | null;
  readonly firm: string | null;
  /** How often within the time. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Ids of the faults, numbers of the orders or of the record; the first 20. */
  readonly rows: readonly string[];
}

export function readFinding(value: unknown): FindingView | null {
  const raw = record(value);
  const [kind, lift] = [oneOf(FINDING_KINDS, raw?.kind), text(raw?.lift)];
  const [firstAtMs, lastAtMs] = [moment(raw?.firstAt), moment(raw?.lastAt)];
  if (raw === null || kind === null || lift === null || firstAtMs === null || lastAtMs === null) return null;
  const rows = Array.isArray(raw.rows) ? raw.rows.filter((row) => typeof row === 'string') : [];
  const [district, firm] = [text(raw.district), text(raw.firm)];
  return { kind, lift, district, firm, firstAtMs, lastAtMs, rows, count: number(raw.count) ?? rows.length };
}

export interface FindingQuery {
  readonly kind: FindingKind;
  /** ISO 8601, China's time zone given. */
  readonly since: string;
  readonly until: string;
  readonly district: string | null;
  readonly firm: string | null;
  readonly lift: string | null;
}

/** The time of which findings of a kind are shown: repeats have a month or a year of their own. */
export function findingPeriod(kind: FindingKind, period: PeriodChoice, nowMs: number): PeriodChoice {
  if (kind === 'repeat-entrapments-month') return asKind('month', period, nowMs);
  return kind === 'repeat-entrapments-year' ? asKind('year', period, nowMs) : period;
}

/** What to ask for a scope; null for one by which findings are not looked up, such as a maker. */
export function findingQuery(kind: FindingKind, scope: Scope, period: PeriodChoice): FindingQuery | null {
  const [since, until] = [period.fromMs, period.toMs].map((at) => new Date(at).toISOString());
  if (since === undefined || until === undefined) return null;
  const asked = { kind, since, until, district: null, firm: null, lift: null };
  switch (scope.kind) {
    case 'all':
      return asked;
    case 'lift':
      return { ...asked, lift: scope.id };
    case 'firm':
      return { ...asked, firm: scope.id.replace(/@\d{6}$/, ''), district: districtOf(scope) };
    case 'province':
    case 'city':
    case 'county':
    case 'township':
    case 'village':
      return { ...asked, district: scope.id };
    default:
      return null;
  }
}
