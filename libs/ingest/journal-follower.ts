import { Logger } from '@nestjs/common';
import type { Journal, JournalBatch, Lsn } from '#journal';
import type { Clock } from '#runtime';
import type { IngestMetrics } from './ingest-metrics.js';
import { KeepTrying } from './keep-trying.js';
import type { ReaderPressure } from './reader-pressure.js';

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
  /** LSN up to which effects are durable, where `commit` only takes them; else what `commit` resolved for. */
  readonly committed?: () => Lsn;
  /** Entries in one commit at most. */
  readonly batchMax: number;
  /** Rests this long after a batch that was not full and had nothing to commit; ms. */
  readonly restMs: number;
  /** And this long after one that had, so that a quiet hour does not cost a commit a message; ms. */
  readonly lingerMs: number;
  /**
   * Makes the effects of a batch durable, and answers whether there were any. A rejection is tried again with
   * the same batch, for ever.
   */
  readonly commit: (batch: JournalBatch) => Promise<boolean>;
}

/**
 * One reader behind the journal: takes batches in order and commits each before the next. A store that is
 * down stops this reader and no other; the journal keeps what it has not read. Entries stay in memory, as
 * they were decoded, until every reader has taken them, so a reader rests only as long as that is cheap.
 */
export class JournalFollower {
  private readonly stopping = new AbortController();
  private readonly trying: KeepTrying;
  private running: Promise<void> = Promise.resolve();
  private takenLsn: Lsn = 0;

  constructor(private readonly options: FollowerOptions) {
    const { reader, clock, metrics, pressure } = options;
    this.trying = new KeepTrying({
      ...{ reader, clock, metrics },
      log: new Logger(`Journal reader ${reader}`),
      stopping: this.stopping.signal,
      failed: () => pressure.changed(reader),
    });
  }

  /** LSN of the last entry whose effects are committed. */
  get committed(): Lsn {
    return this.options.committed?.() ?? this.takenLsn;
  }

  /** Why it does not get on; null while it does. */
  get trouble(): string | null {
    return this.trying.trouble;
  }

  /** Follows the journal from `position` on, until `stop`. */
  start(position: Lsn): void {
    const { journal, pressure, reader, stalled } = this.options;
    this.takenLsn = position;
    pressure.watch(reader, {
      lag: () => journal.durableLsn - this.committed,
      stalled: () => this.trouble !== null || stalled?.() === true,
    });
    this.running = this.run();
  }

  /** Finishes the commit in hand, and nothing more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { journal, clock, reader: name, pressure, batchMax, restMs, lingerMs } = this.options;
    const { signal } = this.stopping;
    const reader = journal.reader(this.takenLsn);
    while (!signal.aborted) {
      // A disk that cannot be read now is tried again: the entries stay where they are.
      const batch = await this.trying.until('read the journal', () =>
        reader.next(batchMax, BATCH_BYTES_MAX, signal),
      );
      if (batch === null) break;
      const had = await this.trying.until(`commit up to ${batch.last}`, () => this.options.commit(batch));
      if (had !== null) this.takenLsn = batch.last;
      pressure.changed(name);
      const pauseMs = had ? lingerMs : restMs;
      // A full batch means that more waits already.
      if (pauseMs > 0 && batch.entries.length < batchMax) await clock.sleep(pauseMs, signal);
    }
    await reader.close();
  }
}
