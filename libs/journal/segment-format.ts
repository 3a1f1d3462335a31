import { crc32 } from 'node:zlib';
import type { Lsn } from './entry.js';

/**
 * A segment: a header, twice (a flipped bit in it must not cost 64 MiB), then records without padding.
 *
 * Header, 32 bytes: magic `LWJRNL` · version u16 · first LSN u64 · salt u32 · zero u64 · CRC32 of the 28
 * before.
 * Record: magic u32 · CRC32 u32 · body length u32 · LSN u64 · body. The CRC covers all that follows it and is
 * seeded with the segment's salt: a payload that contains a whole forged record then fails the check, and so
 * cannot pass for one when a reader looks for the next good record after damage.
 */
const HEADER_COPY_BYTES = 32;
export const HEADER_BYTES = 2 * HEADER_COPY_BYTES;
export const RECORD_HEADER_BYTES = 20;
/** Header and the smallest body, a tick's. */
export const RECORD_MIN_BYTES = RECORD_HEADER_BYTES + 9;

const MAGIC = Buffer.from('LWJRNL', 'latin1');
const VERSION = 1;
/**
 * No record is larger, whatever `recordMaxBytes` was when it was written: a length beyond it is damage.
 * Bounds what a reader allocates for one.
 */
export const RECORD_LIMIT_BYTES = 16 * 1024 * 1024;
/** Not a text: no UTF-8 payload contains these bytes. */
export const RECORD_MAGIC = 0xf5c7ecf9;
export const RECORD_MAGIC_BYTES = Buffer.from([0xf5, 0xc7, 0xec, 0xf9]);

const NAME = /^(\d{16})\.journal$/;
const TWO_32 = 2 ** 32;

/** `0000000000000001.journal`: the LSN of the first record it was made for. */
export function segmentName(firstLsn: Lsn): string {
  return `${String(firstLsn).padStart(16, '0')}.journal`;
}

/** The first LSN of a file of that name; null for any other file. */
export function parseSegmentName(name: string): Lsn | null {
  const digits = NAME.exec(name)?.[1];
  const lsn = digits === undefined ? Number.NaN : Number(digits);
  return Number.isSafeInteger(lsn) && lsn > 0 ? lsn : null;
}

export function encodeHeader(firstLsn: Lsn, salt: number): Buffer {
  const copy = Buffer.alloc(HEADER_COPY_BYTES);
  MAGIC.copy(copy);
  copy.writeUInt16BE(VERSION, 6);
  copy.writeBigUInt64BE(BigInt(firstLsn), 8);
  copy.writeUInt32BE(salt, 16);
  copy.writeUInt32BE(crc32(copy.subarray(0, 28)), 28);
  return Buffer.concat([copy, copy]);
}

export type HeaderVerdict =
  | { readonly state: 'good'; readonly salt: number }
  | { readonly state: 'damaged' }
  | { readonly state: 'other-version'; readonly version: number };

/** Reads whichever copy is whole and made for `firstLsn`. */
export function decodeHeader(bytes: Buffer, firstLsn: Lsn): HeaderVerdict {
  for (const start of [0, HEADER_COPY_BYTES]) {
    const copy = bytes.subarray(start, start + HEADER_COPY_BYTES);
    if (copy.length < HEADER_COPY_BYTES || !copy.subarray(0, MAGIC.length).equals(MAGIC)) continue;
    if (crc32(copy.subarray(0, 28)) !== copy.readUInt32BE(28)) continue;
    if (copy.readUInt16BE(6) !== VERSION) return { state: 'other-version', version: copy.readUInt16BE(6) };
    if (copy.readBigUInt64BE(8) === BigInt(firstLsn)) return { state: 'good', salt: copy.readUInt32BE(16) };
  }
  return { state: 'damaged' };
}

export interface RecordHeader {
  readonly crc: number;
  readonly bodyBytes: number;
  readonly lsn: Lsn;
}

/** Null when there is no record magic at `at`. Needs {@link RECORD_HEADER_BYTES} bytes. */
export function readRecordHeader(bytes: Buffer, at: number): RecordHeader | null {
  if (bytes.readUInt32BE(at) !== RECORD_MAGIC) return null;
  return {
    crc: bytes.readUInt32BE(at + 4),
    bodyBytes: bytes.readUInt32BE(at + 8),
    lsn: bytes.readUInt32BE(at + 12) * TWO_32 + bytes.readUInt32BE(at + 16),
  };
}

/** Checksum of a record given from its length field on to its end. */
export function recordCrc(fromLength: Buffer, salt: number): number {
  return crc32(fromLength, salt);
}
