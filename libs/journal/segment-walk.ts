import { basename } from 'node:path';
import type { Lsn } from './entry.js';
import { systemErrorCode } from './journal-errors.js';
import { Segment } from './segment.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';
import { decodeHeader, HEADER_BYTES, parseSegmentName, RECORD_MIN_BYTES } from './segment-format.js';
import { type Damage, type FoundRecord, SegmentScan } from './segment-scan.js';

/** A torn end is looked at again: a live journal may be writing it at this moment. */
const LOOKS_AT_END = 5;
const LOOK_AGAIN_MS = 50;

/** What is wrong in a segment file. Only `torn-tail` is no damage: a killed process leaves one. */
export interface JournalFlaw {
  readonly kind:
    | 'corrupt-records'
    | 'unknown-entry'
    | 'corrupt-header'
    | 'other-version'
    | 'missing-entries'
    | 'repeated-entries'
    | 'torn-tail';
  /** File name. */
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  /** Entries that are lost by it, as far as LSNs tell. */
  readonly lostRecords: number;
  readonly detail: string;
}

export interface WalkedSegment {
  /** File name. */
  readonly name: string;
  readonly firstLsn: Lsn;
  /** `firstLsn` − 1 when there is none. */
  readonly lastLsn: Lsn;
  readonly bytes: number;
}

export interface WalkVisitor {
  record(record: FoundRecord, segment: string): void;
  flaw(flaw: JournalFlaw): void;
  segment(segment: WalkedSegment): void;
}

/**
 * Reads every record of a journal folder, oldest first, and changes nothing: the journal may be live. What is
 * written or released meanwhile is left out. `sleep` waits for a live journal to finish a write.
 */
export async function walkSegments(
  folder: string,
  files: SegmentFiles,
  sleep: (ms: number) => Promise<void>,
  visitor: WalkVisitor,
): Promise<void> {
  const firsts = (await files.list(folder))
    .map(parseSegmentName)
    .filter((first) => first !== null)
    .sort((a, b) => a - b);
  let previous: WalkedSegment | null = null;
  for (const [index, firstLsn] of firsts.entries()) {
    const walk = new SegmentWalk(folder, files, sleep, visitor);
    const walked = await walk.segment(firstLsn, firsts[index + 1] ?? null);
    if (walked === null) continue;
    if (previous !== null) compare(previous, walked, visitor);
    visitor.segment(walked);
    previous = walked;
  }
}

function compare(previous: WalkedSegment, next: WalkedSegment, visitor: WalkVisitor): void {
  const missing = next.firstLsn - previous.lastLsn - 1;
  if (missing === 0) return;
  visitor.flaw({
    kind: missing > 0 ? 'missing-entries' : 'repeated-entries',
    segment: next.name,
    ...{ offset: 0, bytes: 0, lostRecords: Math.max(0, missing) },
    detail: `it begins with entry ${next.firstLsn}, ${previous.name} ends with ${previous.lastLsn}`,
  });
}

class SegmentWalk {
  private lastLsn: Lsn = 0;

  constructor(
    private readonly folder: string,
    private readonly files: SegmentFiles,
    private readonly sleep: (ms: number) => Promise<void>,
    private readonly visitor: WalkVisitor,
  ) {}

  /** Null when it was released meanwhile. `nextFirst` is null for the last, which may be being written. */
  async segment(firstLsn: Lsn, nextFirst: Lsn | null): Promise<WalkedSegment | null> {
    const { path } = new Segment(this.folder, firstLsn, null);
    const name = basename(path);
    this.lastLsn = firstLsn - 1;
    let file: SegmentFile;
    try {
      file = await this.files.open(path, 'read');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
    try {
      const bytes = await this.read(file, name, firstLsn, nextFirst);
      return { name, firstLsn, lastLsn: this.lastLsn, bytes };
    } finally {
      await file.close();
    }
  }

  private async read(file: SegmentFile, name: string, firstLsn: Lsn, nextFirst: Lsn | null): Promise<number> {
    let size = await file.size();
    const salt = await this.header(file, name, firstLsn, nextFirst, size);
    if (salt === null) return size;
    let start = { offset: HEADER_BYTES, expected: firstLsn };
    for (let look = 1; ; look++) {
      const tail = await this.scan(new SegmentScan(file, { salt, ...start, end: size }), name);
      if (tail === null) return size;
      if (nextFirst !== null || tail.wholeRecord || look === LOOKS_AT_END) {
        this.tail(tail, name, nextFirst);
        return size;
      }
      await this.sleep(LOOK_AGAIN_MS);
      start = { offset: tail.offset, expected: this.lastLsn + 1 };
      size = await file.size();
    }
  }

  private async header(
    file: SegmentFile,
    name: string,
    firstLsn: Lsn,
    nextFirst: Lsn | null,
    size: number,
  ): Promise<number | null> {
    const bytes = Buffer.alloc(Math.min(HEADER_BYTES, size));
    await file.read(bytes, 0);
    const verdict = decodeHeader(bytes, firstLsn);
    if (verdict.state === 'good') return verdict.salt;
    const flaw = { segment: name, offset: 0, bytes: size };
    if (nextFirst === null && size <= HEADER_BYTES && verdict.state === 'damaged') {
      const detail = 'it was never finished; the next start begins it again';
      this.visitor.flaw({ ...flaw, kind: 'torn-tail', lostRecords: 0, detail });
      return null;
    }
    if (nextFirst !== null) this.lastLsn = nextFirst - 1;
    const lostRecords = nextFirst === null ? 0 : nextFirst - firstLsn;
    const other = verdict.state === 'other-version';
    const detail = other ? `it has format ${verdict.version}` : 'neither copy of its header can be read';
    this.visitor.flaw({ ...flaw, kind: other ? 'other-version' : 'corrupt-header', lostRecords, detail });
    return null;
  }

  /** Answers the bytes at the end that are no record. */
  private async scan(scan: SegmentScan, name: string): Promise<Damage | null> {
    let tail: Damage | null = null;
    for (let chunk = await scan.next(); chunk !== null; chunk = await scan.next()) {
      for (const record of chunk.records) {
        this.lastLsn = record.lsn;
        this.visitor.record(record, name);
      }
      for (const damage of chunk.damage) {
        if (damage.atEnd) tail = damage;
        else this.corrupt(damage, name, Math.max(1, damage.lost), 'the checksum is wrong');
      }
    }
    return tail;
  }

  private tail(tail: Damage, name: string, nextFirst: Lsn | null): void {
    if (nextFirst !== null) {
      const missing = Math.min(nextFirst - 1 - this.lastLsn, Math.floor(tail.bytes / RECORD_MIN_BYTES));
      this.lastLsn += missing;
      this.corrupt(tail, name, Math.max(1, missing), 'another segment follows, so it was once whole');
    } else if (tail.wholeRecord) {
      this.lastLsn++;
      this.corrupt(
        tail,
        name,
        1,
        'the checksum of the newest record is wrong: flipped, or a power cut in its write',
      );
    } else {
      const { offset, bytes } = tail;
      const detail = 'an unfinished write, of which nobody was told; the next start cuts it off';
      this.visitor.flaw({ kind: 'torn-tail', segment: name, offset, bytes, lostRecords: 0, detail });
    }
  }

  private corrupt(damage: Damage, name: string, lostRecords: number, detail: string): void {
    const { offset, bytes } = damage;
    this.visitor.flaw({ kind: 'corrupt-records', segment: name, offset, bytes, lostRecords, detail });
  }
}
