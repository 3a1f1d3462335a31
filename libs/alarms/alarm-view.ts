import {
  type AlarmKind,
  type AlarmSnapshot,
  type AlarmSource,
  type AlarmState,
  type AlarmSubject,
  type Evidence,
  INDICATORS,
  type IndicatorSubject,
  type IndicatorUnit,
  isIndicatorId,
  type Priority,
  type WebhookSubject,
} from '#domain';
import type { LiftFact } from './lift-facts.js';

/**
 * An alarm as the API, the live stream and the event log show it. Every time is ISO 8601 in UTC, e.g.
 * `2026-05-01T08:00:00.000Z`, or null when it has not come.
 */
export interface AlarmView {
  readonly id: string;
  readonly source: AlarmSource;
  /** The fault's id, `ruleId:scopeKind:scopeId`, or the endpoint's id. */
  readonly sourceKey: string;
  /** Null when no fault is behind it. */
  readonly faultId: string | null;
  /** Registration code 注册代码; null when it is not about one lift. */
  readonly lift: string | null;
  readonly rescueCode: string | null;
  /** Null when it is about no lift, or the lift is not registered any more. */
  readonly address: string | null;
  /**
   * Where the lift was when the alarm was made, or the district that a rate is of: the scope of the alarm.
   * Null when it is of no district.
   */
  readonly district: string | null;
  readonly districtName: string | null;
  /** The firm the alarm belongs to. */
  readonly firm: string | null;
  readonly kind: AlarmKind;
  readonly priority: Priority;
  /** Null without a fault. */
  readonly evidence: Evidence | null;
  readonly state: AlarmState;
  /** Why it is in this state, see `AlarmSnapshot.reason`. */
  readonly reason: string;
  /** What it is about when no fault is behind it. */
  readonly subject: AlarmSubjectView | null;
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

export interface IndicatorSubjectView extends Omit<IndicatorSubject, 'from' | 'to'> {
  /** Of `value` and `threshold`; null for an indicator that this version does not know. */
  readonly unit: IndicatorUnit | null;
  readonly from: string;
  readonly to: string;
}

export interface WebhookSubjectView extends Omit<WebhookSubject, 'since'> {
  readonly since: string | null;
}

/** `AlarmSubject` with its times in ISO 8601. */
export type AlarmSubjectView = IndicatorSubjectView | WebhookSubjectView;

/** Whose alarm it is; fixed when it is made. Null where it is of no district or no firm. */
export interface AlarmOwner {
  readonly district: string | null;
  readonly firm: string | null;
}

/** `fact` is undefined when there is no lift, or it is not registered any more. */
export function alarmView(alarm: AlarmSnapshot, owner: AlarmOwner, fact: LiftFact | undefined): AlarmView {
  return {
    id: alarm.id,
    source: alarm.source,
    sourceKey: alarm.sourceKey,
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
    subject: alarm.subject && subjectView(alarm.subject),
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

function subjectView(subject: AlarmSubject): AlarmSubjectView {
  switch (subject.type) {
    case 'indicator':
      return {
        ...subject,
        unit: isIndicatorId(subject.indicator) ? INDICATORS[subject.indicator].unit : null,
        from: isoTime(subject.from),
        to: isoTime(subject.to),
      };
    case 'webhook-endpoint':
      return { ...subject, since: isoTimeOrNull(subject.since) };
  }
}

/** `ms` since 1970 UTC in ISO 8601. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}
