import type { FaultKind } from '#protocol';

/** ISA-18.2 style priority, highest first. */
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What a fault rests on (DESIGN §1). */
export type Evidence = 'reported' | 'inferred' | 'behavioural';

/** One interval on a lift: raised → cleared (or withdrawn). Times are ms since 1970 UTC. */
export interface Fault {
  /** Derived from (lift, kind, identity of the raising message): a replay gives the same id. */
  readonly id: string;
  readonly lift: string;
  readonly terminal: string;
  readonly kind: FaultKind;
  readonly evidence: Evidence;
  readonly priority: Priority;
  /** Terminal time through the boot's offset: when the condition began. */
  readonly raisedAt: number;
  /** When the message that raised it reached us. */
  readonly receivedAt: number;
  /** Why it was raised, a `RaiseReason`. */
  readonly reason: string;
  /** The reporting profile and raw code; null for inferred faults. */
  readonly profile: string | null;
  readonly code: string | null;
  /** The terminal's clock was more than a day off: `raisedAt` rests on `receivedAt`. */
  readonly clockSuspect: boolean;
  /** Further facts: sample values, raw vendor times. */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** Effects of `step`: each becomes a row change and one event in the log, in one transaction. */
export type FaultEffect =
  | { readonly type: 'fault.raised'; readonly fault: Fault }
  /** History: its end is known, so it is counted and shown, and pages nobody. */
  | {
      readonly type: 'fault.recorded';
      readonly fault: Fault;
      readonly clearedAt: number;
      readonly clearReason: string;
    }
  /** Recorded, not raised, with why (invariant 5). */
  | { readonly type: 'fault.suppressed'; readonly fault: Fault; readonly suppressedBy: string }
  | {
      readonly type: 'fault.attached';
      readonly faultId: string;
      readonly lift: string;
      readonly kind: FaultKind;
      readonly at: number;
      readonly receivedAt: number;
      /** What attached: a further report, a press, a snapshot lacking it, an inspection mark. */
      readonly attachment: string;
      readonly profile: string | null;
      readonly code: string | null;
      readonly detail: Readonly<Record<string, unknown>> | null;
    }
  | {
      readonly type: 'fault.cleared';
      readonly faultId: string;
      readonly lift: string;
      readonly kind: FaultKind;
      readonly at: number;
      readonly receivedAt: number;
      readonly reason: string;
    }
  | {
      readonly type: 'fault.withdrawn';
      readonly faultId: string;
      readonly lift: string;
      readonly kind: FaultKind;
      readonly at: number;
      readonly receivedAt: number;
      readonly reason: string;
    };

/** Lifecycle of an alarm; the table of legal edges is in `alarm-lifecycle.ts`. */
export const ALARM_STATES = ['raised', 'acknowledged', 'cleared', 'cleared-unconfirmed', 'closed'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/**
 * Every event type of the log. `fault.*` come from ingest, `indicator.*` from the rate rules, `webhook.*`
 * from the notifier, `alarm.*` from the monitor and from people, `key.*` and `session.*` from access.
 */
export const EVENT_TYPES = [
  'fault.raised',
  'fault.recorded',
  'fault.suppressed',
  'fault.attached',
  'fault.cleared',
  'fault.withdrawn',
  'fault.judged',
  'order.recorded',
  'inspection.recorded',
  'maintenance.recorded',
  'out-of-service.recorded',
  'alarm.raised',
  'alarm.updated',
  'alarm.acknowledged',
  'alarm.cleared',
  'alarm.closed',
  'indicator.breached',
  'indicator.restored',
  'indicator.withdrawn',
  'webhook.disabled',
  'webhook.enabled',
  'terminal.registered',
  'terminal.bound',
  'terminal.unbound',
  'terminal.rotated',
  'terminal.revoked',
  'lift.registered',
  'lift.changed',
  'district.registered',
  'district.changed',
  'firm.registered',
  'firm.changed',
  'user.registered',
  'user.changed',
  'key.created',
  'key.changed',
  'key.revoked',
  'session.started',
  'session.ended',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
