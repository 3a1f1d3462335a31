import { type AlarmEventType, type AlarmReason, type AlarmRefusal, alarmEdge } from './alarm-lifecycle.js';
import type { AlarmCause, AlarmCondition, AlarmKind, AlarmSource, AlarmSubject } from './alarm-source.js';
import { type AlarmState, type Evidence, type Fault, PRIORITIES, type Priority } from './events.js';

/** An alarm as stored, without the facts of its lift. Times are ms since 1970 UTC. */
export interface AlarmSnapshot {
  readonly id: string;
  readonly source: AlarmSource;
  /** The fault's id, `ruleId:scopeKind:scopeId`, or the endpoint's id. */
  readonly sourceKey: string;
  /** Null when no fault is behind it. */
  readonly faultId: string | null;
  /** Null when it is not about one lift. */
  readonly lift: string | null;
  readonly kind: AlarmKind;
  readonly priority: Priority;
  /** What the fault rests on; null without a fault. */
  readonly evidence: Evidence | null;
  /** What it is about when no fault is behind it: the newest figure, or the endpoint. */
  readonly subject: AlarmSubject | null;
  readonly state: AlarmState;
  /**
   * Why it is in this state: while open the reason of the fault (its `RaiseReason`) or of the condition,
   * which an acknowledgement keeps, so that `mechanic-may-be-inside` stays in sight; once cleared the reason
   * of its clear or withdrawal; once closed an `AlarmReason`.
   */
  readonly reason: string;
  /** When the fault or the condition began; of one that came back, when it did. */
  readonly raisedAt: number;
  /** When the alarm was made. */
  readonly recordedAt: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  /** When the fault or the condition ended, by its event. */
  readonly clearedAt: number | null;
  readonly closedAt: number | null;
  /** The person; null when the end of an acknowledged fault closed it. */
  readonly closedBy: string | null;
  /** The newest note of a person; earlier ones are in the event log. */
  readonly note: string | null;
  /** Messages that attached to it, or further times that its condition was met; at least 0. */
  readonly attachments: number;
  readonly clockSuspect: boolean;
  /** 1 when made, one more with each transition. */
  readonly version: number;
}

export type AlarmInput =
  | { readonly type: 'raise'; readonly cause: AlarmCause }
  /**
   * `priority` when the attached evidence makes it worse; a lower one is not an error and changes nothing.
   * `reason` when it changes how the open fault must be read, as `mechanic-may-be-inside` does.
   */
  | { readonly type: 'attach'; readonly priority: Priority | null; readonly reason: string | null }
  | { readonly type: 'escalate'; readonly priority: Priority }
  | { readonly type: 'clear'; readonly at: number; readonly reason: string }
  | { readonly type: 'withdraw'; readonly at: number; readonly reason: string }
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
    const first = firstState(input.cause, now);
    const edge = alarmEdge('none', 'raise', first.kind);
    if (typeof edge === 'string') return { ok: false, refusal: edge };
    return {
      ok: true,
      state: first,
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
      return input.cause.source === 'condition' ? renewed(state, input.cause.condition) : {};
    case 'attach':
      return {
        attachments: state.attachments + 1,
        priority: input.priority ? higherPriority(state.priority, input.priority) : state.priority,
        // Once the fault has ended the reason of its end stands.
        reason: input.reason !== null && state.clearedAt === null ? input.reason : state.reason,
      };
    case 'escalate':
      return { priority: input.priority };
    case 'clear':
    case 'withdraw':
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

/** The condition was met again: while open with a newer figure, after its end anew. */
function renewed(state: AlarmSnapshot, condition: AlarmCondition): Partial<AlarmSnapshot> {
  const { subject, reason, lift } = condition;
  const attachments = state.attachments + 1;
  if (state.clearedAt === null) {
    return { subject, reason, attachments, priority: higherPriority(state.priority, condition.priority) };
  }
  return {
    subject,
    reason,
    attachments,
    lift,
    priority: condition.priority,
    raisedAt: condition.at,
    clearedAt: null,
    // Whoever saw it the last time has not seen it now; that they did is in the event log.
    acknowledgedAt: null,
    acknowledgedBy: null,
  };
}

function firstState(cause: AlarmCause, now: number): AlarmSnapshot {
  const known = cause.source === 'fault' ? ofFault(cause.fault) : ofCondition(cause.condition);
  return {
    ...known,
    state: 'raised',
    recordedAt: now,
    acknowledgedAt: null,
    acknowledgedBy: null,
    clearedAt: null,
    closedAt: null,
    closedBy: null,
    note: null,
    attachments: 0,
    version: 1,
  };
}

type Known = Pick<
  AlarmSnapshot,
  | 'id'
  | 'source'
  | 'sourceKey'
  | 'faultId'
  | 'lift'
  | 'kind'
  | 'priority'
  | 'evidence'
  | 'subject'
  | 'reason'
  | 'raisedAt'
  | 'clockSuspect'
>;

function ofFault(fault: Fault): Known {
  const { id, lift, kind, priority, evidence, reason, raisedAt, clockSuspect } = fault;
  const common = { lift, kind, priority, evidence, reason, raisedAt, clockSuspect };
  return { ...common, id: alarmIdOf(id), source: 'fault', sourceKey: id, faultId: id, subject: null };
}

function ofCondition(condition: AlarmCondition): Known {
  const { alarmId, source, sourceKey, lift, kind, priority, reason, at, subject } = condition;
  const common = { source, sourceKey, lift, kind, priority, reason, subject };
  return { ...common, id: alarmId, faultId: null, evidence: null, raisedAt: at, clockSuspect: false };
}
