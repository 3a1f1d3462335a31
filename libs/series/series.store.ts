import type { LiftSample } from '#protocol';

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
}

/** An adapter's failure: the caller must branch on it. `retryable` = try the same batch again later. */
export type AppendResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryable: boolean; readonly message: string };

/** Where samples go. One port, one adapter a technology (DESIGN "Series store"). Also the DI token. */
export abstract class SeriesStore {
  /** Opens and migrates. Throws with the path or URL and what to do. */
  abstract open(): Promise<void>;
  abstract close(): Promise<void>;
  /** LSN of the last journal entry whose samples are stored; 0 for an empty store. */
  abstract position(): Promise<number>;
  /** Stores all points and `position` together, or nothing. `points` may be empty. */
  abstract append(points: readonly SeriesPoint[], position: number): Promise<AppendResult>;
  /** The newest point (greatest `at`) of each lift that has one. */
  abstract latest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>>;
  /** Points stored in all, for checks. */
  abstract count(): Promise<number>;
}
