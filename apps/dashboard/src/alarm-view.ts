import type { AlarmState, Evidence, Priority } from '#domain';
import { type AlarmSubject, readSubject } from './alarm-subject.js';
import { oneOf, text } from './read-json.js';

/** Highest first: the order of rows and of the counts. */
export const PRIORITY_ORDER = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Priority[];
export const ALARM_STATE_NAMES = [
  'raised',
  'acknowledged',
  'cleared',
  'cleared-unconfirmed',
  'closed',
] as const satisfies readonly AlarmState[];

/** One alarm as `/api/v1/alarms` and its stream send it. Times are ISO 8601 strings or null. */
export interface AlarmView {
  readonly id: string;
  /** The fault it comes from; null for a broken rate or a disabled webhook. */
  readonly faultId: string | null;
  /** What it comes from: the fault, the rule with its scope, or the endpoint; null from an older server. */
  readonly sourceKey: string | null;
  /** Null when it is not about one lift. */
  readonly lift: string | null;
  /** 救援码, 6 digits, what a trapped person reads out. */
  readonly rescueCode: string | null;
  readonly address: string | null;
  readonly district: string | null;
  readonly districtName: string | null;
  readonly firm: string | null;
  /** An `AlarmKind`; a newer server may send one this page does not know, and it is shown as it is. */
  readonly kind: string;
  readonly priority: Priority;
  /** Null when no fault is behind it. */
  readonly evidence: Evidence | string | null;
  readonly state: AlarmState;
  /** Why it is in this state. */
  readonly reason: string | null;
  /** What it is about when no fault is behind it. */
  readonly subject: AlarmSubject | null;
  readonly raisedAt: string;
  /** `raisedAt` in ms since 1970 UTC: sorting 5,000 rows must not parse 60,000 dates. */
  readonly raisedAtMs: number;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: string | null;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly note: string | null;
  /** Further messages that attached to it. */
  readonly attachments: number;
  readonly clockSuspect: boolean;
  /** Grows with each change: the larger one is newer. */
  readonly version: number;
  /** False while the server's database is stopped: shown from memory, and not to be acknowledged yet. */
  readonly recorded: boolean;
}

/**
 * Reads one alarm from parsed JSON; null when it lacks what the page cannot do without (id, kind, priority,
 * state, raisedAt, version, and a lift or the key of its source). Anything else missing becomes null: half an
 * alarm on the screen is better than none.
 */
export function readAlarm(value: unknown): AlarmView | null {
  if (typeof value !== 'object' || value === null) return null;
  const raw = value as Readonly<Record<string, unknown>>;
  const id = text(raw.id);
  const [lift, sourceKey] = [text(raw.lift), text(raw.sourceKey)];
  const kind = text(raw.kind);
  const priority = oneOf(PRIORITY_ORDER, raw.priority);
  const state = oneOf(ALARM_STATE_NAMES, raw.state);
  const raisedAt = text(raw.raisedAt);
  const raisedAtMs = raisedAt === null ? Number.NaN : Date.parse(raisedAt);
  if (id === null || kind === null || priority === null || state === null) return null;
  if (lift === null && sourceKey === null) return null;
  if (raisedAt === null || Number.isNaN(raisedAtMs)) return null;
  if (typeof raw.version !== 'number' || !Number.isFinite(raw.version)) return null;
  return {
    id,
    faultId: text(raw.faultId),
    sourceKey,
    lift,
    rescueCode: text(raw.rescueCode),
    address: text(raw.address),
    district: text(raw.district),
    districtName: text(raw.districtName),
    firm: text(raw.firm),
    kind,
    priority,
    evidence: text(raw.evidence),
    state,
    reason: text(raw.reason),
    subject: readSubject(raw.subject),
    raisedAt,
    raisedAtMs,
    acknowledgedAt: text(raw.acknowledgedAt),
    acknowledgedBy: text(raw.acknowledgedBy),
    clearedAt: text(raw.clearedAt),
    closedAt: text(raw.closedAt),
    closedBy: text(raw.closedBy),
    note: text(raw.note),
    attachments: typeof raw.attachments === 'number' ? raw.attachments : 0,
    clockSuspect: raw.clockSuspect === true,
    version: raw.version,
    recorded: raw.recorded !== false,
  };
}
