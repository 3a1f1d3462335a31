import type { FaultEffect } from '#domain';
import { jsonList, type NewLogEvent, preparedStatement, storableText, type Tx } from '#records';
import type { EntryEffects } from './lift-states.js';

/** Where a lift stands and who maintains it, as the event log's scope columns need it. */
export interface Place {
  readonly district: string;
  readonly firm: string | null;
}

/** Asked at commit. `district` = the county that the directory named when the message came. */
export type PlaceOf = (terminal: string, lift: string, district: string | null) => Place;

/**
 * Applies fault transitions to their rows and answers the events of those that changed one. A transition that
 * was applied before changes nothing and makes no event, so that a replay is harmless.
 */
export async function applyEffects(
  tx: Tx,
  found: readonly EntryEffects[],
  placeOf: PlaceOf,
): Promise<NewLogEvent[]> {
  const transitions = found.flatMap(({ effects, district }) =>
    effects.map((effect): Transition => {
      const begins = 'fault' in effect;
      const id = begins ? effect.fault.id : effect.faultId;
      const place = begins ? placeOf(effect.fault.terminal, effect.fault.lift, district) : null;
      return { id, effect, place, applied: null };
    }),
  );
  for (const wave of wavesOf(transitions)) await applyWave(tx, wave);
  await countUnknownCodes(tx, found);
  return transitions.flatMap(({ effect, applied }) => {
    if (applied === null) return [];
    const lift = 'fault' in effect ? effect.fault.lift : effect.lift;
    return [{ type: effect.type, lift, ...applied, data: { ...effect } }];
  });
}

interface Transition {
  readonly id: string;
  readonly effect: FaultEffect;
  /** Where a fault that begins belongs. */
  readonly place: Place | null;
  /** Where it belongs, once a row was changed. */
  applied: Place | null;
}

/** Runs of transitions in which each fault occurs once: they change different rows, so in any order. */
function wavesOf(transitions: readonly Transition[]): readonly (readonly Transition[])[] {
  const waves: Transition[][] = [];
  let ids = new Set<string>();
  for (const each of transitions) {
    if (waves.length === 0 || ids.has(each.id)) {
      waves.push([]);
      ids = new Set();
    }
    ids.add(each.id);
    waves.at(-1)?.push(each);
  }
  return waves;
}

async function applyWave(tx: Tx, wave: readonly Transition[]): Promise<void> {
  const begun = wave.flatMap(({ effect, place }) =>
    'fault' in effect && place !== null ? [rowOf(effect, place)] : [],
  );
  const inserted = begun.length === 0 ? [] : await INSERT(tx, [jsonList(begun)]);
  const changed = wave.flatMap(({ effect }) => ('fault' in effect ? [] : [changeOf(effect)]));
  const updated = changed.length === 0 ? [] : await UPDATE(tx, [jsonList(changed)]);
  const places = new Map([...inserted, ...updated].map(({ id, district, firm }) => [id, { district, firm }]));
  for (const each of wave) each.applied = places.get(each.id) ?? null;
}

type Begins = Extract<FaultEffect, { fault: unknown }>;
type Continues = Exclude<FaultEffect, { fault: unknown }>;

const BEGINS_AS = {
  'fault.raised': 'open',
  'fault.recorded': 'recorded',
  'fault.suppressed': 'suppressed',
} as const;

const COLUMNS = [
  ...(['id', 'lift', 'district', 'firm', 'terminal', 'kind', 'evidence', 'priority', 'state'] as const),
  ...(['reason', 'raised_at', 'received_at', 'cleared_at', 'clear_reason', 'profile', 'code'] as const),
  ...(['clock_suspect', 'attachments', 'detail'] as const),
];

function rowOf(effect: Begins, place: Place): Readonly<Record<(typeof COLUMNS)[number], unknown>> {
  const { fault } = effect;
  const recorded = effect.type === 'fault.recorded' ? effect : null;
  return {
    id: fault.id,
    lift: fault.lift,
    district: place.district,
    firm: place.firm,
    terminal: fault.terminal,
    kind: fault.kind,
    evidence: fault.evidence,
    priority: fault.priority,
    state: BEGINS_AS[effect.type],
    reason: fault.reason,
    raised_at: new Date(fault.raisedAt),
    received_at: new Date(fault.receivedAt),
    cleared_at: recorded === null ? null : new Date(recorded.clearedAt),
    clear_reason: recorded?.clearReason ?? (effect.type === 'fault.suppressed' ? effect.suppressedBy : null),
    profile: fault.profile,
    code: fault.code,
    clock_suspect: fault.clockSuspect,
    attachments: 0,
    detail: fault.detail,
  };
}

/** What a further message changes of an open fault; null = as it was. */
interface Change {
  readonly id: string;
  readonly state: 'cleared' | 'withdrawn' | null;
  readonly cleared_at: Date | null;
  readonly clear_reason: string | null;
  readonly attached: 0 | 1;
  readonly priority: string | null;
}

function changeOf(effect: Continues): Change {
  const id = effect.faultId;
  if (effect.type === 'fault.attached') {
    const told = effect.detail?.priority;
    const priority = typeof told === 'string' ? told : null;
    return { id, state: null, cleared_at: null, clear_reason: null, attached: 1, priority };
  }
  const state = effect.type === 'fault.cleared' ? 'cleared' : 'withdrawn';
  const ended = { cleared_at: new Date(effect.at), clear_reason: effect.reason };
  return { id, state, ...ended, attached: 0, priority: null };
}

interface ChangedRow extends Place {
  readonly id: string;
}

/** A fault that outlives its suppression goes on under the id it was recorded with. */
const INSERT = preparedStatement<ChangedRow>(`
  insert into fault (${COLUMNS.join(', ')})
  select ${COLUMNS.join(', ')} from jsonb_populate_recordset(null::fault, $1::jsonb)
  on conflict (id) do update set state = excluded.state, priority = excluded.priority,
    cleared_at = excluded.cleared_at, clear_reason = excluded.clear_reason
  where fault.state = 'suppressed' and excluded.state <> 'suppressed'
  returning id, district, firm`);

const UPDATE = preparedStatement<ChangedRow>(`
  update fault set
    state = coalesce(given.state, fault.state),
    cleared_at = coalesce(given.cleared_at, fault.cleared_at),
    clear_reason = coalesce(given.clear_reason, fault.clear_reason),
    attachments = fault.attachments + given.attached,
    priority = coalesce(given.priority, fault.priority)
  from jsonb_to_recordset($1::jsonb) as given
    (id text, state text, cleared_at timestamptz, clear_reason text, attached int, priority text)
  where fault.id = given.id and fault.state = 'open'
  returning fault.id, fault.district, fault.firm`);

/** Unknown codes are kept raw by (profile, code) and counted (invariant 4). */
async function countUnknownCodes(tx: Tx, found: readonly EntryEffects[]): Promise<void> {
  const counts = new Map<string, { profile: string; code: string; count: number; seen: Date }>();
  for (const { unknownCodes, receivedAt } of found) {
    for (const { profile, code } of unknownCodes) {
      const key = `${profile}:${code}`;
      const count = (counts.get(key)?.count ?? 0) + 1;
      counts.set(key, { profile, code: storableText(code), count, seen: new Date(receivedAt) });
    }
  }
  for (const key of [...counts.keys()].sort()) {
    const each = counts.get(key);
    if (!each) continue;
    await tx
      .insertInto('unknown_code')
      .values({
        profile: each.profile,
        code: each.code,
        count: each.count,
        first_seen: each.seen,
        last_seen: each.seen,
      })
      .onConflict((conflict) =>
        conflict.columns(['profile', 'code']).doUpdateSet((eb) => ({
          count: eb('unknown_code.count', '+', each.count),
          last_seen: each.seen,
        })),
      )
      .execute();
  }
}
