import type { Evidence, Priority } from '#domain';
import type { FaultKind, LiftSample } from '#protocol';
import type { SeriesHistory } from './series-history.js';

/** One sample of a lift, ready to store. Identity: (terminal, boot, seq) where the terminal sends them. */
export interface SeriesPoint {
  readonly lift: string;
  /** County code, 6 digits. */
  readonly district: string;
  readonly terminal: string;
  readonly boot: string | null;
  readonly seq: number | null;
  /** When the reading was true, ms since 1970 UTC: terminal time through the boot's offset. */
  readonly at: number;
  /** The terminal's own clock as sent; null when it sent none. */
  readonly terminalAt: number | null;
  readonly receivedAt: number;
  readonly clockSuspect: boolean;
  readonly sample: LiftSample;
  /**
   * Where it stands in the journal: LSN of its message × {@link ORDINALS_A_MESSAGE} + its index in it. Tells
   * points without `seq` of one millisecond apart where the store knows a point by its time. Not stored, so
   * absent from a point that was read.
   */
  readonly ordinal?: number;
}

/** More than any message has readings. */
export const ORDINALS_A_MESSAGE = 1_024;

/** A fault beside the samples: one point at its start, written again when it ends. */
export interface FaultPoint {
  /** The fault's deterministic id, hexadecimal. */
  readonly id: string;
  readonly lift: string;
  /** County code, 6 digits; the same at every write of one fault. */
  readonly district: string;
  readonly kind: FaultKind;
  readonly evidence: Evidence;
  readonly priority: Priority;
  readonly state: 'open' | 'cleared' | 'withdrawn' | 'recorded' | 'suppressed';
  /** Ms since 1970 UTC; the same at every write of one fault. */
  readonly raisedAt: number;
  /** Ms since 1970 UTC; null while it may still be open. */
  readonly clearedAt: number | null;
  /** Why it is in this state. */
  readonly reason: string;
  /** The reporting profile and its raw code; null for inferred faults. */
  readonly profile: string | null;
  readonly code: string | null;
}

/** A point that the store will never take, by its place in what was handed over, with the store's words. */
export interface Refused {
  readonly index: number;
  readonly reason: string;
}

/**
 * What became of points: the caller must branch on it. When `ok`, every point is stored, but for those in
 * `refused` (they belong in quarantine) and the `outsideRetention` ones, too old for the store to keep, which
 * are only counted. Otherwise the position has not moved; `retryable` = try the same again later.
 */
export type AppendResult =
  | { readonly ok: true; readonly refused: readonly Refused[]; readonly outsideRetention: number }
  | { readonly ok: false; readonly retryable: boolean; readonly message: string };

/** Where the points of a batch came from, for what seldom happens to one. Both may be called again. */
export interface BatchSource {
  /**
   * Puts refused points where people can look at them. Called before the position moves, so that a process
   * killed in between does it over again; when it rejects, the position stays.
   */
  keepRefused(refused: readonly Refused[]): Promise<void>;
  /** All points of the batch again, in their order; null for one that can no longer be read. */
  reread(): Promise<readonly (SeriesPoint | null)[]>;
}

/**
 * Points on their way into a store. It keeps what the store will be told of them and no longer the points: in
 * a flood some ten thousand wait, and as objects they took a quarter of a core in garbage collections
 * (decision 0012).
 */
export interface SeriesBatch {
  /** Points added. */
  readonly size: number;
  add(points: readonly SeriesPoint[]): void;
  /**
   * Stores the points, then `position`: never the position without its points. A store with transactions
   * stores both or nothing; elsewhere what failed may be stored in part, and a repetition overwrites it. May
   * be called again when it failed, and there may be no points. Batches are stored in the order they were
   * begun in.
   */
  store(position: number, source: BatchSource): Promise<AppendResult>;
}

/** A batch that gathers as `points` does and is stored by `store`. */
export function storedBy(
  points: Pick<SeriesBatch, 'size' | 'add'>,
  store: SeriesBatch['store'],
): SeriesBatch {
  return {
    get size() {
      return points.size;
    },
    add: (more) => points.add(more),
    store,
  };
}

/** How many points a boot of a terminal has stored, and how many different `seq` among them. */
export interface SourceCount {
  readonly terminal: string;
  readonly boot: string | null;
  readonly points: number;
  readonly distinctSeqs: number;
}

/** Where samples go. One port, one adapter a technology (DESIGN "Series store"). Also the DI token. */
export abstract class SeriesStore {
  /** Opens and migrates. Throws with the path or URL and what to do. */
  abstract open(): Promise<void>;
  abstract close(): Promise<void>;
  /** LSN of the last journal entry whose samples are stored; 0 for an empty store. */
  abstract position(): Promise<number>;
  /** One batch at a time takes points, while the one before it may be on its way. */
  abstract begin(): SeriesBatch;
  /** The newest point (greatest `at`) of each lift that has one. */
  abstract latest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>>;
  /** Reads of what was stored before; to be used while the store is open. */
  abstract readonly history: SeriesHistory;
  /** Points stored in all, for checks. */
  abstract count(): Promise<number>;
  /** For checks: what is stored of each boot of each terminal, ordered by both. Reads everything. */
  abstract verifyCounts(): Promise<readonly SourceCount[]>;
  /** Stores one point a fault; a fault written before is replaced. Keeps no position: the caller does. */
  abstract writeFaults(faults: readonly FaultPoint[]): Promise<AppendResult>;
  /** Faults stored in all, for checks. */
  abstract countFaults(): Promise<number>;
}
