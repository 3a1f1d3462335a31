import { type AlarmKind, isConditionKind } from './alarm-source.js';
import type { AlarmState, EventType } from './events.js';
import { GUARDED_KINDS } from './fault-catalogue.js';

/**
 * What can happen to an alarm. `acknowledge` and `close` come from people, the rest from the event log:
 * `clear` and `withdraw` are what became of the fault or the condition behind it.
 */
export const ALARM_INPUTS = [
  'raise',
  'attach',
  'escalate',
  'clear',
  'withdraw',
  'acknowledge',
  'close',
] as const;
export type AlarmInputType = (typeof ALARM_INPUTS)[number];

/** Why a transition happened; logged with it. */
export type AlarmReason =
  | 'fault-raised'
  | 'condition-began'
  | 'condition-renewed'
  | 'condition-returned'
  | 'condition-ended'
  | 'evidence-attached'
  | 'priority-raised'
  | 'acknowledged-by-person'
  | 'fault-cleared'
  | 'person-must-confirm'
  | 'withdrawn-person-must-confirm'
  | 'cleared-after-acknowledgement'
  | 'acknowledged-after-clear'
  | 'closed-by-person';

/** Why an input was refused; the API answers it with 409. */
export const ALARM_REFUSALS = [
  'no-such-alarm',
  'already-raised',
  'already-acknowledged',
  'fault-already-ended',
  'fault-still-open',
  'already-closed',
  'priority-not-higher',
] as const;
export type AlarmRefusal = (typeof ALARM_REFUSALS)[number];

/** The types of event an alarm makes in the log. */
export type AlarmEventType = Extract<EventType, `alarm.${string}`>;

/** `none` = before the first raise. */
export type AlarmNode = AlarmState | 'none';

/**
 * Kinds that live alike: those of invariant 7 (`person-closed`), all other faults (`ordinary`), and what is
 * no fault (`condition`).
 */
export type AlarmClass = 'person-closed' | 'ordinary' | 'condition';

/** One legal edge. `kinds` narrows it to a class, or to both classes of faults. */
export interface AlarmEdge {
  readonly from: AlarmNode;
  readonly on: AlarmInputType;
  readonly kinds: 'any' | 'fault' | AlarmClass;
  readonly to: AlarmState;
  readonly reason: AlarmReason;
  readonly emits: AlarmEventType;
}

type EdgeTuple = readonly [
  AlarmNode,
  AlarmInputType,
  AlarmEdge['kinds'],
  AlarmState,
  AlarmReason,
  AlarmEventType,
];

/** from, on, kinds, to, reason, emits. */
const EDGES: readonly EdgeTuple[] = [
  ['none', 'raise', 'fault', 'raised', 'fault-raised', 'alarm.raised'],
  ['none', 'raise', 'condition', 'raised', 'condition-began', 'alarm.raised'],

  // A fault has an id of its own each time; a rule or an endpoint is the same one when it fails again, and an
  // alarm of it that is still open says so rather than have a second one beside it.
  ['raised', 'raise', 'condition', 'raised', 'condition-renewed', 'alarm.updated'],
  ['acknowledged', 'raise', 'condition', 'acknowledged', 'condition-renewed', 'alarm.updated'],
  ['cleared', 'raise', 'condition', 'raised', 'condition-returned', 'alarm.raised'],
  ['cleared-unconfirmed', 'raise', 'condition', 'raised', 'condition-returned', 'alarm.raised'],

  ['raised', 'acknowledge', 'any', 'acknowledged', 'acknowledged-by-person', 'alarm.acknowledged'],
  ['raised', 'clear', 'ordinary', 'cleared', 'fault-cleared', 'alarm.cleared'],
  ['raised', 'clear', 'person-closed', 'cleared-unconfirmed', 'person-must-confirm', 'alarm.cleared'],
  ['raised', 'clear', 'condition', 'cleared', 'condition-ended', 'alarm.cleared'],
  ['raised', 'withdraw', 'any', 'cleared-unconfirmed', 'withdrawn-person-must-confirm', 'alarm.cleared'],
  ['raised', 'attach', 'any', 'raised', 'evidence-attached', 'alarm.updated'],
  ['raised', 'escalate', 'any', 'raised', 'priority-raised', 'alarm.updated'],

  ['acknowledged', 'clear', 'ordinary', 'closed', 'cleared-after-acknowledgement', 'alarm.closed'],
  ['acknowledged', 'clear', 'person-closed', 'cleared-unconfirmed', 'person-must-confirm', 'alarm.cleared'],
  // A rate back within its target does not say that anybody did anything about it: a person closes it.
  ['acknowledged', 'clear', 'condition', 'cleared', 'condition-ended', 'alarm.cleared'],
  [
    'acknowledged',
    'withdraw',
    'any',
    'cleared-unconfirmed',
    'withdrawn-person-must-confirm',
    'alarm.cleared',
  ],
  ['acknowledged', 'attach', 'any', 'acknowledged', 'evidence-attached', 'alarm.updated'],
  ['acknowledged', 'escalate', 'any', 'acknowledged', 'priority-raised', 'alarm.updated'],

  ['cleared', 'acknowledge', 'any', 'closed', 'acknowledged-after-clear', 'alarm.closed'],
  ['cleared', 'close', 'any', 'closed', 'closed-by-person', 'alarm.closed'],
  ['cleared', 'attach', 'any', 'cleared', 'evidence-attached', 'alarm.updated'],
  ['cleared', 'escalate', 'any', 'cleared', 'priority-raised', 'alarm.updated'],

  // Seeing it is not confirming it: the acknowledgement is recorded and the alarm stands until it is closed.
  [
    'cleared-unconfirmed',
    'acknowledge',
    'any',
    'cleared-unconfirmed',
    'acknowledged-by-person',
    'alarm.acknowledged',
  ],
  ['cleared-unconfirmed', 'close', 'any', 'closed', 'closed-by-person', 'alarm.closed'],
  ['cleared-unconfirmed', 'attach', 'any', 'cleared-unconfirmed', 'evidence-attached', 'alarm.updated'],
  ['cleared-unconfirmed', 'escalate', 'any', 'cleared-unconfirmed', 'priority-raised', 'alarm.updated'],
];

/** Every legal edge of an alarm's life, as data; whatever is not here is refused by `REFUSED`. */
export const ALARM_EDGES: readonly AlarmEdge[] = EDGES.map(([from, on, kinds, to, reason, emits]) => ({
  from,
  on,
  kinds,
  to,
  reason,
  emits,
}));

/** Why each input that has no edge is refused. */
const REFUSED: Readonly<Record<AlarmNode, Partial<Record<AlarmInputType, AlarmRefusal>>>> = {
  none: {
    attach: 'no-such-alarm',
    escalate: 'no-such-alarm',
    clear: 'no-such-alarm',
    withdraw: 'no-such-alarm',
    acknowledge: 'no-such-alarm',
    close: 'no-such-alarm',
  },
  raised: { raise: 'already-raised', close: 'fault-still-open' },
  acknowledged: { raise: 'already-raised', acknowledge: 'already-acknowledged', close: 'fault-still-open' },
  cleared: {
    raise: 'already-raised',
    clear: 'fault-already-ended',
    withdraw: 'fault-already-ended',
  },
  'cleared-unconfirmed': {
    raise: 'already-raised',
    clear: 'fault-already-ended',
    withdraw: 'fault-already-ended',
  },
  closed: {
    raise: 'already-closed',
    attach: 'already-closed',
    escalate: 'already-closed',
    clear: 'already-closed',
    withdraw: 'already-closed',
    acknowledge: 'already-closed',
    close: 'already-closed',
  },
};

/** The class that `kind` lives by. */
export function alarmClass(kind: AlarmKind): AlarmClass {
  if (isConditionKind(kind)) return 'condition';
  return GUARDED_KINDS.has(kind) ? 'person-closed' : 'ordinary';
}

/** True when `edge` is one of `of`. */
export function isEdgeOf({ kinds }: AlarmEdge, of: AlarmClass): boolean {
  return kinds === 'any' || kinds === of || (kinds === 'fault' && of !== 'condition');
}

/**
 * The edge that `on` takes from `from` for an alarm of `kind`, or why there is none. Throws on a hole in the
 * tables, which a test excludes.
 */
export function alarmEdge(from: AlarmNode, on: AlarmInputType, kind: AlarmKind): AlarmEdge | AlarmRefusal {
  const of = alarmClass(kind);
  const edge = ALARM_EDGES.find((e) => e.from === from && e.on === on && isEdgeOf(e, of));
  if (edge) return edge;
  const refusal = REFUSED[from][on];
  if (!refusal)
    throw new Error(`Alarm lifecycle: no edge and no refusal for ${on} in ${from}; add one to the table`);
  return refusal;
}
