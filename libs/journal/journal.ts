import type { Clock, Metrics } from '#runtime';
import type { JournalEntry, Lsn } from './entry.js';
import type { Group } from './group.js';
import { GroupCommit } from './group-commit.js';
import { JournalFailedError } from './journal-errors.js';
import { JournalMetrics } from './journal-metrics.js';
import { JournalReader, type ReaderHome } from './journal-reader.js';
import { type OpenReport, SegmentOpener } from './open-segments.js';
import { NodeSegmentFiles, type SegmentFiles } from './segment-files.js';
import { RECORD_LIMIT_BYTES } from './segment-format.js';
import { SegmentSet } from './segment-set.js';
import { Tail } from './tail.js';

const MIB = 1024 * 1024;
const AGE_EVERY_MS = 1_000;

export interface JournalOptions {
  /** Made when missing, with mode 0700. One process at a time: the owner of the data folder sees to that. */
  readonly folder: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** A segment is closed before it grows beyond this; bytes, default 64 MiB. */
  readonly segmentBytes?: number;
  /** Bound of all segments together; bytes, at least twice `segmentBytes`, default 4 GiB. */
  readonly maxBytes?: number;
  /** Newest entries kept in memory for readers, by encoded size; bytes, default 32 MiB. */
  readonly tailBytes?: number;
  /** Largest record; bytes, at most 16 MiB, default 2 MiB. */
  readonly recordMaxBytes?: number;
  /** Bound of what waits for the disk; bytes, default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** The file system; tests fail it on purpose. */
  readonly files?: SegmentFiles;
}

/** How full the journal is; intake sheds telemetry by it before events must be refused. */
export interface JournalUsage {
  readonly bytes: number;
  readonly pendingBytes: number;
  readonly maxBytes: number;
}

/**
 * The append-only journal (DESIGN "Journal", invariant 1): when `append` resolves, the entries are on the
 * disk. No work happens before {@link open}.
 */
export class Journal {
  private readonly files: SegmentFiles;
  private readonly limits;
  private readonly shown: JournalMetrics;
  private readonly tail: Tail;
  private readonly readers = new Set<JournalReader>();
  private readonly waiting = new Set<() => void>();
  private state: { readonly segments: SegmentSet; readonly commit: GroupCommit } | null = null;
  private lastDurable: Lsn = 0;
  private closed = false;
  private stopAge: () => void = () => {};

  /** Throws RangeError for limits that contradict each other. */
  constructor(private readonly options: JournalOptions) {
    this.files = options.files ?? new NodeSegmentFiles();
    this.limits = {
      segmentBytes: options.segmentBytes ?? 64 * MIB,
      maxBytes: options.maxBytes ?? 4096 * MIB,
      tailBytes: options.tailBytes ?? 32 * MIB,
      recordMaxBytes: options.recordMaxBytes ?? 2 * MIB,
      maxPendingBytes: options.maxPendingBytes ?? 64 * MIB,
    };
    const { segmentBytes, maxBytes, maxPendingBytes, recordMaxBytes } = this.limits;
    if (maxBytes < 2 * segmentBytes) {
      throw new RangeError(
        `Journal maxBytes (${maxBytes}) must be at least twice segmentBytes (${segmentBytes}): the segment ` +
          'being written is never released, so a smaller journal could stay full for ever.',
      );
    }
    if (recordMaxBytes > RECORD_LIMIT_BYTES) {
      throw new RangeError(
        `Journal recordMaxBytes (${recordMaxBytes}) must be at most ${RECORD_LIMIT_BYTES}.`,
      );
    }
    this.shown = new JournalMetrics(options.metrics, maxBytes, maxPendingBytes);
    this.tail = new Tail(this.limits.tailBytes);
  }

  /**
   * Checks every segment and makes the journal ready. Rejects, naming the file, when a segment cannot be
   * used.
   */
  async open(): Promise<OpenReport> {
    if (this.state !== null || this.closed)
      throw new Error(`Journal ${this.options.folder} was opened before.`);
    const { segmentBytes, maxBytes, maxPendingBytes, recordMaxBytes } = this.limits;
    const { folder, clock } = this.options;
    const opened = await new SegmentOpener(folder, this.files).open();
    const segments = new SegmentSet(folder, this.files, segmentBytes, opened.closed);
    const { nextLsn, corruptRecords } = opened.report;
    await segments.start(opened.active, nextLsn);
    const monotonicMs = () => clock.monotonicMs();
    const onDurable = (group: Group, first: Lsn) => this.onDurable(group, first);
    const limits = { maxBytes, maxPendingBytes, recordMaxBytes, monotonicMs, onDurable };
    this.state = { segments, commit: new GroupCommit(segments, this.shown, limits, nextLsn) };
    this.lastDurable = nextLsn - 1;
    this.tail.reset(this.lastDurable);
    this.shown.corrupt.inc(corruptRecords);
    this.showSize();
    this.stopAge = clock.every(AGE_EVERY_MS, () => this.showSize());
    return { ...opened.report, segments: segments.count, bytes: segments.totalBytes };
  }

  /**
   * Makes entries durable, all together, and resolves with the LSN of the first. LSNs follow the order of the
   * calls; a refused append consumes none. `entries` must not be empty, and is not to be changed afterwards.
   * Rejects with JournalFullError (try later), JournalFailedError (restart) or RangeError (an entry is
   * malformed or larger than `recordMaxBytes`).
   */
  async append(entries: readonly JournalEntry[]): Promise<Lsn> {
    if (entries.length === 0) throw new RangeError('Journal.append takes at least one entry.');
    return this.opened().commit.append(entries);
  }

  /** Everything up to here is on the disk; 0 = nothing ever was. */
  get durableLsn(): Lsn {
    return this.lastDurable;
  }

  /** The oldest LSN that may still be read; the next LSN when there is none. */
  get oldestLsn(): Lsn {
    return this.opened().segments.oldestLsn ?? this.lastDurable + 1;
  }

  /** Why the journal takes nothing more; null while it works. */
  get failure(): JournalFailedError | null {
    return this.state?.commit.failure ?? null;
  }

  get usage(): JournalUsage {
    const { segments, commit } = this.opened();
    return {
      bytes: segments.totalBytes,
      pendingBytes: commit.pendingBytes,
      maxBytes: this.limits.maxBytes,
    };
  }

  /** Resolves when all that was appended so far is durable; rejects when some of it was refused. */
  async sync(): Promise<void> {
    const { commit } = this.opened();
    const error = commit.failure ?? (await commit.drain());
    if (error !== null) throw error;
  }

  /**
   * No LSN up to `lsn` will be given to a new entry. Call it at the start with every position that readers
   * have stored: a journal that lost its newest entries (or its folder) would otherwise give their LSNs
   * again, and readers would take the new entries for ones they know.
   */
  async skipTo(lsn: Lsn): Promise<void> {
    const { segments, commit } = this.opened();
    if (lsn < commit.nextLsn) return;
    if (!commit.isIdle) throw new Error('Journal.skipTo must be called before the first append.');
    await segments.roll(lsn + 1);
    commit.nextLsn = lsn + 1;
    this.lastDurable = lsn;
    this.tail.reset(lsn);
    this.showSize();
  }

  /**
   * A reader of entries after `from`. When some of those are released already, it starts at {@link
   * oldestLsn}: compare to know. Throws RangeError for a position that the journal has not reached (see
   * {@link skipTo}).
   */
  reader(from: Lsn): JournalReader {
    const { segments } = this.opened();
    if (!Number.isInteger(from) || from < 0 || from > this.lastDurable) {
      throw new RangeError(`Journal position ${from} is outside 0…${this.lastDurable}; see Journal.skipTo.`);
    }
    const reader = new JournalReader(this.homeFor(segments), from);
    this.readers.add(reader);
    return reader;
  }

  /** Deletes the segments whose every LSN is below `before`, except the one being written. */
  async release(before: Lsn): Promise<void> {
    await this.opened().segments.release(before);
    this.showSize();
  }

  /** Makes what was appended durable, answers waiting readers with null, and closes the files. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.stopAge();
    if (this.state === null) return;
    while (!this.state.commit.isIdle) await this.state.commit.drain();
    this.wakeReaders();
    await Promise.all([...this.readers].map((reader) => reader.close()));
    await this.state.segments.close();
  }

  private opened() {
    if (this.state === null || this.closed) throw new Error(`Journal ${this.options.folder} is not open.`);
    return this.state;
  }

  private onDurable(group: Group, first: Lsn): void {
    let start = 0;
    for (const [index, entry] of group.entries.entries()) {
      const end = group.ends[index] ?? start;
      this.tail.push(first + index, entry, end - start);
      start = end;
    }
    this.lastDurable = first + group.entries.length - 1;
    this.shown.tailBytes.set(this.tail.bytes);
    this.wakeReaders();
  }

  private wakeReaders(): void {
    for (const wake of [...this.waiting]) wake();
  }

  private homeFor(segments: SegmentSet): ReaderHome {
    const journal = this;
    return {
      files: this.files,
      segments,
      tail: this.tail,
      get durableLsn() {
        return journal.lastDurable;
      },
      get isClosed() {
        return journal.closed;
      },
      waitForMore: (signal) => this.waitForMore(signal),
      countLost: (records) => this.shown.corrupt.inc(records),
      readerMoved: (reader) => this.readerMoved(reader),
    };
  }

  private waitForMore(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  /** Entries that every open reader has passed are forgotten: their memos weigh more than their bytes. */
  private readerMoved(reader: JournalReader): void {
    if (reader.isClosed) {
      this.readers.delete(reader);
      this.wakeReaders();
    }
    let passed = this.lastDurable;
    for (const { position } of this.readers) passed = Math.min(passed, position);
    if (this.readers.size > 0) this.tail.dropThrough(passed);
    this.shown.tailBytes.set(this.tail.bytes);
  }

  private showSize(): void {
    if (this.state === null) return;
    const { segments } = this.state;
    this.shown.bytes.set(segments.totalBytes);
    const { oldestAt } = segments;
    const ageMs = oldestAt === null ? 0 : this.options.clock.now() - oldestAt;
    this.shown.oldestAge.set(Math.max(0, ageMs) / 1000);
  }
}
