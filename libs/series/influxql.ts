import { FAULT_MEASUREMENT, fitsTag, SAMPLE_MEASUREMENT } from './line-protocol.js';
import { RUN_MAX_POINTS } from './point-runs.js';

/**
 * A row of an InfluxQL answer by column, the tags of its group among them. `time` as the request asked for
 * it.
 */
export type InfluxRow = Readonly<Record<string, unknown>>;

/** Counts points by a field that each of them has. */
export const COUNT_SAMPLES = `SELECT count("receivedAt") FROM "${SAMPLE_MEASUREMENT}"`;
export const COUNT_FAULTS = `SELECT count("raisedAt") FROM "${FAULT_MEASUREMENT}"`;

/** A string in InfluxQL; it knows no raw newline in one. */
export function quoteString(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
}

/** A name (of a database, measurement or field) in InfluxQL. */
export function quoteName(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/** Runs of two boots may overlap by that much, and the newest point is whole all the same. */
const LATEST_POINTS = 2 * RUN_MAX_POINTS;

/**
 * Asks for the newest points of each of `lifts`, the newest first, as many as complete it (`WholeRows`): one
 * statement instead of one a lift. Null when none of them can have a point.
 */
export function latestQuery(lifts: readonly string[]): string | null {
  const wanted = lifts.filter((lift) => lift !== '' && fitsTag(lift));
  if (wanted.length === 0) return null;
  const either = wanted.map((lift) => `"lift" = ${quoteString(lift)}`).join(' OR ');
  const from = `SELECT * FROM "${SAMPLE_MEASUREMENT}" WHERE ${either} GROUP BY "lift"`;
  return `${from} ORDER BY time DESC LIMIT ${LATEST_POINTS}`;
}

/** The server answered, and what it answered is an error. */
export class InfluxQlError extends Error {
  override readonly name = 'InfluxQlError';
}

/**
 * The rows of an answer of `/query`, which has the same shape in all three generations. Throws with the
 * server's words when the answer carries an error, and when it is no answer of InfluxQL.
 */
export function rowsOf(answer: unknown): InfluxRow[] {
  const { results, error } = asRecord(answer);
  if (typeof error === 'string') throw new InfluxQlError(error);
  if (!Array.isArray(results)) throw new InfluxQlError('the answer of /query has no results');
  return results.flatMap((result) => {
    const { series, error: failure } = asRecord(result);
    if (typeof failure === 'string') throw new InfluxQlError(failure);
    return Array.isArray(series) ? series.flatMap(seriesRows) : [];
  });
}

function seriesRows(series: unknown): InfluxRow[] {
  const { name, tags, columns, values } = asRecord(series);
  if (!Array.isArray(columns) || !Array.isArray(values)) return [];
  return values.map((row) => {
    const cells: unknown[] = Array.isArray(row) ? row : [];
    return {
      ...(typeof name === 'string' ? { [SERIES_NAME]: name } : {}),
      ...asRecord(tags),
      ...Object.fromEntries(columns.map((column, index) => [String(column), cells[index] ?? null])),
    };
  });
}

/** Under this key a row has the name of its series. */
export const SERIES_NAME = '$series';

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
