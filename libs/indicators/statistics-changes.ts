import { sql } from 'kysely';
import type { Tx } from '#records';
import { factCore } from './fact.js';
import { applyFacts, type FactChange, LEDGER_BATCH_MAX } from './ledger.js';
import { type Looks, putToRules } from './rule-work.js';

const NAME = 'lift-statistics';
/** Each row makes two facts. */
const ROWS_MAX = LEDGER_BATCH_MAX / 2;

interface StatisticsRow {
  readonly key: string;
  readonly lift: string;
  readonly startAt: Date;
  readonly receivedAt: Date;
  readonly runs: number | null;
  readonly runMinutes: number | null;
}

/**
 * Counts runs and run time of the next rows that terminals sent, by the day their period began. They come
 * without events: a cursor over the time of receipt, which only grows, finds them. A row that is replaced is
 * received again, and found again.
 */
export async function countStatistics(tx: Tx, now: number): Promise<Looks> {
  const { rows: places } = await sql<{ at: Date; key: string }>`
    select at, key from indicator_progress where name = ${NAME}`.execute(tx);
  const place = places[0] ?? { at: new Date(0), key: '' };
  const { rows } = await sql<StatisticsRow>`
    select * from (
      select lift || ' ' || terminal || ' ' || extract(epoch from period_start) as key, lift, period_start
        as "startAt",
        received_at as "receivedAt", runs, run_minutes as "runMinutes"
      from lift_statistics where received_at >= ${place.at}
    ) each where ("receivedAt", key) > (${place.at}::timestamptz, ${place.key}::text)
    order by "receivedAt", key limit ${ROWS_MAX}`.execute(tx);
  const last = rows.at(-1);
  if (last === undefined) return { looks: 0, deferred: 0, events: [] };
  const looks = await putToRules(tx, await applyFacts(tx, rows.flatMap(changesOf), now), now);
  await sql`
    insert into indicator_progress (name, at, key) values (${NAME}, ${last.receivedAt}, ${last.key})
    on conflict (name) do update set at = excluded.at, key = excluded.key`.execute(tx);
  return { ...looks, deferred: rows.length === ROWS_MAX ? 1 : 0 };
}

function changesOf({ key: id, lift, startAt, runs, runMinutes }: StatisticsRow): readonly FactChange[] {
  const at = startAt.getTime();
  const values = [
    ['runs', 'lifts.runs', runs ?? 0],
    ['run-ms', 'lifts.run-ms', (runMinutes ?? 0) * 60_000],
  ] as const;
  return values.map(([source, metric, value]) => {
    const core = factCore({ source, id, metric, lift, at }, { endedAt: at, weight: Math.round(value) });
    return {
      source,
      id,
      lift,
      next: () => core,
      correction: 'late-data',
      owner: { district: '', firm: null },
    };
  });
}
