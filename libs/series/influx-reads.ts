import { order } from './influx-history.js';
import type { InfluxHttp } from './influx-http.js';
import { forEachPage } from './influx-pages.js';
import { number, pointFromInflux, text } from './influx-rows.js';
import { type InfluxRow, latestQuery } from './influxql.js';
import { SAMPLE_MEASUREMENT } from './line-protocol.js';
import type { SeriesPoint, SourceCount } from './series.store.js';
import { WholeRows } from './whole-rows.js';

/** As many lifts in one query as keep its answer at some 1 MB. */
const LIFTS_MAX = 50;

/** The newest point of each of `lifts` that has one. */
export async function newestOf(
  http: InfluxHttp,
  lifts: readonly string[],
): Promise<ReadonlyMap<string, SeriesPoint>> {
  const found = new Map<string, SeriesPoint>();
  for (let from = 0; from < lifts.length; from += LIFTS_MAX) {
    const query = latestQuery(lifts.slice(from, from + LIFTS_MAX));
    if (query === null) continue;
    for (const rows of byLift(await http.query(query, { epoch: 'ms' }))) {
      const completing = new WholeRows();
      let newest: InfluxRow = {};
      for (const row of rows.reverse()) newest = completing.whole(row);
      const point = pointFromInflux(newest);
      found.set(point.lift, point);
    }
  }
  return found;
}

function byLift(rows: readonly InfluxRow[]): Iterable<InfluxRow[]> {
  const lifts = new Map<unknown, InfluxRow[]>();
  for (const row of rows) {
    const own = lifts.get(row.lift);
    if (own === undefined) lifts.set(row.lift, [row]);
    else own.push(row);
  }
  return lifts.values();
}

/** The one number of a `SELECT count(…)`; 0 when nothing is stored. */
export async function countOf(http: InfluxHttp, query: string): Promise<number> {
  const [row] = await http.query(query);
  return number(row?.count) ?? 0;
}

/**
 * Counts what each boot of each terminal has stored. They are fields, by which InfluxQL cannot group, so
 * every point is read, in pages by time.
 */
export async function sourceCounts(http: InfluxHttp): Promise<readonly SourceCount[]> {
  const sources = new Map<string, Source>();
  const select = `SELECT "terminal", "boot", "seq" FROM "${SAMPLE_MEASUREMENT}"`;
  await forEachPage(http, { select, where: [] }, (rows) => {
    tally(sources, rows);
    return true;
  });
  return [...sources.values()]
    .sort((a, b) => order(a.terminal, b.terminal) || order(a.boot, b.boot))
    .map(({ terminal, boot, points, seqs }) => ({ terminal, boot, points, distinctSeqs: seqs.size }));
}

interface Source {
  readonly terminal: string;
  readonly boot: string | null;
  points: number;
  readonly seqs: Set<number>;
}

function tally(sources: Map<string, Source>, rows: readonly InfluxRow[]): void {
  for (const row of rows) {
    const terminal = text(row.terminal) ?? '';
    const boot = text(row.boot);
    const key = JSON.stringify([terminal, boot]);
    const source = sources.get(key) ?? { terminal, boot, points: 0, seqs: new Set<number>() };
    source.points += 1;
    const seq = number(row.seq);
    if (seq !== null) source.seqs.add(seq);
    sources.set(key, source);
  }
}
