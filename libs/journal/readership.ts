import type { Lsn } from './entry.js';
import type { Group } from './group.js';
import type { JournalMetrics } from './journal-metrics.js';
import { JournalReader, type ReaderHome } from './journal-reader.js';
import type { SegmentFiles } from './segment-files.js';
import type { SegmentSet } from './segment-set.js';
import { Tail } from './tail.js';

/** The readers of a journal, and the newest entries that are held for them. */
export class Readership {
  private readonly tail: Tail;
  private readonly readers = new Set<JournalReader>();
  private readonly waiting = new Set<() => void>();
  private lastDurable: Lsn = 0;
  private closed = false;

  constructor(
    tailBytes: number,
    private readonly files: SegmentFiles,
    private readonly shown: JournalMetrics,
  ) {
    this.tail = new Tail(tailBytes);
  }

  /** Everything up to here is on the disk. */
  get durableLsn(): Lsn {
    return this.lastDurable;
  }

  /** Nothing is held; the next entry is `durable` + 1. */
  reset(durable: Lsn): void {
    this.lastDurable = durable;
    this.tail.reset(durable);
  }

  /** Shows a group that has become durable. */
  show(group: Group, first: Lsn): void {
    const { entries, ends } = group;
    for (let index = 0, start = 0; index < entries.length; index++) {
      const entry = entries[index];
      const end = ends[index] ?? start;
      if (entry !== undefined) this.tail.push(first + index, entry, end - start);
      start = end;
    }
    this.lastDurable = first + entries.length - 1;
    this.shown.tailBytes.set(this.tail.bytes);
    this.wake();
  }

  reader(segments: SegmentSet, from: Lsn): JournalReader {
    const reader = new JournalReader(this.homeFor(segments), from);
    this.readers.add(reader);
    return reader;
  }

  /** Answers waiting readers with null, and closes all. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await Promise.all([...this.readers].map((reader) => reader.close()));
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }

  private homeFor(segments: SegmentSet): ReaderHome {
    const readership = this;
    return {
      files: this.files,
      segments,
      tail: this.tail,
      get durableLsn() {
        return readership.lastDurable;
      },
      get isClosed() {
        return readership.closed;
      },
      waitForMore: (signal) => this.waitForMore(signal),
      countLost: (records) => this.shown.corrupt.inc(records),
      readerMoved: (reader) => this.readerMoved(reader),
    };
  }

  private waitForMore(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  /** Entries that every open reader has passed are forgotten: their memos weigh more than their bytes. */
  private readerMoved(reader: JournalReader): void {
    if (reader.isClosed) {
      this.readers.delete(reader);
      this.wake();
    }
    let passed = this.lastDurable;
    for (const { position } of this.readers) passed = Math.min(passed, position);
    if (this.readers.size > 0) this.tail.dropThrough(passed);
    this.shown.tailBytes.set(this.tail.bytes);
  }
}
