import { type Kysely, sql } from 'kysely';
import { DAY_MS, dateStart, ORDER_KINDS, shanghaiDate } from '#domain';
import type { LogEvent, Schema } from '#records';
import { type FactCore, factCore, orderMetric } from './fact.js';
import type { FactChange } from './ledger.js';

/** Numbers of the rows that an event of our books is about; at most 500 of them. */
export function numbersOf(event: LogEvent): readonly string[] {
  return textsOf(event.data.numbers);
}

/** Lifts that an event is about: one, or those it lists. */
export function liftsOf(event: LogEvent): readonly string[] {
  const listed = textsOf(event.data.lifts);
  return listed.length > 0 || event.lift === null ? listed : [event.lift];
}

/**
 * The orders as they stand now, as changes of the ledger. A later event finds the same and changes nothing.
 */
export async function orderChanges(
  db: Kysely<Schema>,
  numbers: readonly string[],
): Promise<readonly FactChange[]> {
  const rows = await db
    .selectFrom('rescue_order')
    .selectAll()
    .where('number', 'in', [...numbers])
    .execute();
  return rows.flatMap((row) => {
    const kind = ORDER_KINDS.find((each) => each === row.kind);
    if (kind === undefined) return [];
    const { number: id, lift } = row;
    const since = (from: Date | null, to: Date | null) =>
      from === null || to === null ? null : to.getTime() - from.getTime();
    const core = factCore(
      { source: 'order', id, metric: orderMetric(kind), lift, at: row.called_at.getTime() },
      {
        kind,
        endedAt: row.closed_at?.getTime() ?? null,
        answerMs: since(row.called_at, row.answered_at),
        arrivalMs: since(row.called_at, row.arrived_at),
        releaseMs: since(row.arrived_at, row.freed_at),
      },
    );
    return [changeTo(core, 'order-corrected')];
  });
}

export async function inspectionChanges(
  db: Kysely<Schema>,
  numbers: readonly string[],
): Promise<readonly FactChange[]> {
  const { rows } = await sql<{ number: string; lift: string; day: string; passed: boolean }>`
    select number, lift, inspected_on::text as day, passed from inspection
    where number = any(${[...numbers]}::text[])`.execute(db);
  return rows.map(({ number: id, lift, day, passed }) => {
    const at = midnight(day);
    const metric = passed ? 'inspections.passed' : 'inspections.failed';
    return changeTo(factCore({ source: 'inspection', id, metric, lift, at }, { endedAt: at }), 'late-data');
  });
}

/** A record counts on the day it was due, kept or not: a visit nobody made must not vanish from the share. */
export async function maintenanceChanges(
  db: Kysely<Schema>,
  numbers: readonly string[],
): Promise<readonly FactChange[]> {
  const { rows } = await sql<{
    number: string;
    lift: string;
    kind: string;
    dueOn: string;
    doneAt: Date | null;
    signed: boolean;
    byCard: boolean;
  }>`
    select number, lift, kind, due_on::text as "dueOn", done_at as "doneAt", signed, by_card as "byCard"
    from maintenance_record where number = any(${[...numbers]}::text[])`.execute(db);
  return rows.map(({ number: id, lift, kind, dueOn, doneAt, signed, byCard }) => {
    const at = midnight(dueOn);
    const flags: string[] = [];
    if (doneAt !== null) {
      flags.push('maintenance.done');
      if (shanghaiDate(doneAt.getTime()) <= dueOn) flags.push('maintenance.on-time');
      if (byCard) flags.push('maintenance.by-card');
      if (signed) flags.push('maintenance.signed');
    }
    const core = factCore(
      { source: 'maintenance', id, metric: 'maintenance.due', lift, at },
      { kind, endedAt: at + DAY_MS - 1, flags },
    );
    return changeTo(core, 'late-data');
  });
}

function changeTo(core: FactCore, correction: FactChange['correction']): FactChange {
  const { source, id, lift } = core;
  return { source, id, lift, next: () => core, correction, owner: { district: '', firm: null } };
}

function midnight(day: string): number {
  const at = dateStart(day);
  if (at === null) throw new Error(`Date ${JSON.stringify(day)} of a date column is none.`);
  return at;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
