import type { DuckDBValue } from '@duckdb/node-api';
import type { Row } from './duckdb-session.js';
import { columnOf, numeric, text } from './sample-columns.js';
import {
  type Bucket,
  type BucketQuery,
  type ChangeQuery,
  SeriesHistory,
  type SourceQuery,
  type SourceRanges,
  type SourcesResult,
  type StateChange,
  type StateChanges,
} from './series-history.js';

/** Runs one query on a connection of its own, which `signal` interrupts. */
export type Ask = (
  sql: string,
  values: readonly DuckDBValue[],
  signal: AbortSignal,
) => Promise<readonly Row[]>;

/** Order of points within a lift: as InfluxDB has them, whose low digits of a time are these. */
const ORDER = 'at_ms, seq % 1000000, row';

/** History in DuckDB. Everything is reduced in DuckDB, on its threads; what comes here is the answer. */
export class DuckDbHistory extends SeriesHistory {
  constructor(private readonly ask: Ask) {
    super();
  }

  async buckets({ lift, field, from, to, bucketMs }: BucketQuery, signal: AbortSignal) {
    const rows = await this.ask(
      `SELECT at_ms - at_ms % $4 AS bucket, min(value) AS low, avg(value) AS mean, max(value) AS high,
         count(*) AS readings
       FROM (SELECT at_ms, ${columnOf(field)} AS value FROM lift_sample
         WHERE lift = $1 AND at_ms >= $2 AND at_ms < $3)
       WHERE isfinite(value) GROUP BY bucket ORDER BY bucket`,
      [lift, BigInt(from), BigInt(to), BigInt(bucketMs)],
      signal,
    );
    return rows.map(
      (row): Bucket => ({
        at: numeric(row.bucket) ?? 0,
        min: numeric(row.low) ?? 0,
        mean: numeric(row.mean) ?? 0,
        max: numeric(row.high) ?? 0,
        count: numeric(row.readings) ?? 0,
      }),
    );
  }

  async changes(query: ChangeQuery, signal: AbortSignal): Promise<StateChanges> {
    const { lift, field, from, to, changesMax, pointsMax } = query;
    const rows = await this.ask(
      `WITH points AS (
         SELECT at_ms, seq, rowid AS row, ${columnOf(field)} AS value FROM lift_sample
         WHERE lift = $1 AND at_ms >= $2 AND at_ms < $3 ORDER BY ${ORDER} LIMIT $4),
       steps AS (
         SELECT at_ms, value, row_number() OVER places AS place, lag(value) OVER places AS before
         FROM points WINDOW places AS (ORDER BY ${ORDER}))
       SELECT at_ms, value, place FROM steps
       WHERE place = 1 OR place = $4 OR value IS DISTINCT FROM before ORDER BY place LIMIT $5`,
      [lift, BigInt(from), BigInt(to), BigInt(pointsMax + 1), BigInt(changesMax + 1)],
      signal,
    );
    // The row behind the last one that may be looked at, or answered, only says where the rest begins.
    const rest = rows.findIndex((row, index) => index >= changesMax || numeric(row.place) === pointsMax + 1);
    const changes = (rest === -1 ? rows : rows.slice(0, rest)).map(changeOf);
    return { changes, restFrom: rest === -1 ? null : numeric(rows[rest]?.at_ms) };
  }

  async sources({ lift, from, rangesMax }: SourceQuery, signal: AbortSignal): Promise<SourcesResult> {
    const rows = await this.ask(
      `WITH points AS (
         SELECT terminal, boot, seq, count(*) AS times FROM lift_sample
         WHERE lift = $1 AND ($2 IS NULL OR at_ms >= $2) GROUP BY terminal, boot, seq),
       islands AS (
         SELECT *, seq - row_number() OVER (PARTITION BY terminal, boot ORDER BY seq) AS island FROM points)
       SELECT terminal, boot, min(seq) AS first, max(seq) AS last, sum(times) AS points
       FROM islands GROUP BY terminal, boot, island ORDER BY terminal, boot, first LIMIT $3`,
      [lift, from === null ? null : BigInt(from), BigInt(rangesMax + 1)],
      signal,
    );
    if (rows.length > rangesMax) return { ok: false, reason: 'too-many-ranges' };
    const sources: { terminal: string; boot: string | null; points: number; seqs: [number, number][] }[] = [];
    for (const row of rows) {
      const [terminal, boot] = [text(row.terminal) ?? '', text(row.boot)];
      let source = sources.at(-1);
      if (source === undefined || source.terminal !== terminal || source.boot !== boot) {
        source = { terminal, boot, points: 0, seqs: [] };
        sources.push(source);
      }
      source.points += numeric(row.points) ?? 0;
      const [first, last] = [numeric(row.first), numeric(row.last)];
      if (first !== null && last !== null) source.seqs.push([first, last]);
    }
    return { ok: true, sources: sources satisfies readonly SourceRanges[] };
  }
}

function changeOf(row: Row): StateChange {
  const { value } = row;
  return {
    at: numeric(row.at_ms) ?? 0,
    value: typeof value === 'boolean' ? value : text(value),
  };
}
