import type { JournalBatch, MessageEntry } from '#journal';
import { PROFILES, type RunStatistics } from '#protocol';
import { jsonText, type Records, storableText, type Tx } from '#records';
import { decodedEntry } from './decoded-entry.js';
import { lockPosition, writePosition } from './reader-position.js';

/** Name of the reader whose position commits with the statistics. */
export const STATISTICS_READER = 'statistics';

/** Rows of one insert: their parameters stay far below the 65,535 that PostgreSQL takes. */
const ROWS_MAX = 500;

interface Found {
  readonly lsn: number;
  readonly entry: MessageEntry;
  readonly lift: string;
  readonly terminal: string;
  readonly statistics: RunStatistics;
}

/**
 * Stores what terminals counted over a period, one row a lift, terminal and period: what comes later replaces
 * what came before, and a message read twice changes nothing.
 */
export class StatisticsWriter {
  constructor(private readonly records: Records) {}

  /**
   * Answers whether there were any. Rejects when the records database does; the same batch may then be
   * committed again.
   */
  async commit(batch: JournalBatch): Promise<boolean> {
    const found: Found[] = [];
    for (const { lsn, entry } of batch.entries) if (entry.kind === 'message') find(found, lsn, entry);
    if (found.length === 0) return false;
    await this.records.write(async (tx) => {
      const position = await lockPosition(tx, STATISTICS_READER);
      const rows = lastOfEachPeriod(found.filter(({ lsn }) => lsn > position)).map(rowOf);
      if (rows.length === 0) return { result: null, events: [] };
      for (let at = 0; at < rows.length; at += ROWS_MAX) await store(tx, rows.slice(at, at + ROWS_MAX));
      await writePosition(tx, STATISTICS_READER, batch.last);
      return { result: null, events: [] };
    });
    return true;
  }
}

function find(found: Found[], lsn: number, entry: MessageEntry): void {
  const { source, refusal, topic, duplicates } = entry;
  const { lift, terminal } = source;
  if (refusal !== null || lift === null || terminal === null) return;
  // Nearly every message is a sample: behind a stopped database none of them is decoded for nothing.
  if (entry.memo === undefined && PROFILES.get(source.profile ?? '')?.isTelemetry(topic)) return;
  const decoded = decodedEntry(entry);
  if (!decoded.ok) return;
  const { items } = decoded;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item?.type !== 'statistics' || duplicates.includes(index)) continue;
    found.push({ lsn, entry, lift, terminal, statistics: item.statistics });
  }
}

/** One insert must not name a row twice. In key order, as every writer locks. */
function lastOfEachPeriod(found: readonly Found[]): readonly Found[] {
  const last = new Map<string, Found>();
  for (const each of found) {
    last.set(JSON.stringify([each.lift, each.terminal, each.statistics.periodStart]), each);
  }
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function rowOf({ entry, lift, terminal, statistics }: Found) {
  const { periodStart, periodEnd, runs, runMinutes, runMetres, doorCycles, raw } = statistics;
  return {
    lift,
    terminal,
    profile: storableText(entry.source.profile ?? ''),
    period_start: new Date(periodStart),
    period_end: periodEnd === null ? null : new Date(periodEnd),
    runs,
    run_minutes: runMinutes,
    run_metres: runMetres,
    door_cycles: doorCycles,
    raw: jsonText(raw),
    received_at: new Date(entry.receivedAt),
  };
}

async function store(tx: Tx, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  await tx
    .insertInto('lift_statistics')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['lift', 'terminal', 'period_start']).doUpdateSet((eb) => ({
        profile: eb.ref('excluded.profile'),
        period_end: eb.ref('excluded.period_end'),
        runs: eb.ref('excluded.runs'),
        run_minutes: eb.ref('excluded.run_minutes'),
        run_metres: eb.ref('excluded.run_metres'),
        door_cycles: eb.ref('excluded.door_cycles'),
        raw: eb.ref('excluded.raw'),
        received_at: eb.ref('excluded.received_at'),
      })),
    )
    .execute();
}
