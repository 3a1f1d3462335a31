import type { DuckDBValue } from '@duckdb/node-api';
import type { FaultPoint } from './series.store.js';

/** A column of `lift_fault` in DuckDB, in the order of the table. */
const COLUMNS: readonly { name: string; type: string; value: (fault: FaultPoint) => DuckDBValue }[] = [
  { name: 'id', type: 'VARCHAR PRIMARY KEY', value: ({ id }) => id },
  { name: 'lift', type: 'VARCHAR NOT NULL', value: ({ lift }) => lift },
  { name: 'district', type: 'VARCHAR NOT NULL', value: ({ district }) => district },
  { name: 'kind', type: 'VARCHAR NOT NULL', value: ({ kind }) => kind },
  { name: 'evidence', type: 'VARCHAR NOT NULL', value: ({ evidence }) => evidence },
  { name: 'priority', type: 'VARCHAR NOT NULL', value: ({ priority }) => priority },
  { name: 'state', type: 'VARCHAR NOT NULL', value: ({ state }) => state },
  {
    name: 'raised_at_ms',
    type: 'BIGINT NOT NULL',
    value: ({ raisedAt }) => milliseconds('raisedAt', raisedAt),
  },
  {
    name: 'cleared_at_ms',
    type: 'BIGINT',
    value: ({ clearedAt }) => (clearedAt === null ? null : milliseconds('clearedAt', clearedAt)),
  },
  { name: 'reason', type: 'VARCHAR NOT NULL', value: ({ reason }) => reason },
  { name: 'profile', type: 'VARCHAR', value: ({ profile }) => profile },
  { name: 'code', type: 'VARCHAR', value: ({ code }) => code },
];

const NAMES = COLUMNS.map(({ name }) => name);

export const FAULT_TABLE = `CREATE TABLE IF NOT EXISTS lift_fault (
  ${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')})`;

export const UPSERT_FAULT = `
  INSERT INTO lift_fault (${NAMES.join(', ')}) VALUES (${NAMES.map((_, index) => `$${index + 1}`).join(', ')})
  ON CONFLICT (id) DO UPDATE SET
  ${NAMES.slice(1)
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`;

/** For {@link UPSERT_FAULT}. Throws RangeError, naming the field and the value, for a time that is none. */
export function faultValues(fault: FaultPoint): DuckDBValue[] {
  return COLUMNS.map(({ value }) => value(fault));
}

function milliseconds(name: string, time: number): bigint {
  const rounded = Math.round(time);
  if (!Number.isSafeInteger(rounded)) {
    throw new RangeError(`${name} is ${time}; it must be milliseconds since 1970.`);
  }
  return BigInt(rounded);
}
