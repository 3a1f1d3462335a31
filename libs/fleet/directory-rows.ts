import { type Kysely, sql } from 'kysely';
import type { KnownTerminal } from '#ingest';
import type { LogEvent, Schema } from '#records';

/** A terminal as the directory keeps it. */
export interface TerminalFacts extends KnownTerminal {
  readonly secretHash: string;
  readonly revoked: boolean;
}

/** What the directory reads of a terminal and of the lift it is in now. */
export interface DirectoryRow {
  readonly id: string;
  readonly profile: string;
  readonly secret_hash: string;
  readonly revoked_at: Date | null;
  readonly lift: string | null;
  readonly district: string | null;
  readonly firm: string | null;
  readonly address: string | null;
  readonly rescue_code: string | null;
}

/** These terminals, or a page of all in order of their ids. */
export async function findRows(
  db: Kysely<Schema>,
  which: readonly string[] | { readonly after: string; readonly limit: number },
): Promise<readonly DirectoryRow[]> {
  const condition =
    'after' in which
      ? sql`terminal.id > ${which.after} order by terminal.id limit ${which.limit}`
      : sql`terminal.id = any(${[...which]}::text[]) order by terminal.id`;
  const { rows } = await sql<DirectoryRow>`
    select terminal.id, profile, secret_hash, revoked_at, binding.lift, lift.district, lift.firm,
      lift.address, lift.rescue_code
    from terminal
    left join terminal_binding binding on binding.terminal = terminal.id and binding.unbound_at is null
    left join lift on lift.registration_code = binding.lift
    where ${condition}`.execute(db);
  return rows;
}

/**
 * The terminals whose rows an event may have changed: those it names, and those in a lift that changed. A
 * lift that was just registered has none yet.
 */
export async function terminalsOf(
  db: Kysely<Schema>,
  events: readonly LogEvent[],
): Promise<readonly string[]> {
  const named = events.flatMap(({ type, data: { terminal } }) =>
    type.startsWith('terminal.') && typeof terminal === 'string' ? [terminal] : [],
  );
  const lifts = events.flatMap(({ type, lift }) => (type === 'lift.changed' && lift !== null ? [lift] : []));
  if (lifts.length === 0) return [...new Set(named)];
  const rows = await db
    .selectFrom('terminal_binding')
    .select('terminal')
    .where('lift', 'in', [...new Set(lifts)])
    .where('unbound_at', 'is', null)
    .execute();
  return [...new Set([...named, ...rows.map((row) => row.terminal)])];
}

export function factsOf(row: DirectoryRow): TerminalFacts {
  const { id, profile, lift, district, firm, address } = row;
  return {
    id,
    profile,
    lift,
    district,
    firm,
    address,
    rescueCode: row.rescue_code,
    secretHash: row.secret_hash,
    revoked: row.revoked_at !== null,
  };
}
