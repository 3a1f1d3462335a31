import type { JournalBatch, JournalEntry, Lsn } from './entry.js';
import { decodeEntry } from './entry-codec.js';
import { systemErrorCode } from './journal-errors.js';
import type { Segment } from './segment.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';
import { type Damage, type FoundRecord, SegmentScan } from './segment-scan.js';
import type { SegmentSet } from './segment-set.js';
import type { Tail } from './tail.js';

/** What readers share of their journal. */
export interface ReaderHome {
  readonly files: SegmentFiles;
  readonly segments: SegmentSet;
  readonly tail: Tail;
  readonly durableLsn: Lsn;
  readonly isClosed: boolean;
  /** Resolves when more is durable, at once when `signal` aborts, or when the journal closes. */
  waitForMore(signal: AbortSignal | undefined): Promise<void>;
  /** Records lost to damage that nobody has counted yet. */
  countLost(records: number): void;
  /** A reader passed entries or left: the tail may forget what all have passed. */
  readerMoved(reader: JournalReader): void;
}

/** The segment a reader is in, while it reads from disk. */
interface DiskPlace {
  readonly segment: Segment;
  readonly file: SegmentFile;
  readonly scan: SegmentScan;
  /** Last LSN of the part that {@link scan} was told to read. */
  through: Lsn;
  found: FoundRecord[];
  next: number;
}

/** Follows the journal from one position on; independent of other readers. One {@link next} at a time. */
export class JournalReader {
  private place: DiskPlace | null = null;
  private closed = false;
  private reading = false;
  private positionLsn: Lsn;

  /** Made by `Journal.reader`. */
  constructor(
    private readonly home: ReaderHome,
    from: Lsn,
  ) {
    this.positionLsn = from;
  }

  /** LSN of the last entry handed out, or skipped as damaged. */
  get position(): Lsn {
    return this.positionLsn;
  }

  /**
   * The next durable entries, waiting when there is none; null when `signal` aborted or reader or journal was
   * closed. `maxEntries` ≥ 1; `maxBytes` is of encoded records, and the first entry comes even when it alone
   * exceeds it. Damaged records are skipped and counted. Rejects with a system error when the disk cannot be
   * read.
   */
  async next(maxEntries: number, maxBytes: number, signal?: AbortSignal): Promise<JournalBatch | null> {
    if (!(maxEntries >= 1)) throw new RangeError(`maxEntries is ${maxEntries}; it must be at least 1.`);
    if (this.reading) throw new Error('JournalReader.next was called before the last call was answered.');
    this.reading = true;
    try {
      while (!this.isOver(signal)) {
        const batch = await this.tryNext(maxEntries, maxBytes);
        if (batch !== null) {
          this.positionLsn = batch.last;
          this.home.readerMoved(this);
          return batch;
        }
        // Asked again, with no await before the wait: an abort or a close meanwhile would never wake it.
        if (this.isOver(signal)) return null;
        if (this.positionLsn >= this.home.durableLsn) await this.home.waitForMore(signal);
      }
      return null;
    } catch (error) {
      // Entries read before the error were not handed out: begin again at the position.
      await this.leaveDisk();
      throw error;
    } finally {
      this.reading = false;
      if (this.closed || this.home.isClosed) await this.leaveDisk();
    }
  }

  /** A waiting {@link next} answers null. */
  async close(): Promise<void> {
    this.closed = true;
    this.home.readerMoved(this);
    if (!this.reading) await this.leaveDisk();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  private isOver(signal: AbortSignal | undefined): boolean {
    return this.closed || this.home.isClosed || signal?.aborted === true;
  }

  private async tryNext(maxEntries: number, maxBytes: number): Promise<JournalBatch | null> {
    if (this.positionLsn >= this.home.durableLsn) return null;
    const batch = this.home.tail.read(this.positionLsn, maxEntries, maxBytes);
    if (batch === null) return this.fromDisk(maxEntries, maxBytes);
    if (this.place !== null) await this.leaveDisk();
    return batch;
  }

  /** Null when there was nothing good left in the segment: the position has moved past it then. */
  private async fromDisk(maxEntries: number, maxBytes: number): Promise<JournalBatch | null> {
    const place = await this.currentPlace();
    if (place === null) return null;
    const entries: { lsn: Lsn; entry: JournalEntry }[] = [];
    let bytes = 0;
    while (entries.length < maxEntries) {
      const record = await this.peek(place);
      if (record === null) break;
      bytes += record.bytes;
      if (entries.length > 0 && bytes > maxBytes) break;
      place.next++;
      if (record.lsn <= this.positionLsn) {
        bytes -= record.bytes;
        continue;
      }
      const entry = decodeEntry(record.body);
      if (entry === null) {
        if (place.segment.isNewDamage(record.offset)) this.home.countLost(1);
      } else {
        entries.push({ lsn: record.lsn, entry });
      }
    }
    const last = entries.at(-1);
    if (last === undefined) {
      this.positionLsn = Math.max(this.positionLsn, place.through);
      return null;
    }
    return { entries, last: last.lsn };
  }

  /** The next record of the segment, read ahead by chunks; null at the end of what was durable. */
  private async peek(place: DiskPlace): Promise<FoundRecord | null> {
    while (place.next >= place.found.length) {
      const chunk = await place.scan.next();
      if (chunk === null) return null;
      for (const damage of chunk.damage) this.noteDamage(place.segment, damage);
      place.found = [...chunk.records];
      place.next = 0;
    }
    return place.found[place.next] ?? null;
  }

  private noteDamage(segment: Segment, damage: Damage): void {
    if (segment.isNewDamage(damage.offset)) this.home.countLost(Math.max(1, damage.lost));
  }

  /** The place of the next entry: where it was, further on in the same segment, or in another. */
  private async currentPlace(): Promise<DiskPlace | null> {
    const segment = this.home.segments.firstAfter(this.positionLsn);
    if (this.place !== null && this.place.segment === segment) {
      if (this.positionLsn >= this.place.through) {
        this.place.scan.extend(segment.bytes, this.place.through + 1);
        this.place.through = segment.lastLsn;
      }
      return this.place;
    }
    await this.leaveDisk();
    if (segment === null) {
      this.positionLsn = this.home.durableLsn;
      return null;
    }
    if (segment.salt === null) {
      this.positionLsn = segment.lastLsn;
      return null;
    }
    return this.enter(segment, segment.salt);
  }

  private async enter(segment: Segment, salt: number): Promise<DiskPlace | null> {
    const { files } = this.home;
    const start = segment.startFor(this.positionLsn);
    const { bytes: end, lastLsn: through } = segment;
    try {
      const file = await files.open(segment.path, 'read');
      const options = { salt, offset: start.offset, expected: start.lsn, end };
      this.place = { segment, file, scan: new SegmentScan(file, options), through, found: [], next: 0 };
      return this.place;
    } catch (error) {
      // Released in between: the next try finds the oldest segment that is left.
      if (systemErrorCode(error) === 'ENOENT' && !this.home.segments.has(segment)) return null;
      throw error;
    }
  }

  private async leaveDisk(): Promise<void> {
    const { place } = this;
    this.place = null;
    await place?.file.close();
  }
}
