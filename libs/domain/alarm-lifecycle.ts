import type { FaultKind } from '#protocol';
import type { AlarmState, EventType } from './events.js';
import { GUARDED_KINDS } from './fault-catalogue.js';

/**
 * What can happen to an alarm. `fault-*`, `attach` and `escalate` come from the event log, the rest from
 * people.
 */
export const ALARM_INPUTS = [
  'raise',
  'attach',
  'escalate',
  'fault-cleared',
  'fault-withdrawn',
  'acknowledge',
  'close',
] as const;
export type AlarmInputType = (typeof ALARM_INPUTS)[number];

/** Why a transition happened; logged with it. */
export type AlarmReason =
  | 'fault-raised'
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
 * One legal edge. `kinds` narrows it to the kinds of invariant 7 (`person-closed`) or to all others
 * (`ordinary`).
 */
export interface AlarmEdge {
  readonly from: AlarmNode;
  readonly on: AlarmInputType;
  readonly kinds: 'any' | 'person-closed' | 'ordinary';
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
  ['none', 'raise', 'any', 'raised', 'fault-raised', 'alarm.raised'],

  ['raised', 'acknowledge', 'any', 'acknowledged', 'acknowledged-by-person', 'alarm.acknowledged'],
  ['raised', 'fault-cleared', 'ordinary', 'cleared', 'fault-cleared', 'alarm.cleared'],
  ['raised', 'fault-cleared', 'person-closed', 'cleared-unconfirmed', 'person-must-confirm', 'alarm.cleared'],
  [
    'raised',
    'fault-withdrawn',
    'any',
    'cleared-unconfirmed',
    'withdrawn-person-must-confirm',
    'alarm.cleared',
  ],
  ['raised', 'attach', 'any', 'raised', 'evidence-attached', 'alarm.updated'],
  ['raised', 'escalate', 'any', 'raised', 'priority-raised', 'alarm.updated'],

  ['acknowledged', 'fault-cleared', 'ordinary', 'closed', 'cleared-after-acknowledgement', 'alarm.closed'],
  [
    'acknowledged',
    'fault-cleared',
    'person-closed',
    'cleared-unconfirmed',
    'person-must-confirm',
    'alarm.cleared',
  ],
  [
    'acknowledged',
    'fault-withdrawn',
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
    'fault-cleared': 'no-such-alarm',
    'fault-withdrawn': 'no-such-alarm',
    acknowledge: 'no-such-alarm',
    close: 'no-such-alarm',
  },
  raised: { raise: 'already-raised', close: 'fault-still-open' },
  acknowledged: { raise: 'already-raised', acknowledge: 'already-acknowledged', close: 'fault-still-open' },
  cleared: {
    raise: 'already-raised',
    'fault-cleared': 'fault-already-ended',
    'fault-withdrawn': 'fault-already-ended',
  },
  'cleared-unconfirmed': {
    raise: 'already-raised',
    'fault-cleared': 'fault-already-ended',
    'fault-withdrawn': 'fault-already-ended',
  },
  closed: {
    raise: 'already-closed',
    attach: 'already-closed',
    escalate: 'already-closed',
    'fault-cleared': 'already-closed',
    'fault-withdrawn': 'already-closed',
    acknowledge: 'already-closed',
    close: 'already-closed',
  },
};

/**
 * The edge that `on` takes from `from` for an alarm of `kind`, or why there is none. Throws on a hole in the
 * tables, which a test excludes.
 */
export function alarmEdge(from: AlarmNode, on: AlarmInputType, kind: FaultKind): AlarmEdge | AlarmRefusal {
  const kinds = GUARDED_KINDS.has(kind) ? 'person-closed' : 'ordinary';
  const edge = ALARM_EDGES.find(
    (e) => e.from === from && e.on === on && (e.kinds === 'any' || e.kinds === kinds),
  );
  if (edge) return edge;
  const refusal = REFUSED[from][on];
  if (!refusal)
    throw new Error(`Alarm lifecycle: no edge and no refusal for ${on} in ${from}; add one to the table`);
  return refusal;
}
