import { ByteWriter } from './byte-writer.js';
import type { JournalEntry, Lsn } from './entry.js';
import { encodeEntry } from './entry-codec.js';
import { RECORD_HEADER_BYTES, RECORD_MAGIC, recordCrc } from './segment-format.js';

const TWO_32 = 2 ** 32;

interface Waiter {
  /** Index in the group of the first entry of this append. */
  readonly firstIndex: number;
  readonly resolve: (first: Lsn) => void;
  readonly reject: (error: Error) => void;
}

/** Appends that are written and synced together: all of them are durable afterwards, or none is. */
export class Group {
  readonly entries: JournalEntry[] = [];
  /** Where each record ends in the group's bytes. */
  readonly ends: number[] = [];
  /** Null = durable. Never rejects. */
  readonly settled: Promise<Error | null>;
  private readonly waiters: Waiter[] = [];
  private settle: (error: Error | null) => void = () => {};

  constructor(private readonly out: ByteWriter) {
    out.length = 0;
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  get bytes(): number {
    return this.out.length;
  }

  get writer(): ByteWriter {
    return this.out;
  }

  /**
   * Encodes the entries at the end; LSN and checksum follow in {@link seal}. Throws RangeError, with the
   * group unchanged, when a record is larger than `recordMaxBytes` or an entry is malformed.
   */
  add(entries: readonly JournalEntry[], recordMaxBytes: number): void {
    const { length } = this.out;
    const count = this.entries.length;
    try {
      for (const entry of entries) this.addOne(entry, recordMaxBytes);
    } catch (error) {
      this.cut(length, count);
      throw error;
    }
  }

  /** Takes back what {@link add} added. */
  cut(bytes: number, count: number): void {
    this.out.length = bytes;
    this.entries.length = count;
    this.ends.length = count;
  }

  /** Waits for the entries from `firstIndex` on. */
  whenDurable(firstIndex: number): Promise<Lsn> {
    return new Promise((resolve, reject) => this.waiters.push({ firstIndex, resolve, reject }));
  }

  /** Writes LSNs from `first` on and the checksums; returns the bytes for the file. */
  seal(first: Lsn, salt: number): Buffer {
    const { out, ends } = this;
    for (let index = 0, start = 0; index < ends.length; index++) {
      const end = ends[index] ?? start;
      const lsn = first + index;
      out.putUint32(start + 8, end - start - RECORD_HEADER_BYTES);
      out.putUint32(start + 12, Math.floor(lsn / TWO_32));
      out.putUint32(start + 16, lsn % TWO_32);
      out.putUint32(start + 4, recordCrc(out.slice(start + 8, end), salt));
      start = end;
    }
    return out.written();
  }

  succeed(first: Lsn): void {
    for (const waiter of this.waiters) waiter.resolve(first + waiter.firstIndex);
    this.settle(null);
  }

  fail(error: Error): void {
    for (const waiter of this.waiters) waiter.reject(error);
    this.settle(error);
  }

  private addOne(entry: JournalEntry, recordMaxBytes: number): void {
    const start = this.out.length;
    this.out.skip(RECORD_HEADER_BYTES);
    this.out.putUint32(start, RECORD_MAGIC);
    encodeEntry(this.out, entry);
    const bytes = this.out.length - start;
    if (bytes > recordMaxBytes) {
      throw new RangeError(
        `Journal entry of ${bytes} bytes exceeds recordMaxBytes (${recordMaxBytes}); refuse it at intake.`,
      );
    }
    this.entries.push(entry);
    this.ends.push(this.out.length);
  }
}
