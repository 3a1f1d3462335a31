import type { JournalBatch, JournalEntry, Lsn } from './entry.js';

/**
 * What an entry takes in memory beyond its encoded bytes: its object, its strings and what intake decoded of
 * it. Measured with a native telemetry message of 330 bytes: 840 bytes of heap, 460 without the memo.
 */
export const ENTRY_MEMORY_BYTES = 800;

/** Batches hand out the record itself: one object an entry, however many readers there are. */
interface TailRecord {
  readonly lsn: Lsn;
  readonly entry: JournalEntry;
  /** Encoded size: what bounds a batch, so that memory and disk cut batches alike. */
  readonly bytes: number;
}

/** The newest durable entries, as handed in, with their memos: readers that keep up never touch the disk. */
export class Tail {
  private records: (TailRecord | undefined)[] = [];
  /** Records before this index are gone; compacted now and then, because shift() of a long array is slow. */
  private head = 0;
  private held = 0;
  private floorLsn: Lsn = 0;

  constructor(private readonly maxBytes: number) {}

  /** Memory held, about: encoded sizes and {@link ENTRY_MEMORY_BYTES} an entry. */
  get bytes(): number {
    return this.held;
  }

  /** Everything above this LSN is here. */
  get floor(): Lsn {
    return this.floorLsn;
  }

  /** Forgets everything; the next entry pushed is `floor` + 1. */
  reset(floor: Lsn): void {
    this.records = [];
    this.head = 0;
    this.held = 0;
    this.floorLsn = floor;
  }

  push(lsn: Lsn, entry: JournalEntry, bytes: number): void {
    this.records.push({ lsn, entry, bytes });
    this.held += bytes + ENTRY_MEMORY_BYTES;
    while (this.held > this.maxBytes) this.dropFirst();
  }

  /** Entries up to `lsn` are of no more use to anyone. */
  dropThrough(lsn: Lsn): void {
    while (this.floorLsn < lsn && this.head < this.records.length) this.dropFirst();
  }

  /**
   * Entries after `position` within the bounds, at least one; null when there is none, or when it is gone.
   */
  read(position: Lsn, maxEntries: number, maxBytes: number): JournalBatch | null {
    if (position < this.floorLsn) return null;
    const entries: TailRecord[] = [];
    let bytes = 0;
    for (let index = this.head + position - this.floorLsn; index < this.records.length; index++) {
      const record = this.records[index];
      if (record === undefined || entries.length >= maxEntries) break;
      bytes += record.bytes;
      if (entries.length > 0 && bytes > maxBytes) break;
      entries.push(record);
    }
    const last = entries.at(-1);
    return last === undefined ? null : { entries, last: last.lsn };
  }

  private dropFirst(): void {
    const first = this.records[this.head];
    if (first === undefined) return;
    this.records[this.head++] = undefined;
    this.held -= first.bytes + ENTRY_MEMORY_BYTES;
    this.floorLsn = first.lsn;
    if (this.head > 1024 && this.head * 2 > this.records.length) {
      this.records = this.records.slice(this.head);
      this.head = 0;
    }
  }
}
