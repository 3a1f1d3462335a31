import { type Kysely, type SqlBool, sql } from 'kysely';
import { type Principal, problem, scopeFilter } from '#access';
import type { NewLogEvent, Schema, Tx } from '#records';
import type { NewTerminalDto } from './fleet.dto.js';

/** A terminal as the API shows it: never its secret or hash. Times are ISO 8601 in UTC. */
export interface TerminalView {
  readonly id: string;
  readonly profile: string;
  /** Registration code of the lift it is in now. */
  readonly lift: string | null;
  readonly registeredAt: string;
  readonly revokedAt: string | null;
}

/** Inserts a terminal and binds it. Throws a 400 problem for an unknown lift, 409 for a taken id or lift. */
export async function insertTerminal(
  tx: Tx,
  dto: NewTerminalDto,
  secretHash: string,
  now: Date,
): Promise<readonly NewLogEvent[]> {
  const { id, profile } = dto;
  const lift = await tx
    .selectFrom('lift')
    .select(['registration_code', 'district', 'firm'])
    .where('registration_code', '=', dto.lift)
    .executeTakeFirst();
  if (lift === undefined) {
    const message = `lift "${dto.lift}" is not registered`;
    throw problem(400, 'Invalid request', `${message}.`, [{ field: 'lift', message }]);
  }
  const terminal = await tx
    .insertInto('terminal')
    .values({ id, profile, secret_hash: secretHash, registered_at: now, revoked_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (terminal === undefined) throw problem(409, 'Duplicate', `Terminal "${id}" exists already.`);
  const bound = await tx
    .insertInto('terminal_binding')
    .values({ terminal: id, lift: lift.registration_code, bound_at: now, unbound_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('terminal')
    .executeTakeFirst();
  if (bound === undefined) throw problem(409, 'Duplicate', `Lift "${dto.lift}" has a terminal already.`);
  const owner = { lift: lift.registration_code, district: lift.district, firm: lift.firm };
  return [
    { type: 'terminal.registered', ...owner, data: { terminal: id, profile } },
    { type: 'terminal.bound', ...owner, data: { terminal: id, boundAt: now.toISOString() } },
  ];
}

function terminalsOf(db: Kysely<Schema>, caller: Principal) {
  // Without a lift a terminal has no owner: the condition is null then, and only scope `all` sees it.
  return db
    .selectFrom('terminal')
    .leftJoin('terminal_binding', (join) =>
      join
        .onRef('terminal_binding.terminal', '=', 'terminal.id')
        .on('terminal_binding.unbound_at', 'is', null),
    )
    .leftJoin('lift', 'lift.registration_code', 'terminal_binding.lift')
    .select(['terminal.id', 'terminal.profile', 'terminal.registered_at', 'terminal.revoked_at'])
    .select('terminal_binding.lift')
    .where(sql<SqlBool>`${scopeFilter(caller, 'lift')}`);
}

/** At most `limit` terminals of the caller's scope after the id `after`, in order of it. */
export async function listTerminals(
  db: Kysely<Schema>,
  caller: Principal,
  after: string,
  limit: number,
): Promise<readonly TerminalView[]> {
  const rows = await terminalsOf(db, caller)
    .where('terminal.id', '>', after)
    .orderBy('terminal.id')
    .limit(limit)
    .execute();
  return rows.map(viewOf);
}

/** Null when there is none in the caller's scope. */
export async function findTerminal(
  db: Kysely<Schema>,
  caller: Principal,
  id: string,
): Promise<TerminalView | null> {
  const row = await terminalsOf(db, caller).where('terminal.id', '=', id).executeTakeFirst();
  return row === undefined ? null : viewOf(row);
}

function viewOf(row: {
  id: string;
  profile: string;
  lift: string | null;
  registered_at: Date;
  revoked_at: Date | null;
}): TerminalView {
  return {
    id: row.id,
    profile: row.profile,
    lift: row.lift,
    registeredAt: row.registered_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
