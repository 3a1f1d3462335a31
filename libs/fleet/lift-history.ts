import { type Kysely, sql } from 'kysely';
import type { Schema } from '#records';

/**
 * One line of a lift's history, newest first. `served`: who answered for it; `terminal`: what watched it.
 * Half open, ISO 8601 in UTC; `to` is null while it lasts.
 */
export type HistoryEntry =
  | {
      readonly kind: 'served';
      readonly from: string;
      readonly to: string | null;
      readonly district: string;
      readonly firm: string | null;
      readonly user: string | null;
    }
  | {
      readonly kind: 'terminal';
      readonly from: string;
      readonly to: string | null;
      readonly terminal: string;
    };

interface HistoryRow {
  readonly kind: HistoryEntry['kind'];
  readonly from_at: Date;
  readonly to_at: Date | null;
  readonly district: string;
  readonly firm: string | null;
  readonly lift_user: string | null;
  /** Empty for a period of service, so that it sorts. */
  readonly terminal: string;
}

/** Where a page goes on: start in ms, kind, terminal. */
export type HistoryKey = readonly [number, string, string];

/** At most `limit` entries before `after`. The caller has checked that the lift is in scope. */
export async function listHistory(
  db: Kysely<Schema>,
  lift: string,
  after: HistoryKey | null,
  limit: number,
): Promise<readonly HistoryEntry[]> {
  const [fromMs, kind, terminal] = after ?? [null, '', ''];
  const from = fromMs === null ? null : new Date(fromMs);
  const { rows } = await sql<HistoryRow>`
    select * from (
      select 'served' collate "C" as kind, date_trunc('milliseconds', from_at) as from_at, to_at, district,
        firm, lift_user, '' collate "C" as terminal
      from lift_period where lift = ${lift}
      union all
      select 'terminal', date_trunc('milliseconds', bound_at), unbound_at, '', null, null, terminal
      from terminal_binding where lift = ${lift}
    ) entry
    where ${from}::timestamptz is null
      or (from_at, kind, terminal) < (${from}::timestamptz, ${kind}::text, ${terminal}::text)
    order by from_at desc, kind desc, terminal desc
    limit ${limit}`.execute(db);
  return rows.map(entryOf);
}

export function historyKey(entry: HistoryEntry): HistoryKey {
  return [Date.parse(entry.from), entry.kind, entry.kind === 'terminal' ? entry.terminal : ''];
}

function entryOf(row: HistoryRow): HistoryEntry {
  const from = row.from_at.toISOString();
  const to = row.to_at?.toISOString() ?? null;
  if (row.kind === 'terminal') return { kind: 'terminal', from, to, terminal: row.terminal };
  return { kind: 'served', from, to, district: row.district, firm: row.firm, user: row.lift_user };
}
