import type { QuarantineReason } from '#protocol';

/**
 * Log sequence number: the ordinal of an entry in the journal, counting from 1 for ever. A reader's position
 * is the LSN of the last entry whose effects it has committed; 0 means none.
 */
export type Lsn = number;

/** Whose message it was, as the directory said at intake. Journalled, so that a replay needs no directory. */
export interface MessageSource {
  readonly terminal: string | null;
  readonly profile: string | null;
  readonly lift: string | null;
  /** County code, 6 digits. */
  readonly district: string | null;
}

/** A message as received, with what intake decided about it: every reader is a pure function of this. */
export interface MessageEntry {
  readonly kind: 'message';
  /** ms since 1970 UTC. */
  readonly receivedAt: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly source: MessageSource;
  /** Added to the terminal's time to get ours, ms; 0 for a sound clock (DESIGN "Two clocks"). */
  readonly clockOffsetMs: number;
  readonly clockSuspect: boolean;
  /** Indexes of decoded items that are duplicates; ascending, at most 65,535. */
  readonly duplicates: readonly number[];
  /** Set when intake sent the message to quarantine. */
  readonly refusal: { readonly reason: QuarantineReason; readonly detail: string } | null;
  /**
   * What intake made of the payload, handed to readers that keep up. Never written; absent after a read from
   * disk.
   */
  readonly memo?: unknown;
}

/**
 * Time passing, for timers that must run while a terminal is quiet. Journalled, so that a replay sees the
 * same.
 */
export interface TickEntry {
  readonly kind: 'tick';
  readonly receivedAt: number;
}

export type JournalEntry = MessageEntry | TickEntry;

/**
 * Entries in order: `entries[i]` has LSN `first + i` unless damaged records were skipped, so each carries its
 * own.
 */
export interface JournalBatch {
  readonly entries: readonly { readonly lsn: Lsn; readonly entry: JournalEntry }[];
  /** LSN of the last entry. */
  readonly last: Lsn;
}
