import type { AlarmSnapshot, AlarmState, Evidence, Priority } from '#domain';
import type { FaultKind } from '#protocol';
import type { LiftFact } from './lift-facts.js';

/**
 * An alarm as the API, the live stream and the event log show it. Every time is ISO 8601 in UTC, e.g.
 * `2026-05-01T08:00:00.000Z`, or null when it has not come.
 */
export interface AlarmView {
  readonly id: string;
  readonly faultId: string;
  /** Registration code 注册代码. */
  readonly lift: string;
  readonly rescueCode: string | null;
  /** Null when the lift is not registered any more. */
  readonly address: string | null;
  /** Where the lift was when the alarm was made: the scope of the alarm. */
  readonly district: string;
  readonly districtName: string | null;
  /** The firm the alarm belongs to. */
  readonly firm: string | null;
  readonly kind: FaultKind;
  readonly priority: Priority;
  readonly evidence: Evidence;
  readonly state: AlarmState;
  /** Why it is in this state, see `AlarmSnapshot.reason`. */
  readonly reason: string;
  readonly raisedAt: string;
  readonly recordedAt: string;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: string | null;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly note: string | null;
  readonly attachments: number;
  readonly clockSuspect: boolean;
  /** One more with each change: of two views of one alarm, the greater version is the newer. */
  readonly version: number;
  /** False only on the live stream while the records database is stopped; the recorded alarm replaces it. */
  readonly recorded: boolean;
}

/** Whose alarm it is; fixed when it is made. */
export interface AlarmOwner {
  readonly district: string;
  readonly firm: string | null;
}

/** `fact` is undefined when the lift is not registered any more. */
export function alarmView(alarm: AlarmSnapshot, owner: AlarmOwner, fact: LiftFact | undefined): AlarmView {
  return {
    id: alarm.id,
    faultId: alarm.faultId,
    lift: alarm.lift,
    rescueCode: fact?.rescueCode ?? null,
    address: fact?.address ?? null,
    district: owner.district,
    districtName: fact?.districtName ?? null,
    firm: owner.firm,
    kind: alarm.kind,
    priority: alarm.priority,
    evidence: alarm.evidence,
    state: alarm.state,
    reason: alarm.reason,
    raisedAt: isoTime(alarm.raisedAt),
    recordedAt: isoTime(alarm.recordedAt),
    acknowledgedAt: isoTimeOrNull(alarm.acknowledgedAt),
    acknowledgedBy: alarm.acknowledgedBy,
    clearedAt: isoTimeOrNull(alarm.clearedAt),
    closedAt: isoTimeOrNull(alarm.closedAt),
    closedBy: alarm.closedBy,
    note: alarm.note,
    attachments: alarm.attachments,
    clockSuspect: alarm.clockSuspect,
    version: alarm.version,
    recorded: true,
  };
}

/** `ms` since 1970 UTC in ISO 8601. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}
