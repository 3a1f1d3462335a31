import type { InfluxRow } from './influxql.js';
import { STATE_FIELDS } from './series-history.js';

/** What a reader of states must ask for beside them. */
export const RUN_COLUMNS = ['terminal', 'boot', 'seq', 'clockSuspect'] as const;

/** Only late points of other boots stand between two points of a run; more than a few never do. */
const HEADS_MAX = 8;
const HELD = ['clockSuspect', ...STATE_FIELDS] as const;

/**
 * Gives rows of `lift_sample` back what they left out because it had not changed (see `PointRuns`): rows of
 * one lift, in order of time, beginning `RUN_MAX_MS` or `RUN_MAX_POINTS` before the first that counts.
 */
export class WholeRows {
  /** Rows that may be continued, the latest first. */
  private heads: InfluxRow[] = [];

  whole(row: InfluxRow): InfluxRow {
    const place = this.heads.findIndex((head) => continues(head, row));
    const head = this.heads[place];
    // Every point that says everything says this; without it, and without the point before it, a row says no
    // more than it says.
    const begins = row.clockSuspect !== null && row.clockSuspect !== undefined;
    const whole = begins || head === undefined ? row : completed(row, head);
    if (place >= 0) this.heads.splice(place, 1);
    this.heads.unshift(whole);
    if (this.heads.length > HEADS_MAX) this.heads.pop();
    return whole;
  }
}

function continues(head: InfluxRow, row: InfluxRow): boolean {
  return (
    typeof head.seq === 'number' &&
    row.seq === head.seq + 1 &&
    row.boot === head.boot &&
    row.terminal === head.terminal
  );
}

function completed(row: InfluxRow, head: InfluxRow): InfluxRow {
  const whole: Record<string, unknown> = { ...row };
  for (const name of HELD) if (name in head) whole[name] = row[name] ?? head[name];
  return whole;
}
