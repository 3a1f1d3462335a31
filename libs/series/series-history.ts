import type { LiftSample } from '#protocol';

/** Fields that are measured or counted. */
export const NUMERIC_FIELDS = [
  'speed',
  'levelErrorMm',
  'loadPercent',
  'tripCount',
  'doorCycleCount',
  'temperature',
  'vibration',
] as const satisfies readonly (keyof LiftSample)[];

/** Fields that are in one state or another. */
export const STATE_FIELDS = [
  'mode',
  'direction',
  'moving',
  'floor',
  'doorState',
  'inDoorZone',
  'doorLock',
  'safetyLoop',
  'occupied',
  'powerState',
] as const satisfies readonly (keyof LiftSample)[];

export type NumericField = (typeof NUMERIC_FIELDS)[number];
export type StateField = (typeof STATE_FIELDS)[number];

/** Points of a lift with `from` ≤ `at` < `to`; whole ms since 1970 UTC, not before. */
export interface HistoryRange {
  readonly lift: string;
  readonly from: number;
  readonly to: number;
}

export interface BucketQuery extends HistoryRange {
  readonly field: NumericField;
  /** Width, whole ms; buckets begin at its multiples since 1970 UTC. */
  readonly bucketMs: number;
}

/** What the readings of a field within one bucket come to; only those within the range of the query. */
export interface Bucket {
  /** Beginning of the bucket, ms since 1970 UTC. */
  readonly at: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Readings that had a value. */
  readonly count: number;
}

export interface ChangeQuery extends HistoryRange {
  readonly field: StateField;
  /** Changes answered at most, and points looked at at most. */
  readonly changesMax: number;
  readonly pointsMax: number;
}

export interface StateChange {
  /** Ms since 1970 UTC of the reading that had it first. */
  readonly at: number;
  /** Null: from here on the terminal does not say. */
  readonly value: string | boolean | null;
}

export interface StateChanges {
  /** The first reading of the range, and each one that says another value than the one before it. */
  readonly changes: readonly StateChange[];
  /** Null when that is all; else the time (ms) from which on a further query must ask. */
  readonly restFrom: number | null;
}

export interface SourceQuery {
  readonly lift: string;
  /** Points with `at` ≥ it, ms since 1970 UTC; null = all. */
  readonly from: number | null;
  /** Ranges answered at most, all sources together. */
  readonly rangesMax: number;
}

/** What is stored of one boot of a terminal: merged inclusive ranges of `seq`, ascending. */
export interface SourceRanges {
  readonly terminal: string;
  readonly boot: string | null;
  readonly points: number;
  readonly seqs: readonly (readonly [number, number])[];
}

/** Ordered by terminal and boot (null last); it is all or nothing, because a checker must not miss one. */
export type SourcesResult =
  | { readonly ok: true; readonly sources: readonly SourceRanges[] }
  | { readonly ok: false; readonly reason: 'too-many-ranges' };

/**
 * Reads of what was stored, by lift. Each rejects with the store's words when it does not answer, and soon
 * after `signal` aborts. Points of one millisecond are in order of `seq` mod 10⁶.
 */
export abstract class SeriesHistory {
  /** Buckets with at least one value, in order of time. */
  abstract buckets(query: BucketQuery, signal: AbortSignal): Promise<readonly Bucket[]>;
  abstract changes(query: ChangeQuery, signal: AbortSignal): Promise<StateChanges>;
  abstract sources(query: SourceQuery, signal: AbortSignal): Promise<SourcesResult>;
}
