import { sql } from 'kysely';
import type { FaultEffect } from '#domain';
import { jsonText, type NewLogEvent, storableText, type Tx } from '#records';
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
  const events: NewLogEvent[] = [];
  for (const { effects, district } of found) {
    for (const effect of effects) {
      const place = await applyEffect(tx, effect, (terminal, lift) => placeOf(terminal, lift, district));
      if (place === null) continue;
      const lift = 'fault' in effect ? effect.fault.lift : effect.lift;
      events.push({ type: effect.type, lift, ...place, data: { ...effect } });
    }
  }
  await countUnknownCodes(tx, found);
  return events;
}

/** Answers where the fault belongs, or null when the transition had been applied already. */
async function applyEffect(
  tx: Tx,
  effect: FaultEffect,
  placeOf: (terminal: string, lift: string) => Place,
): Promise<Place | null> {
  if ('fault' in effect) {
    const place = placeOf(effect.fault.terminal, effect.fault.lift);
    return (await insertFault(tx, effect, place)) ? place : null;
  }
  const row = await updateFault(tx, effect);
  return row === undefined ? null : { district: row.district, firm: row.firm };
}

type Begins = Extract<FaultEffect, { fault: unknown }>;

async function insertFault(tx: Tx, effect: Begins, place: Place): Promise<boolean> {
  const { fault } = effect;
  const recorded = effect.type === 'fault.recorded';
  const state = {
    'fault.raised': 'open',
    'fault.recorded': 'recorded',
    'fault.suppressed': 'suppressed',
  } as const;
  const row = await tx
    .insertInto('fault')
    .values({
      id: fault.id,
      lift: fault.lift,
      district: place.district,
      firm: place.firm,
      terminal: fault.terminal,
      kind: fault.kind,
      evidence: fault.evidence,
      priority: fault.priority,
      state: state[effect.type],
      reason: fault.reason,
      raised_at: new Date(fault.raisedAt),
      received_at: new Date(fault.receivedAt),
      cleared_at: recorded ? new Date(effect.clearedAt) : null,
      clear_reason: recorded
        ? effect.clearReason
        : effect.type === 'fault.suppressed'
          ? effect.suppressedBy
          : null,
      profile: fault.profile,
      code: fault.code === null ? null : storableText(fault.code),
      clock_suspect: fault.clockSuspect,
      attachments: 0,
      detail: fault.detail === null ? null : jsonText(fault.detail),
    })
    .onConflict((conflict) =>
      // A fault that outlives its suppression goes on under the id it was recorded with.
      conflict
        .column('id')
        .doUpdateSet((eb) => ({
          state: eb.ref('excluded.state'),
          priority: eb.ref('excluded.priority'),
          cleared_at: eb.ref('excluded.cleared_at'),
          clear_reason: eb.ref('excluded.clear_reason'),
        }))
        .where('fault.state', '=', 'suppressed')
        .where(sql<boolean>`${effect.type !== 'fault.suppressed'}`),
    )
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

type Continues = Exclude<FaultEffect, { fault: unknown }>;

function updateFault(tx: Tx, effect: Continues) {
  const open = tx.updateTable('fault').where('id', '=', effect.faultId).where('state', '=', 'open');
  if (effect.type === 'fault.attached') {
    const priority = effect.detail?.priority;
    return open
      .set((eb) => ({
        attachments: eb('attachments', '+', 1),
        ...(typeof priority === 'string' ? { priority: sql`${priority}` } : {}),
      }))
      .returning(['district', 'firm'])
      .executeTakeFirst();
  }
  return open
    .set({
      state: effect.type === 'fault.cleared' ? 'cleared' : 'withdrawn',
      cleared_at: new Date(effect.at),
      clear_reason: effect.reason,
    })
    .returning(['district', 'firm'])
    .executeTakeFirst();
}

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
