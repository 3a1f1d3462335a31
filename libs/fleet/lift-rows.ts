import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Principal, scopeFilter } from '#access';
import type { Schema } from '#records';
import type { LiftRow } from './lift-view.js';

/** What narrows a list of lifts; all of it must hold. */
export interface LiftFilter {
  /** District code or its beginning. */
  readonly district?: string;
  readonly firm?: string;
  readonly user?: string;
  readonly q?: string;
}

/** Lifts of the caller's scope, with the terminal each has now. */
function selectLifts(caller: Principal, condition: RawBuilder<unknown>, limit: number) {
  return sql<LiftRow>`
    select lift.registration_code as "registrationCode", lift.rescue_code as "rescueCode", lift.district,
      lift.address, lift.site, lift.use_kind as "useKind", lift.installed_on::text as "installedOn",
      lift.maker, lift.model, lift.firm, lift.lift_user as "user", lift.longitude, lift.latitude, lift.datum,
      lift.created_at as "createdAt", lift.version, binding.terminal, terminal.profile,
      binding.bound_at as "boundAt"
    from lift
    left join terminal_binding binding
      on binding.lift = lift.registration_code and binding.unbound_at is null
    left join terminal on terminal.id = binding.terminal
    where ${scopeFilter(caller, 'lift')} and ${condition}
    order by lift.registration_code
    limit ${limit}`;
}

function narrowed(filter: LiftFilter): RawBuilder<unknown>[] {
  const { district, firm, user, q } = filter;
  const conditions: RawBuilder<unknown>[] = [];
  if (district) conditions.push(sql<SqlBool>`starts_with(lift.district, ${district})`);
  if (firm) conditions.push(sql<SqlBool>`lift.firm = ${firm}`);
  if (user) conditions.push(sql<SqlBool>`lift.lift_user = ${user}`);
  if (q) {
    // strpos takes the text literally: `%` and `_` in it mean themselves.
    conditions.push(sql<SqlBool>`strpos(
      lower(concat_ws(' ', lift.registration_code, lift.rescue_code, lift.address, lift.site)),
      ${q.toLowerCase()}) > 0`);
  }
  return conditions;
}

/** At most `limit` lifts after the registration code `after`, in order of it. */
export async function listLifts(
  db: Kysely<Schema>,
  caller: Principal,
  filter: LiftFilter,
  after: string,
  limit: number,
): Promise<readonly LiftRow[]> {
  const conditions = [sql<SqlBool>`lift.registration_code > ${after}`, ...narrowed(filter)];
  return (await selectLifts(caller, sql.join(conditions, sql` and `), limit).execute(db)).rows;
}

/** Null when there is no such lift, or none in the caller's scope: the answer does not tell which. */
export async function findLift(
  db: Kysely<Schema>,
  caller: Principal,
  registrationCode: string,
): Promise<LiftRow | null> {
  const condition = sql<SqlBool>`lift.registration_code = ${registrationCode}`;
  return (await selectLifts(caller, condition, 1).execute(db)).rows[0] ?? null;
}
