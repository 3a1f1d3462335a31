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

/** A point that the store will never take, with its own words of why. */
export interface RefusedPoint<P = SeriesPoint> {
  readonly point: P;
  readonly reason: string;
}

/** Puts refused points where people can look at them. */
export type KeepRefused = (refused: readonly RefusedPoint[]) => Promise<void>;

/**
 * What became of a batch: the caller must branch on it. When `ok`, every point is stored, but for those in
 * `refused` (they belong in quarantine) and the `outsideRetention` ones, too old for the store to keep, which
 * are only counted. Otherwise the position has not moved; `retryable` = try the same batch again later.
 */
export type AppendResult<P = SeriesPoint> =
  | { readonly ok: true; readonly refused: readonly RefusedPoint<P>[]; readonly outsideRetention: number }
  | { readonly ok: false; readonly retryable: boolean; readonly message: string };

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
  /**
   * Stores the points, then `position`: never the position without its points. A store with transactions
   * stores both or nothing; elsewhere a batch that failed may be stored in part, and a repetition overwrites
   * it. `points` may be empty. `keep` is handed what will never be stored before the position moves, so that
   * a process killed in between hands it over again; when it rejects, the position stays.
   */
  abstract append(
    points: readonly SeriesPoint[],
    position: number,
    keep?: KeepRefused,
  ): Promise<AppendResult>;
  /** The newest point (greatest `at`) of each lift that has one. */
  abstract latest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>>;
  /** Reads of what was stored before; to be used while the store is open. */
  abstract readonly history: SeriesHistory;
  /** Points stored in all, for checks. */
  abstract count(): Promise<number>;
  /** For checks: what is stored of each boot of each terminal, ordered by both. Reads everything. */
  abstract verifyCounts(): Promise<readonly SourceCount[]>;
  /** Stores one point a fault; a fault written before is replaced. Keeps no position: the caller does. */
  abstract writeFaults(faults: readonly FaultPoint[]): Promise<AppendResult<FaultPoint>>;
  /** Faults stored in all, for checks. */
  abstract countFaults(): Promise<number>;
}
