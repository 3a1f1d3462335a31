import type { JournalEntry, Lsn } from './entry.js';
import { GroupCommit } from './group-commit.js';
import type { JournalFailedError } from './journal-errors.js';
import { JournalMetrics } from './journal-metrics.js';
import { type JournalOptions, limitsOf } from './journal-options.js';
import type { JournalReader } from './journal-reader.js';
import { type OpenReport, SegmentOpener } from './open-segments.js';
import { Readership } from './readership.js';
import { type JournalPressure, RoomWatch } from './room-watch.js';
import { NodeSegmentFiles, type SegmentFiles } from './segment-files.js';
import { SegmentSet } from './segment-set.js';
import { SnapshotStore } from './snapshot-store.js';
import { SyncThread } from './sync-thread.js';

const LOOK_EVERY_MS = 1_000;
/** The last part of `maxBytes` is for events: telemetry is to be left out before nothing fits. */
const TELEMETRY_PART = 0.9;

/** How full the journal is. */
export interface JournalUsage {
  readonly bytes: number;
  readonly pendingBytes: number;
  readonly maxBytes: number;
  /** Of the disk, as of the last second; null where the file system does not tell. */
  readonly diskFreeBytes: number | null;
}

/**
 * The append-only journal (DESIGN "Journal", invariant 1): when `append` resolves, the entries are on the
 * disk. No work happens before {@link open}.
 */
export class Journal {
  private readonly files: SegmentFiles;
  private readonly limits;
  private readonly shown: JournalMetrics;
  private readonly readership: Readership;
  private readonly room: RoomWatch;
  private state: { readonly segments: SegmentSet; readonly commit: GroupCommit } | null = null;
  private closed = false;
  private written = 0;
  private stopLooking: () => void = () => {};

  /** Throws RangeError for limits that contradict each other. */
  constructor(private readonly options: JournalOptions) {
    const { files, interludes } = options;
    this.files = files ?? new NodeSegmentFiles(interludes ? new SyncThread(interludes) : null);
    this.limits = limitsOf(options);
    this.shown = new JournalMetrics(options.metrics, this.limits.maxBytes, this.limits.maxPendingBytes);
    this.readership = new Readership(this.limits.tailBytes, this.files, this.shown);
    this.room = new RoomWatch(this.files, options.folder, this.limits.diskReserveBytes);
  }

  /**
   * Checks every segment and makes the journal ready. Rejects, naming the file, when a segment cannot be
   * used, and with JournalFullError when there is none and no room to make one.
   */
  async open(): Promise<OpenReport> {
    if (this.state !== null || this.closed)
      throw new Error(`Journal ${this.options.folder} was opened before.`);
    const { folder, clock } = this.options;
    const opened = await new SegmentOpener(folder, this.files).open();
    const segments = new SegmentSet(folder, this.files, this.limits.segmentBytes, opened.closed);
    const { nextLsn, corruptRecords } = opened.report;
    await segments.start(opened.active, nextLsn);
    const options = {
      ...this.limits,
      clock,
      onDurable: (...[group, first]: Parameters<Readership['show']>) => {
        this.written += group.bytes;
        this.room.noteWritten();
        this.readership.show(group, first);
      },
      onFullDisk: () => this.room.noteFull(),
    };
    this.state = { segments, commit: new GroupCommit(segments, this.shown, options, nextLsn) };
    this.readership.reset(nextLsn - 1);
    this.shown.corrupt.inc(corruptRecords);
    await this.look();
    this.stopLooking = clock.every(LOOK_EVERY_MS, () => void this.look());
    return { ...opened.report, segments: segments.count, bytes: segments.totalBytes };
  }

  /**
   * Makes entries durable, all together, and resolves with the LSN of the first. LSNs follow the order of the
   * calls; a refused append consumes none. `entries` must not be empty, and is not to be changed afterwards.
   * Rejects with JournalFullError (try later), JournalFailedError (restart) or RangeError (an entry is
   * malformed or larger than `recordMaxBytes`).
   */
  append(entries: readonly JournalEntry[]): Promise<Lsn> {
    if (this.state === null || this.closed) return Promise.reject(this.notOpen());
    if (entries.length > 0) return this.state.commit.append(entries);
    return Promise.reject(new RangeError('Journal.append takes at least one entry.'));
  }

  /** Everything up to here is on the disk; 0 = nothing ever was. */
  get durableLsn(): Lsn {
    return this.readership.durableLsn;
  }

  /** The oldest LSN that may still be read; the next LSN when there is none. */
  get oldestLsn(): Lsn {
    return this.opened().segments.oldestLsn ?? this.durableLsn + 1;
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
      diskFreeBytes: this.room.freeBytes,
    };
  }

  /** Ask before each batch: while it is not null, telemetry is to be shed and counted. Costs nothing. */
  get pressure(): JournalPressure | null {
    if (this.room.isFull) return 'no-space';
    const { segments, commit } = this.opened();
    if (segments.totalBytes + commit.pendingBytes > this.limits.maxBytes * TELEMETRY_PART) {
      return 'nearly-full';
    }
    return this.room.isLow ? 'disk-nearly-full' : null;
  }

  /** What the operator must know, in one line: failed, or nearly full and why; null while all is well. */
  get trouble(): string | null {
    const { failure, pressure } = this;
    if (failure !== null) return failure.message;
    if (pressure === null) return null;
    const { bytes, maxBytes, diskFreeBytes } = this.usage;
    return pressure === 'nearly-full'
      ? `the journal holds ${bytes} of at most ${maxBytes} bytes: a reader lags, or no snapshot is made`
      : `the disk of ${this.options.folder} is ${pressure === 'no-space' ? 'full' : 'nearly full'}` +
          `${diskFreeBytes === null ? '' : ` (${diskFreeBytes} bytes free)`}: make room`;
  }

  /** Bytes made durable since {@link open}. */
  get writtenBytes(): number {
    return this.written;
  }

  /** Resolves when all that was appended so far is durable; rejects when some of it was refused. */
  async sync(): Promise<void> {
    const { commit } = this.opened();
    const error = commit.failure ?? (await commit.drain());
    if (error !== null) throw error;
  }

  /**
   * For what is remembered before it is durable and written out bit by bit. The returned check is {@link
   * sync}, and rejects also when an append was refused at any time since this call: it may have been in what
   * was written out then.
   */
  fence(): () => Promise<void> {
    const { commit } = this.opened();
    const { refusals } = commit;
    return async () => {
      await this.sync();
      if (commit.refusals !== refusals) throw new Error('Journal: an append was refused meanwhile.');
    };
  }

  /** Snapshots of what readers make of the entries; see SnapshotStore. */
  snapshots(place: { folder: string; name: string; contentVersion: number }): SnapshotStore {
    const { clock, metrics } = this.options;
    return new SnapshotStore({ ...place, files: this.files, clock, metrics });
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
    this.readership.reset(lsn);
    this.showSize();
  }

  /**
   * A reader of entries after `from`. When some of those are released already, it starts at {@link
   * oldestLsn}: compare to know. Throws RangeError for a position that the journal has not reached (see
   * {@link skipTo}).
   */
  reader(from: Lsn): JournalReader {
    const { segments } = this.opened();
    if (!Number.isInteger(from) || from < 0 || from > this.durableLsn) {
      throw new RangeError(`Journal position ${from} is outside 0…${this.durableLsn}; see Journal.skipTo.`);
    }
    return this.readership.reader(segments, from);
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
    this.stopLooking();
    if (this.state === null) return;
    const { commit, segments } = this.state;
    while (!commit.isIdle) await commit.drain();
    await this.readership.close();
    await segments.close();
    await this.files.close();
  }

  private opened() {
    if (this.state === null || this.closed) throw this.notOpen();
    return this.state;
  }

  private notOpen(): Error {
    return new Error(`Journal ${this.options.folder} is not open.`);
  }

  private async look(): Promise<void> {
    await this.room.look();
    this.showSize();
  }

  private showSize(): void {
    if (this.state === null || this.closed) return;
    const { oldestAt } = this.state.segments;
    const { bytes, diskFreeBytes } = this.usage;
    const ageMs = oldestAt === null ? 0 : this.options.clock.now() - oldestAt;
    this.shown.showSize({ bytes, diskFreeBytes, ageMs, pressure: this.pressure });
  }
}
