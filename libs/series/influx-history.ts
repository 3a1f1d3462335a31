import type { InfluxHttp } from './influx-http.js';
import { forEachPage } from './influx-pages.js';
import { flag, milliseconds, number, text } from './influx-rows.js';
import { type InfluxRow, quoteName, quoteString } from './influxql.js';
import { fitsTag, SAMPLE_MEASUREMENT } from './line-protocol.js';
import { RUN_MAX_MS } from './point-runs.js';
import { SeqRanges } from './seq-ranges.js';
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
import { RUN_COLUMNS, WholeRows } from './whole-rows.js';

/** History in InfluxDB, in InfluxQL that 1.x, 2.x and 3.x read alike. */
export class InfluxHistory extends SeriesHistory {
  constructor(private readonly http: () => InfluxHttp) {
    super();
  }

  async buckets({ lift, field, from, to, bucketMs }: BucketQuery, signal: AbortSignal) {
    if (!canBeStored(lift)) return [];
    const value = quoteName(field);
    const rows = await this.http().query(
      `SELECT min(${value}) AS "low", mean(${value}) AS "mean", max(${value}) AS "high", ` +
        `count(${value}) AS "readings" FROM "${SAMPLE_MEASUREMENT}" WHERE ${ofLift(lift)} AND ` +
        `time >= ${instant(from)} AND time < ${instant(to)} GROUP BY time(${bucketMs}ms) fill(none)`,
      { epoch: 'ms', signal },
    );
    return rows.flatMap((row): Bucket[] => {
      const [min, mean, max, count] = [row.low, row.mean, row.high, row.readings].map(number);
      // 3.x counts 0 where the others leave the bucket out.
      if (min == null || mean == null || max == null || !count) return [];
      return [{ at: milliseconds(row.time), min, mean, max, count }];
    });
  }

  /** InfluxQL compares only numbers with the one before, so that the points come here, in pages. */
  async changes(query: ChangeQuery, signal: AbortSignal): Promise<StateChanges> {
    const { lift, field, from, to, changesMax, pointsMax } = query;
    const changes: StateChange[] = [];
    if (!canBeStored(lift)) return { changes, restFrom: null };
    let points = 0;
    let restFrom: number | null = null;
    let last: StateChange['value'] = null;
    const select = `SELECT ${[...RUN_COLUMNS, field].map(quoteName).join(', ')} FROM "${SAMPLE_MEASUREMENT}"`;
    // What the first points of the range left out is said before it.
    const where = [ofLift(lift), `time >= ${instant(from - RUN_MAX_MS)}`, `time < ${instant(to)}`];
    const completing = new WholeRows();
    await forEachPage(this.http(), { select, where, signal }, (rows) => {
      for (const each of rows) {
        const row = completing.whole(each);
        if (milliseconds(row.time) < from) continue;
        const value: StateChange['value'] = text(row[field]) ?? flag(row[field]);
        const changed = points === 0 || value !== last;
        points += 1;
        if (points > pointsMax || (changed && changes.length === changesMax)) {
          restFrom = milliseconds(row.time);
          return false;
        }
        if (changed) changes.push({ at: milliseconds(row.time), value });
        last = value;
      }
      return true;
    });
    return { changes, restFrom };
  }

  async sources({ lift, from, rangesMax }: SourceQuery, signal: AbortSignal): Promise<SourcesResult> {
    if (!canBeStored(lift)) return { ok: true, sources: [] };
    const sources = new SourceTally();
    const select = `SELECT "terminal", "boot", "seq" FROM "${SAMPLE_MEASUREMENT}"`;
    const where = [ofLift(lift), ...(from === null ? [] : [`time >= ${instant(from)}`])];
    await forEachPage(this.http(), { select, where, signal }, (rows) => {
      for (const row of rows) sources.add(row);
      return sources.rangeCount <= rangesMax;
    });
    if (sources.rangeCount > rangesMax) return { ok: false, reason: 'too-many-ranges' };
    return { ok: true, sources: sources.ranges() };
  }
}

interface Source {
  readonly terminal: string;
  readonly boot: string | null;
  points: number;
  readonly seqs: SeqRanges;
}

/** Collects pages of points into ranges, so that memory holds ranges and not points. */
class SourceTally {
  private readonly sources = new Map<string, Source>();

  add(row: InfluxRow): void {
    const terminal = text(row.terminal) ?? '';
    const boot = text(row.boot);
    const key = JSON.stringify([terminal, boot]);
    let source = this.sources.get(key);
    if (source === undefined) {
      source = { terminal, boot, points: 0, seqs: new SeqRanges() };
      this.sources.set(key, source);
    }
    source.points += 1;
    const seq = number(row.seq);
    if (seq !== null) source.seqs.add(seq);
  }

  /** Ranges of all sources so far; one without `seq` counts as one. */
  get rangeCount(): number {
    let count = 0;
    for (const { seqs } of this.sources.values()) count += Math.max(1, seqs.merged().length);
    return count;
  }

  ranges(): readonly SourceRanges[] {
    return [...this.sources.values()]
      .map((source) => ({ ...source, seqs: source.seqs.merged() }))
      .sort((a, b) => order(a.terminal, b.terminal) || order(a.boot, b.boot));
  }
}

/** By code unit; null last, as DuckDB sorts. */
export function order(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

function canBeStored(lift: string): boolean {
  return lift !== '' && fitsTag(lift);
}

function ofLift(lift: string): string {
  return `"lift" = ${quoteString(lift)}`;
}

/** All three generations read RFC 3339; numbers they take for nanoseconds. */
function instant(ms: number): string {
  return quoteString(new Date(ms).toISOString());
}
