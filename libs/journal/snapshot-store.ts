import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, Metrics } from '#runtime';
import type { Lsn } from './entry.js';
import { systemErrorCode } from './journal-errors.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';
import {
  encodeSnapshotHeader,
  readSnapshotBlocks,
  readSnapshotHeader,
  type SnapshotBlock,
  SnapshotDamagedError,
  SnapshotFramer,
  type SnapshotHeader,
} from './snapshot-format.js';
import { SnapshotMetrics } from './snapshot-metrics.js';

const SLOTS = ['a', 'b'] as const;
type Slot = (typeof SLOTS)[number];

/** Synced this often while it is written: one sync at the end would stall the journal's on the same disk. */
const SYNC_EVERY_BYTES = 2 * 1024 * 1024;
/** As fast as it is written beside a running journal; at 85 MB a second its appends took 96 ms and not 7. */
const BYTES_PER_MS = 32 * 1024;

/** Where a snapshot's content comes from, and how it is written. */
export interface SnapshotContent {
  /** Position whose state the blocks are. */
  readonly lsn: Lsn;
  /** Taken one at a time, with the event loop turning between them. */
  readonly blocks: Iterable<SnapshotBlock>;
  /** Awaited when all are written, before the file takes its place; rejects when they must not be used. */
  readonly confirm: () => Promise<void>;
  /**
   * At most 32 MB a second, beside a running journal; once this is aborted, at a stop, as fast as it goes.
   */
  readonly hurry: AbortSignal;
}

export interface SnapshotStoreOptions {
  readonly folder: string;
  /** `NAME-a.snapshot` and `NAME-b.snapshot` are its files. */
  readonly name: string;
  /** Changes when the meaning of the blocks does: a file with another is not read. */
  readonly contentVersion: number;
  readonly files: SegmentFiles;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'sleep'>;
  readonly metrics: Metrics;
}

/** A file that was there and could not be used. */
export interface RejectedSnapshot {
  readonly path: string;
  readonly reason: 'damaged' | 'other-version';
  readonly detail: string;
}

export interface RestoredSnapshot {
  /** Position of what was loaded; 0 when nothing was. */
  readonly lsn: Lsn;
  readonly bytes: number;
  readonly rejected: readonly RejectedSnapshot[];
}

interface Candidate {
  readonly slot: Slot;
  readonly file: SegmentFile;
  readonly header: SnapshotHeader;
}

/**
 * Two snapshots of what a reader has made of the journal, the newest two: when one cannot be read at the next
 * start, the other can, and {@link safeLsn} sees to it that the journal still holds what came after it.
 */
export class SnapshotStore {
  private readonly shown: SnapshotMetrics;
  /** Positions of the files that are known to be whole. */
  private readonly lsns = new Map<Slot, Lsn>();
  private newest: Slot = 'b';
  private newestBytes = 0;

  /** Made by `Journal.snapshots`. */
  constructor(private readonly options: SnapshotStoreOptions) {
    this.shown = new SnapshotMetrics(options.metrics, options.name, options.clock);
  }

  /**
   * Entries up to here may be released as far as the snapshots go: both files have them. 0 until both were
   * written or read whole by this process.
   */
  get safeLsn(): Lsn {
    return Math.min(this.lsns.get('a') ?? 0, this.lsns.get('b') ?? 0);
  }

  /** Position of the newest; null when there is none. */
  get newestLsn(): Lsn | null {
    return this.lsns.get(this.newest) ?? null;
  }

  /** Size of the newest; 0 when there is none. */
  get bytes(): number {
    return this.newestBytes;
  }

  /**
   * Hands the blocks of the newest usable file to `load`, in order. A file may turn out damaged half-way:
   * `reset` then takes back what `load` did, and the other file is tried.
   */
  async restore(load: (block: SnapshotBlock) => void, reset: () => void): Promise<RestoredSnapshot> {
    const rejected: RejectedSnapshot[] = [];
    const candidates: Candidate[] = [];
    try {
      for (const slot of SLOTS) await this.examine(slot, candidates, rejected);
      candidates.sort((a, b) => b.header.lsn - a.header.lsn || b.header.takenAt - a.header.takenAt);
      for (const { slot, file, header } of candidates) {
        try {
          for await (const block of readSnapshotBlocks(file, header)) load(block);
        } catch (error) {
          reset();
          rejected.push({ path: this.path(slot), reason: 'damaged', detail: textOf(error) });
          continue;
        }
        this.took(slot, header, await file.size());
        return { lsn: header.lsn, bytes: this.newestBytes, rejected };
      }
      return { lsn: 0, bytes: 0, rejected };
    } finally {
      for (const { file } of candidates) await file.close();
      this.shown.unreadable.inc({ name: this.options.name }, rejected.length);
    }
  }

  /**
   * Writes a state over the older of the two files. On any rejection the files are as they were. One at a
   * time.
   */
  async write(content: SnapshotContent): Promise<void> {
    const { lsn, confirm } = content;
    const { files, folder, clock, name, contentVersion } = this.options;
    const slot = this.newest === 'a' ? 'b' : 'a';
    const draft = join(folder, `${name}.snapshot.new`);
    const began = clock.monotonicMs();
    const header = { lsn, takenAt: clock.now(), contentVersion, salt: randomInt(2 ** 32) };
    try {
      await this.removeDraft(draft);
      const bytes = await this.writeDraft(draft, header, content);
      await confirm();
      this.lsns.delete(slot);
      await files.rename(draft, this.path(slot));
      await files.syncFolder(folder);
      this.took(slot, header, bytes);
    } catch (error) {
      this.shown.failures.inc({ name });
      // A full disk needs these bytes; when even that fails, the next write tries again.
      await this.removeDraft(draft).catch(() => {});
      throw error;
    }
    this.shown.seconds.observe({ name }, (clock.monotonicMs() - began) / 1000);
  }

  private async writeDraft(
    draft: string,
    header: SnapshotHeader,
    { blocks, hurry }: SnapshotContent,
  ): Promise<number> {
    const { files, clock } = this.options;
    const framer = new SnapshotFramer(header.salt);
    const file = await files.create(draft);
    const began = clock.monotonicMs();
    try {
      let offset = 0;
      let synced = 0;
      const put = async (bytes: Buffer) => {
        await file.write(bytes, offset);
        offset += bytes.length;
        if (offset - synced >= SYNC_EVERY_BYTES) {
          await file.datasync();
          synced = offset;
        }
        const aheadMs = offset / BYTES_PER_MS - (clock.monotonicMs() - began);
        if (aheadMs >= 1 && !hurry.aborted) await clock.sleep(aheadMs, hurry);
      };
      await put(encodeSnapshotHeader(header));
      for (const block of blocks) await put(framer.block(block));
      await put(framer.end());
      await file.datasync();
      return offset;
    } finally {
      await file.close();
    }
  }

  private async examine(slot: Slot, candidates: Candidate[], rejected: RejectedSnapshot[]): Promise<void> {
    const path = this.path(slot);
    let file: SegmentFile | null = null;
    try {
      file = await this.options.files.open(path, 'read');
      const header = await readSnapshotHeader(file);
      const { contentVersion } = this.options;
      if (header.contentVersion === contentVersion) {
        candidates.push({ slot, file, header });
        return;
      }
      const detail = `its content has version ${header.contentVersion}, this version reads ${contentVersion}`;
      rejected.push({ path, reason: 'other-version', detail });
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return;
      rejected.push({ path, reason: 'damaged', detail: textOf(error) });
    }
    await file?.close();
  }

  private took(slot: Slot, header: SnapshotHeader, bytes: number): void {
    this.lsns.set(slot, header.lsn);
    this.newest = slot;
    this.newestBytes = bytes;
    this.shown.took(header.takenAt, bytes);
  }

  private async removeDraft(draft: string): Promise<void> {
    try {
      await this.options.files.remove(draft);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }

  private path(slot: Slot): string {
    return join(this.options.folder, `${this.options.name}-${slot}.snapshot`);
  }
}

function textOf(error: unknown): string {
  return error instanceof SnapshotDamagedError ? error.message : String(error);
}
