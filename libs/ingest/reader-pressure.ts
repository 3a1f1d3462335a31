import { Injectable } from '@nestjs/common';
import { IngestMetrics } from './ingest-metrics.js';

/**
 * Entries by which a reader that gets on may fall behind before intake waits for it: about what memory holds
 * of the journal's newest, so that a reader under pressure is not slowed further by reading the disk.
 */
export const READER_LAG_MAX = 30_000;

/** A reader behind the journal. */
export interface PressingReader {
  /** Entries it has yet to commit. */
  readonly lag: () => number;
  /** It tries and cannot: its store is down. */
  readonly stalled: () => boolean;
}

interface Watched extends PressingReader {
  /** It may be this far behind. */
  allowed: number;
}

/**
 * Back-pressure from the journal's readers to the sockets: while a reader that gets on falls further behind,
 * batches wait to be taken, so their acknowledgements wait, so the broker stops reading.
 *
 * A stopped store slows nobody down: the journal keeps what it has not read. Nor does the backlog that it
 * leaves, as long as it shrinks: an alarm must not wait until an hour's samples are written. So what is
 * allowed follows the backlog down, and never rises while the reader gets on.
 */
@Injectable()
export class ReaderPressure {
  private readonly readers = new Map<string, Watched>();
  private readonly waiting: (() => void)[] = [];
  private releasing = false;

  constructor(private readonly metrics: IngestMetrics) {}

  watch(name: string, reader: PressingReader): void {
    this.readers.set(name, { ...reader, allowed: Number.POSITIVE_INFINITY });
    this.metrics.readerLags.set(name, reader.lag);
  }

  /** The reader has committed, or stopped getting on. */
  changed(name: string): void {
    const reader = this.readers.get(name);
    if (reader === undefined) return;
    reader.allowed = reader.stalled()
      ? Number.POSITIVE_INFINITY
      : Math.max(READER_LAG_MAX, Math.min(reader.allowed, reader.lag() + READER_LAG_MAX));
    this.release();
  }

  /**
   * Null when there is room now, as nearly always; else resolves when there is. Nobody overtakes who waits:
   * batches are taken side by side, and a terminal's messages must keep their order.
   */
  room(): Promise<void> | null {
    if (this.waiting.length === 0 && this.hasRoom()) return null;
    this.metrics.pressureWaits.inc();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /**
   * One by one, each once the one before it has been appended: it fills the journal further, and may be
   * refused there, which must be known when the messages of the next are judged.
   */
  private release(): void {
    if (this.releasing || this.waiting.length === 0 || !this.hasRoom()) return;
    this.releasing = true;
    this.waiting.shift()?.();
    // Not `nextTick` alone: of two ticks the second comes before what the first has resolved.
    queueMicrotask(() =>
      process.nextTick(() => {
        this.releasing = false;
        this.release();
      }),
    );
  }

  private hasRoom(): boolean {
    for (const reader of this.readers.values()) {
      if (reader.lag() > reader.allowed && !reader.stalled()) return false;
    }
    return true;
  }
}
