import type { Kysely, Transaction } from 'kysely';
import type { EventType } from '#domain';
import type { Schema } from './schema.js';

export type Tx = Transaction<Schema>;

/** An event to append; the id and the time of record are given at commit. */
export interface NewLogEvent {
  readonly type: EventType;
  readonly lift: string | null;
  readonly district: string | null;
  readonly firm: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface LogEvent extends NewLogEvent {
  /** Ids become visible in order, so a plain id cursor is exact. */
  readonly id: number;
  /** ms since 1970 UTC. */
  readonly recordedAt: number;
}

/**
 * The records database: PostgreSQL, or PGlite in `DATA_DIR`. One connection under PGlite, so nothing may
 * query outside an open transaction from inside its callback: the acquire timeout of 5 s turns that hang into
 * an error.
 */
export abstract class Records {
  /** For reads, and for writes that make no event. */
  abstract readonly db: Kysely<Schema>;
  /**
   * A state change and its events commit together, or not at all (invariant 2). `work` changes rows (row
   * locks in key order) and answers the events; they are inserted last, under the advisory lock, and nothing
   * follows. Consumers are woken after the commit.
   */
  abstract write<T>(work: (tx: Tx) => Promise<{ result: T; events: readonly NewLogEvent[] }>): Promise<T>;
  /** Events after `after` in id order, at most `limit` (1–500). */
  abstract readEvents(after: number, limit: number): Promise<readonly LogEvent[]>;
  /** Id of the newest event; 0 for none. */
  abstract headEventId(): Promise<number>;
  /**
   * Calls `listener` soon after new events may be there (it may be called without any). Returns the stop
   * function.
   */
  abstract onEvents(listener: () => void): () => void;
}
