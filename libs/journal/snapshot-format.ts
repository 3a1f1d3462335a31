import { crc32 } from 'node:zlib';
import type { Lsn } from './entry.js';
import type { SegmentFile } from './segment-files.js';

/**
 * A snapshot file: a header, then blocks; the last, of kind 0, says how many there were, so that a file that
 * was cut off at a block does not pass for a whole one. Numbers are big-endian.
 *
 * Header, 40 bytes: magic `LWSNAP` · container version u16 · content version u32 · LSN u64 · taken at f64, ms
 * · salt u32 · zero u32 · CRC32 of the 36 before.
 * Block: CRC32 u32 · kind u32 · length u32 · bytes. The CRC covers all that follows it and is seeded with
 * salt + ordinal: a block that is missing, doubled or of another file shows.
 */
export const SNAPSHOT_HEADER_BYTES = 40;
const BLOCK_HEADER_BYTES = 12;
const MAGIC = Buffer.from('LWSNAP', 'latin1');
const CONTAINER_VERSION = 1;
const TWO_32 = 2 ** 32;
const END = 0;
/** A length beyond it is damage; bounds what reading one allocates. */
export const SNAPSHOT_BLOCK_MAX_BYTES = 64 * 1024 * 1024;

/** A part of a snapshot's content. What `kind` (1…255) and `bytes` mean is the owner's business. */
export interface SnapshotBlock {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export interface SnapshotHeader {
  readonly lsn: Lsn;
  /** ms since 1970 UTC. */
  readonly takenAt: number;
  /** Changes when the owner's blocks do. */
  readonly contentVersion: number;
  readonly salt: number;
}

/** The file cannot be used: its message says where and why. */
export class SnapshotDamagedError extends Error {
  override readonly name = 'SnapshotDamagedError';
}

export function encodeSnapshotHeader(header: SnapshotHeader): Buffer {
  const bytes = Buffer.alloc(SNAPSHOT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16BE(CONTAINER_VERSION, 6);
  bytes.writeUInt32BE(header.contentVersion, 8);
  bytes.writeBigUInt64BE(BigInt(header.lsn), 12);
  bytes.writeDoubleBE(header.takenAt, 20);
  bytes.writeUInt32BE(header.salt, 28);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** Frames the blocks of one file, in order, each in the same buffer: a snapshot may be hundreds of them. */
export class SnapshotFramer {
  private frame = Buffer.alloc(0);
  private count = 0;

  constructor(private readonly salt: number) {}

  /** The block as it stands in the file; valid until the next is framed. */
  block(block: SnapshotBlock): Buffer {
    const { kind, bytes } = block;
    const size = BLOCK_HEADER_BYTES + bytes.length;
    if (this.frame.length < size) this.frame = Buffer.allocUnsafeSlow(Math.ceil(size * 1.2));
    const { frame } = this;
    frame.writeUInt32BE(kind, 4);
    frame.writeUInt32BE(bytes.length, 8);
    frame.set(bytes, BLOCK_HEADER_BYTES);
    frame.writeUInt32BE(crc32(frame.subarray(4, size), (this.salt + this.count++) % TWO_32), 0);
    return frame.subarray(0, size);
  }

  /** What ends the file. */
  end(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.count);
    return this.block({ kind: END, bytes });
  }
}

/** Throws SnapshotDamagedError when it is no header, or of another container version. */
export async function readSnapshotHeader(file: SegmentFile): Promise<SnapshotHeader> {
  const bytes = Buffer.alloc(SNAPSHOT_HEADER_BYTES);
  if ((await file.read(bytes, 0)) < bytes.length) throw new SnapshotDamagedError('it ends in its header');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new SnapshotDamagedError('it has no header');
  if (crc32(bytes.subarray(0, 36)) !== bytes.readUInt32BE(36)) {
    throw new SnapshotDamagedError('the checksum of its header is wrong');
  }
  const version = bytes.readUInt16BE(6);
  if (version !== CONTAINER_VERSION) {
    throw new SnapshotDamagedError(`it has format ${version}, this version knows ${CONTAINER_VERSION}`);
  }
  return {
    contentVersion: bytes.readUInt32BE(8),
    lsn: Number(bytes.readBigUInt64BE(12)),
    takenAt: bytes.readDoubleBE(20),
    salt: bytes.readUInt32BE(28),
  };
}

/** The blocks in order, each checked. Throws SnapshotDamagedError, also at the end when some are missing. */
export async function* readSnapshotBlocks(
  file: SegmentFile,
  header: SnapshotHeader,
): AsyncGenerator<SnapshotBlock> {
  const size = await file.size();
  const frame = Buffer.alloc(BLOCK_HEADER_BYTES);
  let offset = SNAPSHOT_HEADER_BYTES;
  for (let ordinal = 0; ; ordinal++) {
    if ((await file.read(frame, offset)) < frame.length) throw damagedAt(offset, 'the file ends too early');
    const length = frame.readUInt32BE(8);
    if (length > SNAPSHOT_BLOCK_MAX_BYTES || offset + frame.length + length > size) {
      throw damagedAt(offset, `a block of ${length} bytes does not fit`);
    }
    const whole = Buffer.allocUnsafeSlow(4 + 4 + length);
    if ((await file.read(whole, offset + 4)) < whole.length)
      throw damagedAt(offset, 'the file ends too early');
    if (crc32(whole, (header.salt + ordinal) % TWO_32) !== frame.readUInt32BE(0)) {
      throw damagedAt(offset, 'the checksum of a block is wrong');
    }
    offset += BLOCK_HEADER_BYTES + length;
    const kind = whole.readUInt32BE(0);
    const bytes = whole.subarray(8);
    if (kind !== END) {
      yield { kind, bytes };
      continue;
    }
    if (bytes.length !== 4 || bytes.readUInt32BE(0) !== ordinal)
      throw damagedAt(offset, 'blocks are missing');
    return;
  }
}

function damagedAt(offset: number, what: string): SnapshotDamagedError {
  return new SnapshotDamagedError(`${what} (byte ${offset})`);
}
