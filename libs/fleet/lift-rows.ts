import { type Kysely, type SqlBool, sql } from 'kysely';
import { type Principal, problem, scopeFilter } from '#access';
import type { Schema } from '#records';
import type { LiftListQuery, NewLiftDto } from './fleet.dto.js';
import type { LiftRow } from './lift-view.js';

/** Lifts of the caller's scope, with the terminal each has now. */
function liftsOf(db: Kysely<Schema>, caller: Principal) {
  return db
    .selectFrom('lift')
    .leftJoin('terminal_binding', (join) =>
      join
        .onRef('terminal_binding.lift', '=', 'lift.registration_code')
        .on('terminal_binding.unbound_at', 'is', null),
    )
    .leftJoin('terminal', 'terminal.id', 'terminal_binding.terminal')
    .selectAll('lift')
    .select(['terminal_binding.terminal', 'terminal.profile', 'terminal_binding.bound_at'])
    .where(scopeFilter(caller, 'lift'));
}

/** At most `query.limit` + 1 lifts after the registration code `after`, in order of it. */
export async function listLifts(
  db: Kysely<Schema>,
  caller: Principal,
  query: LiftListQuery,
  after: string,
): Promise<readonly LiftRow[]> {
  let select = liftsOf(db, caller).where('lift.registration_code', '>', after);
  if (query.district) select = select.where(sql<SqlBool>`starts_with(lift.district, ${query.district})`);
  if (query.firm) select = select.where('lift.firm', '=', query.firm);
  if (query.q) {
    // strpos takes the text literally: `%` and `_` in it mean themselves.
    const text = query.q.toLowerCase();
    select = select.where(
      sql<SqlBool>`strpos(
        lower(concat_ws(' ', lift.registration_code, lift.rescue_code, lift.address, lift.site)),
        ${text}) > 0`,
    );
  }
  return await select
    .orderBy('lift.registration_code')
    .limit(query.limit + 1)
    .execute();
}

/** Null when there is no such lift, or none in the caller's scope: the answer does not tell which. */
export async function findLift(
  db: Kysely<Schema>,
  caller: Principal,
  registrationCode: string,
): Promise<LiftRow | null> {
  const row = await liftsOf(db, caller)
    .where('lift.registration_code', '=', registrationCode)
    .executeTakeFirst();
  return row ?? null;
}

/** Throws a 400 problem for an unknown district or firm, 409 for a code that is taken. */
export async function insertLift(db: Kysely<Schema>, dto: NewLiftDto, now: Date): Promise<void> {
  const { registrationCode, district, address } = dto;
  const firm = dto.firm ?? null;
  const rescueCode = dto.rescueCode ?? null;
  await mustExist(db, district, firm);
  const row = await db
    .insertInto('lift')
    .values({
      registration_code: registrationCode,
      rescue_code: rescueCode,
      district,
      address,
      site: dto.site ?? null,
      firm,
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('registration_code')
    .executeTakeFirst();
  if (row !== undefined) return;
  const same = await db
    .selectFrom('lift')
    .select('registration_code')
    .where('registration_code', '=', registrationCode)
    .executeTakeFirst();
  const taken = same
    ? `Lift ${registrationCode} exists already.`
    : `Rescue code ${rescueCode} is another lift's.`;
  throw problem(409, 'Duplicate', taken);
}

async function mustExist(db: Kysely<Schema>, district: string, firm: string | null): Promise<void> {
  const known = await sql<{ district: boolean; firm: boolean }>`select
    exists (select from district where code = ${district}) as district,
    (${firm}::text is null or exists (select from firm where id = ${firm})) as firm`.execute(db);
  const found = known.rows[0];
  const errors = [
    ...(found?.district ? [] : [{ field: 'district', message: `district ${district} is not registered` }]),
    ...(found?.firm ? [] : [{ field: 'firm', message: `firm ${firm} is not registered` }]),
  ];
  if (errors.length === 0) return;
  throw problem(400, 'Invalid request', `${errors.map((error) => error.message).join('; ')}.`, errors);
}
