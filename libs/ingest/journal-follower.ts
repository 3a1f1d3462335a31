import { Logger } from '@nestjs/common';
import type { Journal, JournalBatch, Lsn } from '#journal';
import type { Clock } from '#runtime';
import type { IngestMetrics } from './ingest-metrics.js';
import type { ReaderPressure } from './reader-pressure.js';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

export interface FollowerOptions {
  /** Name of the reader in metrics, logs and positions. */
  readonly reader: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly pressure: ReaderPressure;
  /** True while it cannot get on for a reason that lies behind `commit`. */
  readonly stalled?: () => boolean;
  /** Entries in one commit at most. */
  readonly batchMax: number;
  /**
   * Waits this long after a batch that was not full, so that a quiet hour does not cost a commit a message;
   * ms.
   */
  readonly lingerMs: number;
  /** Makes the effects of a batch durable. A rejection is tried again with the same batch, for ever. */
  readonly commit: (batch: JournalBatch) => Promise<void>;
}

/**
 * One reader behind the journal: takes batches in order and commits each before the next. A store that is
 * down stops this reader and no other; the journal keeps what it has not read.
 */
export class JournalFollower {
  private readonly log: Logger;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private committedLsn: Lsn = 0;
  private troubleText: string | null = null;

  constructor(private readonly options: FollowerOptions) {
    this.log = new Logger(`Journal reader ${options.reader}`);
  }

  /** LSN of the last entry whose effects are committed. */
  get committed(): Lsn {
    return this.committedLsn;
  }

  /** Why it does not get on; null while it does. */
  get trouble(): string | null {
    return this.troubleText;
  }

  /** Follows the journal from `position` on, until `stop`. */
  start(position: Lsn): void {
    const { journal, pressure, reader, stalled } = this.options;
    this.committedLsn = position;
    pressure.watch(reader, {
      lag: () => journal.durableLsn - this.committedLsn,
      stalled: () => this.troubleText !== null || stalled?.() === true,
    });
    this.running = this.run();
  }

  /** Finishes the commit in hand, and nothing more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { journal, clock, batchMax, lingerMs } = this.options;
    const { signal } = this.stopping;
    const reader = journal.reader(this.committedLsn);
    while (!signal.aborted) {
      const batch = await this.read(() => reader.next(batchMax, BATCH_BYTES_MAX, signal));
      if (batch === null) break;
      await this.commit(batch);
      // A full batch means that more waits already.
      if (lingerMs > 0 && batch.entries.length < batchMax) await clock.sleep(lingerMs, signal);
    }
    await reader.close();
  }

  /** A disk that cannot be read now is tried again: the entries stay where they are. */
  private async read(next: () => Promise<JournalBatch | null>): Promise<JournalBatch | null> {
    return this.untilDone('read the journal', next);
  }

  private async commit(batch: JournalBatch): Promise<void> {
    const done = await this.untilDone(`commit up to ${batch.last}`, async () => {
      await this.options.commit(batch);
      return true;
    });
    if (done) this.committedLsn = batch.last;
    this.options.pressure.changed(this.options.reader);
  }

  private async untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T | null> {
    const { clock, metrics, pressure, reader } = this.options;
    const { signal } = this.stopping;
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        const result = await attempt();
        if (this.troubleText !== null) this.log.log(`Gets on again: ${what}.`);
        this.troubleText = null;
        return result;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.troubleText === null) this.log.error(`Cannot ${what}: ${why}. Tries again until it can.`);
        this.troubleText = why;
        metrics.readerRetries.inc({ reader });
        pressure.changed(reader);
      }
      if (signal.aborted) return null;
      await clock.sleep(waitMs, signal);
      if (signal.aborted) return null;
    }
  }
}
