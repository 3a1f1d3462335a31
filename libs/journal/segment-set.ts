import { randomInt } from 'node:crypto';
import type { Lsn } from './entry.js';
import type { Group } from './group.js';
import { JournalFailedError, JournalFullError, NotSyncedError, systemErrorCode } from './journal-errors.js';
import { Segment } from './segment.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';
import { encodeHeader } from './segment-format.js';

const NO_SPACE_CODES: ReadonlySet<string | null> = new Set(['ENOSPC', 'EDQUOT']);

export interface ActiveSegment {
  readonly segment: Segment;
  readonly salt: number;
  readonly file: SegmentFile;
}

/** The segment files of one folder, oldest first; the last is the one being written. */
export class SegmentSet {
  private closedBytes = 0;
  private readonly segments: Segment[];
  private active: ActiveSegment | null = null;
  private releasing: Promise<void> = Promise.resolve();

  /** `segments` are closed ones, ascending. Call {@link start} before anything is written. */
  constructor(
    private readonly folder: string,
    private readonly files: SegmentFiles,
    private readonly segmentBytes: number,
    segments: readonly Segment[],
  ) {
    this.segments = [...segments];
    for (const segment of segments) this.closedBytes += segment.bytes;
  }

  get count(): number {
    return this.segments.length;
  }

  get totalBytes(): number {
    return this.closedBytes + (this.active?.segment.bytes ?? 0);
  }

  /** First LSN that may still be here; null when no entry is. */
  get oldestLsn(): Lsn | null {
    return this.segments.find((segment) => !segment.isEmpty)?.firstLsn ?? null;
  }

  /** `receivedAt` of the oldest entry, ms; null when there is none. */
  get oldestAt(): number | null {
    return this.segments.find((segment) => segment.oldestAt !== null)?.oldestAt ?? null;
  }

  /** Continues an existing segment, or makes the one that begins with `next`. */
  async start(existing: ActiveSegment | null, next: Lsn): Promise<void> {
    if (existing === null) {
      await this.roll(next);
      return;
    }
    this.segments.push(existing.segment);
    this.active = existing;
  }

  /** The oldest segment with an entry after `position`. */
  firstAfter(position: Lsn): Segment | null {
    return this.segments.find((segment) => segment.lastLsn > position) ?? null;
  }

  has(segment: Segment): boolean {
    return this.segments.includes(segment);
  }

  /**
   * Writes and syncs a group whose first LSN is `first`. Throws JournalFullError with the files as they were,
   * or JournalFailedError, after which nothing may be written.
   */
  async write(group: Group, first: Lsn): Promise<void> {
    const before = this.activeOrThrow().segment;
    if (!before.isEmpty && before.bytes + group.bytes > this.segmentBytes) await this.roll(first);
    const { segment, salt, file } = this.activeOrThrow();
    const bytes = group.seal(first, salt);
    try {
      await file.writeDurably(bytes, segment.bytes);
    } catch (error) {
      if (error instanceof NotSyncedError) throw notSynced(segment.path, error.cause);
      await this.undoWrite(error, file, segment);
    }
    const start = segment.bytes;
    const { ends } = group;
    for (let index = 0, at = 0; index < ends.length; index++) {
      segment.note(first + index, start + at);
      at = ends[index] ?? at;
    }
    segment.oldestAt ??= group.entries[0]?.receivedAt ?? null;
    segment.bytes = start + bytes.length;
  }

  /**
   * Closes the segment being written and begins one whose first LSN is `first`. Throws as {@link write} does.
   */
  async roll(first: Lsn): Promise<void> {
    const salt = randomInt(2 ** 32);
    const segment = new Segment(this.folder, first, salt);
    const file = await this.createFile(segment.path, encodeHeader(first, salt));
    const previous = this.active;
    this.active = { segment, salt, file };
    this.segments.push(segment);
    if (previous === null) return;
    this.closedBytes += previous.segment.bytes;
    await previous.file.close();
  }

  /**
   * Deletes segments, oldest first, while every LSN in them is below `before`; never the one being written.
   */
  release(before: Lsn): Promise<void> {
    const run = this.releasing.then(() => this.releaseNow(before));
    this.releasing = run.catch(() => {});
    return run;
  }

  async close(): Promise<void> {
    await this.releasing;
    const { active } = this;
    if (active === null) return;
    this.active = null;
    this.closedBytes += active.segment.bytes;
    await active.file.close();
  }

  private async releaseNow(before: Lsn): Promise<void> {
    for (let oldest = this.segments[0]; oldest !== undefined; oldest = this.segments[0]) {
      if (this.segments.length === 1 || oldest.lastLsn >= before) return;
      // Out of the list first: a reader that finds the file gone then knows why.
      this.segments.shift();
      try {
        await this.files.remove(oldest.path);
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT') {
          this.segments.unshift(oldest);
          throw error;
        }
      }
      this.closedBytes -= oldest.bytes;
    }
  }

  private async createFile(path: string, header: Buffer): Promise<SegmentFile> {
    let file: SegmentFile | null = null;
    try {
      file = await this.files.create(path);
      await file.write(header, 0);
    } catch (error) {
      await this.undoCreate(error, file, path);
    }
    if (file === null) throw new JournalFailedError(`Journal segment ${path} was not made.`);
    await this.datasync(file, path);
    try {
      await this.files.syncFolder(this.folder);
    } catch (error) {
      throw failed(`fsync of the journal folder ${this.folder}`, error);
    }
    return file;
  }

  /** Always throws. A half-made segment must not stay: the next attempt uses the same name. */
  private async undoCreate(error: unknown, file: SegmentFile | null, path: string): Promise<never> {
    try {
      if (file !== null) {
        await file.close();
        await this.files.remove(path);
      }
    } catch (removal) {
      throw failed(`removal of the half-made journal segment ${path}`, removal);
    }
    throw NO_SPACE_CODES.has(systemErrorCode(error))
      ? noSpace(path, error)
      : failed(`creation of journal segment ${path}`, error);
  }

  /** Always throws. After ENOSPC a part may be in the file: cut it off, and the journal stays usable. */
  private async undoWrite(error: unknown, file: SegmentFile, segment: Segment): Promise<never> {
    if (!NO_SPACE_CODES.has(systemErrorCode(error))) {
      throw failed(`write to journal segment ${segment.path}`, error);
    }
    try {
      await file.truncate(segment.bytes);
    } catch (truncation) {
      throw failed(`truncation of journal segment ${segment.path} after a full disk`, truncation);
    }
    throw noSpace(segment.path, error);
  }

  private async datasync(file: SegmentFile, path: string): Promise<void> {
    try {
      await file.datasync();
    } catch (error) {
      throw notSynced(path, error);
    }
  }

  private activeOrThrow(): ActiveSegment {
    if (this.active === null) throw new Error(`Journal in ${this.folder} is not open.`);
    return this.active;
  }
}

function failed(what: string, cause: unknown): JournalFailedError {
  const code = systemErrorCode(cause) ?? String(cause);
  return new JournalFailedError(
    `${what} failed: ${code}. The journal takes nothing more; check the disk and restart.`,
    { cause },
  );
}

/** ENOSPC from fsync counts as failed too: which pages were written is unknown then. */
function notSynced(path: string, cause: unknown): JournalFailedError {
  return failed(`fdatasync of journal segment ${path}`, cause);
}

function noSpace(path: string, cause: unknown): JournalFullError {
  return new JournalFullError('no-space', `No space on the disk of ${path}; free some.`, { cause });
}
