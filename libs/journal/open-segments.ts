import { join } from 'node:path';
import type { Lsn } from './entry.js';
import { decodeEntry } from './entry-codec.js';
import { Segment } from './segment.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';
import {
  decodeHeader,
  HEADER_BYTES,
  parseSegmentName,
  RECORD_MIN_BYTES,
  segmentName,
} from './segment-format.js';
import { type Damage, SegmentScan } from './segment-scan.js';
import type { ActiveSegment } from './segment-set.js';

/** Damage is listed up to here, and counted beyond. */
const MAX_LISTED = 100;

/** Bytes of a segment that cannot be read; the entries in them are lost. */
export interface DamagedRange {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  /** At least 1; told by the LSNs around it where they tell. */
  readonly lostRecords: number;
}

/** What opening a journal found. */
export interface OpenReport {
  readonly segments: number;
  readonly bytes: number;
  readonly entries: number;
  /** LSN that the next entry gets. */
  readonly nextLsn: Lsn;
  /** Bytes of an unfinished write that were cut off the end: nobody was told that they are safe. */
  readonly tornBytes: number;
  readonly corruptRecords: number;
  /** The first 100. */
  readonly damaged: readonly DamagedRange[];
}

export interface OpenedSegments {
  readonly closed: readonly Segment[];
  readonly active: ActiveSegment | null;
  readonly report: Omit<OpenReport, 'segments' | 'bytes'>;
}

/** Reads every segment of a folder: checks each record, cuts a torn tail, and finds the next LSN. */
export class SegmentOpener {
  private readonly damaged: DamagedRange[] = [];
  private corruptRecords = 0;
  private tornBytes = 0;
  private entries = 0;
  private nextLsn: Lsn = 1;

  constructor(
    private readonly folder: string,
    private readonly files: SegmentFiles,
  ) {}

  async open(): Promise<OpenedSegments> {
    await this.files.makeFolder(this.folder);
    const firsts = (await this.files.list(this.folder))
      .map(parseSegmentName)
      .filter((first) => first !== null)
      .sort((a, b) => a - b);
    const last = firsts.pop();
    const closed: Segment[] = [];
    for (const [index, first] of firsts.entries()) {
      closed.push(await this.openClosed(first, firsts[index + 1] ?? last ?? first));
    }
    const opened = last === undefined ? null : await this.openLast(last);
    if (opened instanceof Segment) closed.push(opened);
    const { entries, nextLsn, tornBytes, corruptRecords, damaged } = this;
    return {
      closed,
      active: opened instanceof Segment ? null : opened,
      report: { entries, nextLsn, tornBytes, corruptRecords, damaged },
    };
  }

  /** A segment that another follows: bytes at its end that are no record are damage, too. */
  private async openClosed(first: Lsn, nextFirst: Lsn): Promise<Segment> {
    const path = new Segment(this.folder, first, null).path;
    const file = await this.files.open(path, 'read');
    try {
      const { segment, size, tail } = await this.scan(file, first);
      segment.bytes = size;
      if (tail !== null) {
        const missing = Math.min(nextFirst - 1 - segment.lastLsn, Math.floor(tail.bytes / RECORD_MIN_BYTES));
        this.noteDamage(segment, { ...tail, lost: missing });
      }
      if (segment.salt === null) {
        segment.lastLsn = nextFirst - 1;
        this.noteDamage(segment, { offset: 0, bytes: size, lost: nextFirst - first });
      }
      return segment;
    } finally {
      await file.close();
    }
  }

  /**
   * The segment to continue; null when it was never finished; a closed one when its header is beyond reading.
   */
  private async openLast(first: Lsn): Promise<ActiveSegment | Segment | null> {
    const path = new Segment(this.folder, first, null).path;
    const file = await this.files.open(path, 'write');
    try {
      return await this.takeLast(file, path, first);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private async takeLast(
    file: SegmentFile,
    path: string,
    first: Lsn,
  ): Promise<ActiveSegment | Segment | null> {
    this.nextLsn = first;
    const { segment, size, tail } = await this.scan(file, first);
    if (segment.salt !== null) {
      if (tail?.wholeRecord) {
        // It may have been acknowledged: its bytes stay, and nobody else gets its LSN.
        this.noteDamage(segment, tail);
        segment.lastLsn++;
      } else if (tail !== null) {
        this.tornBytes = tail.bytes;
        await file.truncate(tail.offset);
        segment.bytes = tail.offset;
      }
      this.nextLsn = segment.lastLsn + 1;
      // What a killed process wrote, and the file's name, may be in the cache only; readers will act on it.
      await file.datasync();
      await this.files.syncFolder(this.folder);
      return { segment, salt: segment.salt, file };
    }
    if (size <= HEADER_BYTES) {
      await file.close();
      this.tornBytes = size;
      await this.files.remove(path);
      return null;
    }
    this.noteDamage(segment, { offset: 0, bytes: size, lost: 0 });
    await file.close();
    segment.bytes = size;
    segment.lastLsn = first - 1 + Math.floor((size - HEADER_BYTES) / RECORD_MIN_BYTES);
    this.nextLsn = segment.lastLsn + 1;
    return segment;
  }

  private async scan(
    file: SegmentFile,
    first: Lsn,
  ): Promise<{ readonly segment: Segment; readonly size: number; readonly tail: Damage | null }> {
    const size = await file.size();
    const header = Buffer.alloc(Math.min(HEADER_BYTES, size));
    await file.read(header, 0);
    const verdict = decodeHeader(header, first);
    if (verdict.state === 'other-version') {
      throw new Error(
        `Journal segment ${join(this.folder, segmentName(first))} has format ${verdict.version}, which ` +
          'this version of Liftwarden does not know; start the version that wrote it.',
      );
    }
    const salt = verdict.state === 'good' ? verdict.salt : null;
    const segment = new Segment(this.folder, first, salt);
    if (salt === null) {
      return { segment, size, tail: null };
    }
    return { segment, size, tail: await this.scanRecords(file, segment, salt, size) };
  }

  /** Returns the bytes at the end that are no record. */
  private async scanRecords(
    file: SegmentFile,
    segment: Segment,
    salt: number,
    end: number,
  ): Promise<Damage | null> {
    const start = { offset: HEADER_BYTES, expected: segment.firstLsn };
    const scan = new SegmentScan(file, { salt, ...start, end });
    let tail: Damage | null = null;
    segment.bytes = end;
    for (let chunk = await scan.next(); chunk !== null; chunk = await scan.next()) {
      for (const record of chunk.records) {
        segment.note(record.lsn, record.offset);
        segment.oldestAt ??= decodeEntry(record.body)?.receivedAt ?? null;
        this.entries++;
      }
      for (const damage of chunk.damage) {
        if (damage.atEnd) tail = damage;
        else this.noteDamage(segment, damage);
      }
    }
    return tail;
  }

  private noteDamage(segment: Segment, damage: Pick<Damage, 'offset' | 'bytes' | 'lost'>): void {
    const { offset, bytes } = damage;
    const lostRecords = Math.max(1, damage.lost);
    segment.isNewDamage(offset);
    this.corruptRecords += lostRecords;
    if (this.damaged.length < MAX_LISTED) {
      this.damaged.push({ segment: segment.path, offset, bytes, lostRecords });
    }
  }
}
