import type { FaultKind } from '#protocol';
import { type AlarmEventType, type AlarmReason, type AlarmRefusal, alarmEdge } from './alarm-lifecycle.js';
import { type AlarmState, type Evidence, type Fault, PRIORITIES, type Priority } from './events.js';

/** An alarm as stored, without the facts of its lift. Times are ms since 1970 UTC. */
export interface AlarmSnapshot {
  readonly id: string;
  readonly faultId: string;
  readonly lift: string;
  readonly kind: FaultKind;
  readonly priority: Priority;
  readonly evidence: Evidence;
  readonly state: AlarmState;
  /**
   * Why it is in this state: while open the fault's `RaiseReason` (an acknowledgement keeps it, so that
   * `mechanic-may-be-inside` stays in sight), once cleared the fault's own clear or withdrawal reason, once
   * closed an `AlarmReason`.
   */
  readonly reason: string;
  /** When the condition began, by the fault. */
  readonly raisedAt: number;
  /** When the alarm was made. */
  readonly recordedAt: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  /** When the fault ended, by the fault. */
  readonly clearedAt: number | null;
  readonly closedAt: number | null;
  /** The person; null when the end of an acknowledged fault closed it. */
  readonly closedBy: string | null;
  /** The newest note of a person; earlier ones are in the event log. */
  readonly note: string | null;
  /** Messages that attached to it, at least 0. */
  readonly attachments: number;
  readonly clockSuspect: boolean;
  /** 1 when made, one more with each transition. */
  readonly version: number;
}

export type AlarmInput =
  | { readonly type: 'raise'; readonly fault: Fault }
  /**
   * `priority` when the attached evidence makes it worse; a lower one is not an error and changes nothing.
   * `reason` when it changes how the open fault must be read, as `mechanic-may-be-inside` does.
   */
  | { readonly type: 'attach'; readonly priority: Priority | null; readonly reason: string | null }
  | { readonly type: 'escalate'; readonly priority: Priority }
  | { readonly type: 'fault-cleared'; readonly at: number; readonly reason: string }
  | { readonly type: 'fault-withdrawn'; readonly at: number; readonly reason: string }
  | { readonly type: 'acknowledge'; readonly by: string; readonly note: string | null }
  | { readonly type: 'close'; readonly by: string; readonly note: string };

/** What the shell commits with the new state, in one transaction. */
export interface AlarmEffect {
  readonly type: AlarmEventType;
}

export type AlarmDecision =
  | {
      readonly ok: true;
      readonly state: AlarmSnapshot;
      readonly effects: readonly AlarmEffect[];
      readonly reason: AlarmReason;
    }
  | { readonly ok: false; readonly refusal: AlarmRefusal };

/** One alarm a fault: its id is the fault's, so that a replay finds the same alarm. */
export function alarmIdOf(faultId: string): string {
  return `alarm-${faultId}`;
}

/** The more urgent of the two. */
export function higherPriority(a: Priority, b: Priority): Priority {
  return PRIORITIES.indexOf(b) < PRIORITIES.indexOf(a) ? b : a;
}

/**
 * What `input` does to an alarm (`null` = none yet) at `now`, ms since 1970 UTC. Pure and total: an input
 * that is not legal in this state is refused with its reason and changes nothing.
 */
export function decideAlarm(state: AlarmSnapshot | null, input: AlarmInput, now: number): AlarmDecision {
  if (!state) {
    if (input.type !== 'raise') return { ok: false, refusal: 'no-such-alarm' };
    const edge = alarmEdge('none', 'raise', input.fault.kind);
    if (typeof edge === 'string') return { ok: false, refusal: edge };
    return {
      ok: true,
      state: firstState(input.fault, now),
      effects: [{ type: edge.emits }],
      reason: edge.reason,
    };
  }
  const edge = alarmEdge(state.state, input.type, state.kind);
  if (typeof edge === 'string') return { ok: false, refusal: edge };
  const refusal = guard(state, input);
  if (refusal) return { ok: false, refusal };
  const moved = { ...state, ...changes(state, input, now), state: edge.to, version: state.version + 1 };
  const closes = edge.to === 'closed';
  return {
    ok: true,
    state: closes ? { ...moved, closedAt: now, reason: edge.reason } : moved,
    effects: [{ type: edge.emits }],
    reason: edge.reason,
  };
}

/** What the table cannot say because it depends on the alarm's fields. */
function guard(state: AlarmSnapshot, input: AlarmInput): AlarmRefusal | null {
  // The first acknowledgement stands: who saw it first, and when, is what an inquiry asks.
  if (input.type === 'acknowledge' && state.acknowledgedAt !== null) return 'already-acknowledged';
  if (input.type === 'escalate' && higherPriority(state.priority, input.priority) === state.priority) {
    return 'priority-not-higher';
  }
  return null;
}

function changes(state: AlarmSnapshot, input: AlarmInput, now: number): Partial<AlarmSnapshot> {
  switch (input.type) {
    case 'raise':
      return {};
    case 'attach':
      return {
        attachments: state.attachments + 1,
        priority: input.priority ? higherPriority(state.priority, input.priority) : state.priority,
        // Once the fault has ended the reason of its end stands.
        reason: input.reason !== null && state.clearedAt === null ? input.reason : state.reason,
      };
    case 'escalate':
      return { priority: input.priority };
    case 'fault-cleared':
    case 'fault-withdrawn':
      return { clearedAt: input.at, reason: input.reason };
    case 'acknowledge':
      return {
        acknowledgedAt: now,
        acknowledgedBy: input.by,
        note: input.note ?? state.note,
        // Acknowledging a cleared alarm closes it, and that person did.
        ...(state.state === 'cleared' ? { closedBy: input.by } : {}),
      };
    case 'close':
      return { closedBy: input.by, note: input.note };
  }
}

function firstState(fault: Fault, now: number): AlarmSnapshot {
  return {
    id: alarmIdOf(fault.id),
    faultId: fault.id,
    lift: fault.lift,
    kind: fault.kind,
    priority: fault.priority,
    evidence: fault.evidence,
    state: 'raised',
    reason: fault.reason,
    raisedAt: fault.raisedAt,
    recordedAt: now,
    acknowledgedAt: null,
    acknowledgedBy: null,
    clearedAt: null,
    closedAt: null,
    closedBy: null,
    note: null,
    attachments: 0,
    clockSuspect: fault.clockSuspect,
    version: 1,
  };
}
