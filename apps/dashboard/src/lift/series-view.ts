import { moment, number, record, text } from '../read-json.js';

/** Fields with a number, in the order in which they are offered. */
export const NUMBER_FIELDS = [
  'speed',
  'levelErrorMm',
  'loadPercent',
  'temperature',
  'vibration',
  'tripCount',
  'doorCycleCount',
] as const;
/** Fields with one of a few states. */
export const STATE_FIELDS = [
  'floor',
  'doorState',
  'occupied',
  'moving',
  'direction',
  'mode',
  'inDoorZone',
  'doorLock',
  'safetyLoop',
  'powerState',
] as const;

export type NumberField = (typeof NUMBER_FIELDS)[number];
export type StateField = (typeof STATE_FIELDS)[number];
export type SeriesField = NumberField | StateField;
export const SERIES_FIELDS: readonly SeriesField[] = [...NUMBER_FIELDS, ...STATE_FIELDS];

export interface Bucket {
  /** Begin of the bucket, ms since 1970 UTC. */
  readonly atMs: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

export interface Change {
  readonly atMs: number;
  /** Null: from here on the terminal does not say. */
  readonly value: string | null;
}

/** What happened to one field of one lift; times in ms since 1970 UTC. */
export type Series =
  | {
      readonly type: 'numbers';
      readonly field: SeriesField;
      readonly unit: string;
      readonly bucketMs: number;
      readonly buckets: readonly Bucket[];
    }
  | {
      readonly type: 'states';
      readonly field: SeriesField;
      readonly changes: readonly Change[];
      /** There are more changes than one answer holds. */
      readonly truncated: boolean;
    };

/** Null when it is neither buckets nor changes. */
export function readSeries(field: SeriesField, value: unknown): Series | null {
  const raw = record(value);
  if (raw === null) return null;
  if (Array.isArray(raw.buckets)) {
    const buckets = raw.buckets.map(readBucket).filter((bucket) => bucket !== null);
    const bucketMs = number(raw.bucketMs) ?? 0;
    return { type: 'numbers', field, unit: text(raw.unit) ?? '', bucketMs, buckets };
  }
  if (!Array.isArray(raw.changes)) return null;
  const changes = raw.changes.map(readChange).filter((change) => change !== null);
  return { type: 'states', field, changes, truncated: raw.truncated === true };
}

function readBucket(value: unknown): Bucket | null {
  const raw = record(value);
  const atMs = moment(raw?.at);
  const [min, mean, max] = [number(raw?.min), number(raw?.mean), number(raw?.max)];
  if (atMs === null || min === null || mean === null || max === null) return null;
  return { atMs, min, mean, max, count: number(raw?.count) ?? 0 };
}

function readChange(value: unknown): Change | null {
  const raw = record(value);
  const atMs = moment(raw?.at);
  if (raw === null || atMs === null) return null;
  const said = raw.value;
  const known = typeof said === 'string' || typeof said === 'boolean' || typeof said === 'number';
  return { atMs, value: known ? String(said) : null };
}
