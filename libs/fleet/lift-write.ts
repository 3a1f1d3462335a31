import { type SqlBool, sql } from 'kysely';
import type { NewLogEvent, Tx } from '#records';
import {
  decideLift,
  type LiftDecision,
  type LiftRefusal,
  type LiftWant,
  type StoredLift,
  type WriteMode,
} from './decide-lift.js';
import { LIFT_FIELDS, type LiftValues } from './lift-fields.js';
import { claimRescueCodes, findReferences } from './lift-references.js';

/** What became of one row, in the order asked. */
export type LiftOutcome =
  | { readonly outcome: 'registered' | 'changed' | 'unchanged' }
  | { readonly outcome: 'refused'; readonly refusal: LiftRefusal };

export interface LiftWrites {
  readonly outcomes: readonly LiftOutcome[];
  readonly events: readonly NewLogEvent[];
}

/** Most lifts of one transaction: keeps it far below a second (DESIGN "Event log"). */
export const LIFTS_PER_WRITE_MAX = 500;

type Write = Extract<LiftDecision, { outcome: 'registered' | 'changed' }>;

/**
 * Registers or changes up to 500 different lifts with a handful of statements. `by` names the caller in the
 * events. Refusals are part of the answer; the other rows are written all the same. Throws a RangeError for
 * more rows.
 */
export async function writeLifts(
  tx: Tx,
  wants: readonly LiftWant[],
  mode: WriteMode,
  now: Date,
  by: string,
): Promise<LiftWrites> {
  if (wants.length > LIFTS_PER_WRITE_MAX) throw new RangeError(`${wants.length} lifts; at most 500 a write.`);
  const stored = await lockLifts(tx, wants);
  const references = await findReferences(tx, wants);
  const decisions = claimRescueCodes(
    wants.map((want) => decideLift(want, stored.get(want.registrationCode) ?? null, references, mode, now)),
    references,
  );
  const writes = decisions.filter((each): each is Write => 'row' in each);
  const changed = writes.filter((each) => each.outcome === 'changed');
  await insertLifts(
    tx,
    writes.filter((each) => each.outcome === 'registered'),
    now,
  );
  await updateLifts(tx, changed);
  await changePeriods(
    tx,
    changed.filter((each) => each.periodFrom !== null),
  );
  return {
    outcomes: decisions.map((each) => (each.outcome === 'refused' ? each : { outcome: each.outcome })),
    events: eventsOf(writes, by),
  };
}

/**
 * The rows that exist, locked in key order, with the start of their present period. Each by its key: for a
 * list of 500 keys PostgreSQL reads a table of 20,000 lifts from end to end.
 */
async function lockLifts(tx: Tx, wants: readonly LiftWant[]): Promise<ReadonlyMap<string, StoredLift>> {
  const codes = wants.map((want) => want.registrationCode).sort();
  const { rows } = await sql<StoredLift>`
    select found.*,
      (select from_at from lift_period where lift = found."registrationCode" and to_at is null)
        as "periodFrom"
    from unnest(${codes}::text[]) as wanted (code)
    cross join lateral (
      select registration_code as "registrationCode", rescue_code as "rescueCode", district, address, site,
        use_kind as "useKind", installed_on::text as "installedOn", maker, model, firm, lift_user as "user",
        longitude, latitude, datum, version
      from lift where registration_code = wanted.code for update
    ) found`.execute(tx);
  return new Map(rows.map((row) => [row.registrationCode, row]));
}

/** The rows of a write as a table expression: one statement for all of them, typed by the database. */
function rowsOf(writes: readonly Write[]) {
  const rows = writes.map(({ registrationCode, row, periodFrom }) => ({
    registrationCode,
    ...row,
    periodFrom: periodFrom?.toISOString() ?? null,
  }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new (
    "registrationCode" text, "rescueCode" text, district text, address text, site text, "useKind" text,
    "installedOn" date, maker text, model text, firm text, "user" text, longitude double precision,
    latitude double precision, datum text, "periodFrom" timestamptz)`;
}

async function insertLifts(tx: Tx, writes: readonly Write[], now: Date): Promise<void> {
  if (writes.length === 0) return;
  await sql`
    with new as (select * from ${rowsOf(writes)} order by "registrationCode"),
    lifts as (
      insert into lift (registration_code, rescue_code, district, address, site, use_kind, installed_on,
        maker, model, firm, lift_user, longitude, latitude, datum, created_at)
      select "registrationCode", "rescueCode", district, address, site, "useKind", "installedOn", maker,
        model, firm, "user", longitude, latitude, datum, ${now}::timestamptz
      from new
    )
    insert into lift_period (lift, from_at, to_at, district, firm, lift_user)
    select "registrationCode", "periodFrom", null, district, firm, "user" from new`.execute(tx);
}

async function updateLifts(tx: Tx, writes: readonly Write[]): Promise<void> {
  if (writes.length === 0) return;
  await sql`
    update lift set rescue_code = new."rescueCode", district = new.district, address = new.address,
      site = new.site, use_kind = new."useKind", installed_on = new."installedOn", maker = new.maker,
      model = new.model, firm = new.firm, lift_user = new."user", longitude = new.longitude,
      latitude = new.latitude, datum = new.datum, version = lift.version + 1
    from ${rowsOf(writes)} where lift.registration_code = new."registrationCode"`.execute(tx);
}

/** Ends the present periods and begins new ones; a period of no length is written over. */
async function changePeriods(tx: Tx, writes: readonly Write[]): Promise<void> {
  if (writes.length === 0) return;
  const isOlder = sql<SqlBool>`period.to_at is null and period.from_at < new."periodFrom"`;
  await sql`
    update lift_period period set to_at = new."periodFrom"
    from ${rowsOf(writes)} where period.lift = new."registrationCode" and ${isOlder}`.execute(tx);
  await sql`
    insert into lift_period (lift, from_at, to_at, district, firm, lift_user)
    select "registrationCode", "periodFrom", null, district, firm, "user"
    from ${rowsOf(writes)} order by "registrationCode"
    on conflict (lift, from_at) do update
      set district = excluded.district, firm = excluded.firm, lift_user = excluded.lift_user`.execute(tx);
}

/**
 * One event for the new lifts of one district and firm (an import has hundreds at once, and every consumer of
 * the log reads each event), one for each that changed.
 */
function eventsOf(writes: readonly Write[], by: string): readonly NewLogEvent[] {
  const registered = new Map<string, Write[]>();
  for (const write of writes.filter(({ before }) => before === null)) {
    const owner = JSON.stringify([write.row.district, write.row.firm]);
    registered.set(owner, [...(registered.get(owner) ?? []), write]);
  }
  return [
    ...[...registered.values()].flatMap((group) => registeredEvent(group, by)),
    ...writes.flatMap((write) => (write.before === null ? [] : [changedEvent(write, write.before, by)])),
  ];
}

function registeredEvent(group: readonly Write[], by: string): readonly NewLogEvent[] {
  const [first] = group;
  if (first === undefined) return [];
  const { district, firm } = first.row;
  const lifts = group.map(({ registrationCode }) => registrationCode);
  const lift = lifts.length === 1 ? first.registrationCode : null;
  return [{ type: 'lift.registered', lift, district, firm, data: { by, lifts } }];
}

function changedEvent(write: Write, before: LiftValues, by: string): NewLogEvent {
  const { registrationCode, row, periodFrom } = write;
  const changes = Object.fromEntries(
    LIFT_FIELDS.filter((field) => before[field] !== row[field]).map((field) => [
      field,
      { from: before[field], to: row[field] },
    ]),
  );
  return {
    type: 'lift.changed',
    lift: registrationCode,
    district: row.district,
    firm: row.firm,
    data: { by, changes, since: periodFrom?.toISOString() ?? null },
  };
}
