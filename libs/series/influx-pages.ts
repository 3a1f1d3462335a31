import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InfluxHttp } from './influx-http.js';
import { text } from './influx-rows.js';
import { type InfluxRow, quoteString } from './influxql.js';

/** A page is parsed in one go: some 10 ms. */
const PAGE_ROWS = 10_000;

export interface PagedQuery {
  /** `SELECT … FROM …`, of fields of which each point has one. */
  readonly select: string;
  /** Conditions beside the one on which the pages turn. */
  readonly where: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Reads points in order of time, a page at a time, until `take` answers false. Points of one time come in no
 * fixed order, so that a page may cut through them: they are read apart, as a whole. Rejects as `query` does.
 */
export async function forEachPage(
  http: InfluxHttp,
  { select, where, signal }: PagedQuery,
  take: (rows: readonly InfluxRow[]) => boolean,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const ask = (time: string | null, rest: string) => {
    const conditions = time === null ? where : [...where, time];
    const clause = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    return http.query(`${select}${clause}${rest}`, options);
  };
  let after: string | null = null;
  for (;;) {
    const behind = after === null ? null : `time > ${quoteString(after)}`;
    const page: InfluxRow[] = await ask(behind, ` ORDER BY time ASC LIMIT ${PAGE_ROWS}`);
    const last = page.length < PAGE_ROWS ? null : text(page.at(-1)?.time);
    if (!take(last === null ? page : page.filter((row) => row.time !== last)) || last === null) return;
    if (!take(await ask(`time = ${quoteString(last)}`, ''))) return;
    after = last;
    await nextTurn();
  }
}
