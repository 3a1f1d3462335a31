import type { Lsn } from './entry.js';
import type { SegmentFile } from './segment-files.js';
import {
  RECORD_HEADER_BYTES,
  RECORD_LIMIT_BYTES,
  RECORD_MAGIC_BYTES,
  RECORD_MIN_BYTES,
  readRecordHeader,
  recordCrc,
} from './segment-format.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * A record whose checksum is right. `body` is a view of the chunk that was read, which nothing overwrites.
 */
export interface FoundRecord {
  readonly lsn: Lsn;
  readonly offset: number;
  /** Of the whole record, header included. */
  readonly bytes: number;
  readonly body: Buffer;
}

/** Bytes that hold no good record. `lost` records are missing there, by the LSNs around them; 0 = unknown. */
export interface Damage {
  readonly offset: number;
  readonly bytes: number;
  readonly lost: number;
  /** It reaches the end of the scan: a torn tail, in the segment being written. */
  readonly atEnd: boolean;
  /**
   * At the end, and exactly as long as the record that begins there says: all of it was written once, so it
   * may have been acknowledged. A write that a kill or a full disk cut short is shorter.
   */
  readonly wholeRecord: boolean;
}

export interface ScanChunk {
  readonly records: readonly FoundRecord[];
  readonly damage: readonly Damage[];
}

export interface ScanOptions {
  readonly salt: number;
  /** Where a record begins. */
  readonly offset: number;
  /** Its LSN. LSNs in a segment have no gaps. */
  readonly expected: Lsn;
  /** Read up to here, exclusive. */
  readonly end: number;
}

type Verdict =
  | { readonly state: 'good'; readonly lsn: Lsn; readonly bytes: number }
  | { readonly state: 'bad' }
  | { readonly state: 'incomplete'; readonly bytes: number };

/**
 * Reads a segment forwards, a chunk at a time. After damage it looks for the next record magic whose checksum
 * and LSN are right: the LSN may have advanced by no more records than fit into the skipped bytes.
 */
export class SegmentScan {
  private offset: number;
  private expected: Lsn;
  private end: number;
  private damageAt: number | null = null;
  /** Where the record at {@link damageAt} ends, by its length field. */
  private damageClaims = 0;
  private chunkBytes = CHUNK_BYTES;

  constructor(
    private readonly file: SegmentFile,
    private readonly options: ScanOptions,
  ) {
    this.offset = options.offset;
    this.expected = options.expected;
    this.end = options.end;
  }

  /**
   * After the end was reached and more was written: reads on to `end`; `expected` is the LSN of what comes
   * next.
   */
  extend(end: number, expected: Lsn): void {
    this.end = end;
    this.expected = expected;
  }

  /** The next chunk's records, maybe none; null at the end. */
  async next(): Promise<ScanChunk | null> {
    if (this.offset >= this.end) return null;
    const chunk = Buffer.allocUnsafeSlow(Math.min(this.chunkBytes, this.end - this.offset));
    const read = await this.file.read(chunk, this.offset);
    if (read < chunk.length) this.end = this.offset + read;
    return this.parse(chunk.subarray(0, read));
  }

  private parse(chunk: Buffer): ScanChunk {
    const base = this.offset;
    const records: FoundRecord[] = [];
    const damage: Damage[] = [];
    let at = 0;
    this.chunkBytes = CHUNK_BYTES;
    while (at < chunk.length) {
      const verdict = this.examine(chunk, at);
      if (verdict.state === 'incomplete') {
        this.chunkBytes = Math.max(CHUNK_BYTES, verdict.bytes);
        break;
      }
      if (verdict.state === 'good') {
        this.endDamage(base + at, verdict.lsn - this.expected, false, damage);
        const end = at + verdict.bytes;
        const body = chunk.subarray(at + RECORD_HEADER_BYTES, end);
        records.push({ lsn: verdict.lsn, offset: base + at, bytes: verdict.bytes, body });
        this.expected = verdict.lsn + 1;
        at = end;
      } else {
        if (this.damageAt === null) this.beginDamage(chunk, at);
        at = nextCandidate(chunk, at + 1, base + chunk.length >= this.end);
        if (at > chunk.length - RECORD_MAGIC_BYTES.length) break;
      }
    }
    this.offset = base + at;
    if (this.offset >= this.end) this.endDamage(this.end, 0, true, damage);
    return { records, damage };
  }

  private examine(chunk: Buffer, at: number): Verdict {
    const left = this.end - this.offset - at;
    if (left < RECORD_MIN_BYTES) return { state: 'bad' };
    if (chunk.length - at < RECORD_HEADER_BYTES) return { state: 'incomplete', bytes: RECORD_HEADER_BYTES };
    const header = readRecordHeader(chunk, at);
    if (header === null) return { state: 'bad' };
    const bytes = RECORD_HEADER_BYTES + header.bodyBytes;
    if (bytes > RECORD_LIMIT_BYTES || bytes > left || !this.plausible(header.lsn, at))
      return { state: 'bad' };
    if (at + bytes > chunk.length) return { state: 'incomplete', bytes };
    const crc = recordCrc(chunk.subarray(at + 8, at + bytes), this.options.salt);
    return crc === header.crc ? { state: 'good', lsn: header.lsn, bytes } : { state: 'bad' };
  }

  private plausible(lsn: Lsn, at: number): boolean {
    if (this.damageAt === null) return lsn === this.expected;
    const skipped = this.offset + at - this.damageAt;
    return lsn >= this.expected && lsn - this.expected <= skipped / RECORD_MIN_BYTES;
  }

  private beginDamage(chunk: Buffer, at: number): void {
    this.damageAt = this.offset + at;
    const told = at + RECORD_HEADER_BYTES <= chunk.length;
    this.damageClaims = told ? this.damageAt + RECORD_HEADER_BYTES + chunk.readUInt32BE(at + 8) : 0;
  }

  private endDamage(end: number, lost: number, atEnd: boolean, damage: Damage[]): void {
    if (this.damageAt === null) return;
    const wholeRecord = atEnd && this.damageClaims === end;
    damage.push({ offset: this.damageAt, bytes: end - this.damageAt, lost, atEnd, wholeRecord });
    this.damageAt = null;
  }
}

/**
 * Where to look next; at the end of a chunk that is not the last, the bytes that may begin a magic are kept.
 */
function nextCandidate(chunk: Buffer, from: number, last: boolean): number {
  const found = chunk.indexOf(RECORD_MAGIC_BYTES, from);
  if (found >= 0) return found;
  return last ? chunk.length : Math.max(from, chunk.length - RECORD_MAGIC_BYTES.length + 1);
}
