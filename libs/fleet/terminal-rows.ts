import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Principal, scopeFilter } from '#access';
import type { Schema } from '#records';

/** A terminal as the API shows it: never its secret or hash. Times are ISO 8601 in UTC. */
export interface TerminalView {
  readonly id: string;
  readonly profile: string;
  /** Registration code of the lift it is in now. */
  readonly lift: string | null;
  readonly boundAt: string | null;
  readonly registeredAt: string;
  readonly revokedAt: string | null;
  /** Counts the changes; the first part of the ETag. */
  readonly version: number;
}

interface TerminalRow {
  readonly id: string;
  readonly profile: string;
  readonly lift: string | null;
  readonly bound_at: Date | null;
  readonly registered_at: Date;
  readonly revoked_at: Date | null;
  readonly version: number;
}

async function terminalsOf(
  db: Kysely<Schema>,
  caller: Principal,
  condition: RawBuilder<SqlBool>,
  limit: number,
): Promise<readonly TerminalView[]> {
  // Without a lift a terminal has no owner: the scope's condition is null then, and only scope `all` sees it.
  const { rows } = await sql<TerminalRow>`
    select terminal.id, profile, binding.lift, binding.bound_at, registered_at, revoked_at, terminal.version
    from terminal
    left join terminal_binding binding on binding.terminal = terminal.id and binding.unbound_at is null
    left join lift on lift.registration_code = binding.lift
    where ${scopeFilter(caller, 'lift')} and ${condition}
    order by terminal.id limit ${limit}`.execute(db);
  return rows.map(viewOf);
}

/** At most `limit` terminals of the caller's scope after the id `after`, in order of it. */
export function listTerminals(
  db: Kysely<Schema>,
  caller: Principal,
  after: string,
  limit: number,
): Promise<readonly TerminalView[]> {
  return terminalsOf(db, caller, sql<SqlBool>`terminal.id > ${after}`, limit);
}

/** Null when there is none in the caller's scope. */
export async function findTerminal(
  db: Kysely<Schema>,
  caller: Principal,
  id: string,
): Promise<TerminalView | null> {
  return (await terminalsOf(db, caller, sql<SqlBool>`terminal.id = ${id}`, 1))[0] ?? null;
}

function viewOf(row: TerminalRow): TerminalView {
  const { id, profile, lift, version } = row;
  return {
    id,
    profile,
    lift,
    boundAt: row.bound_at?.toISOString() ?? null,
    registeredAt: row.registered_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
    version,
  };
}
