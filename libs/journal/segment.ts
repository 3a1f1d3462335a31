import { join } from 'node:path';
import type { Lsn } from './entry.js';
import { HEADER_BYTES, segmentName } from './segment-format.js';

/** A place to start reading from is kept this often: a reader behind skips at most so much. */
const INDEX_STRIDE_BYTES = 256 * 1024;

/** What is known of one segment file. */
export class Segment {
  readonly path: string;
  /** Durable bytes, header included. */
  bytes = HEADER_BYTES;
  /** `firstLsn` − 1 while there is none. */
  lastLsn: Lsn;
  /** `receivedAt` of the oldest entry; null while there is none. */
  oldestAt: number | null = null;
  private readonly index: { readonly lsn: Lsn; readonly offset: number }[] = [];
  private nextIndexAt = 0;
  private readonly damagedAt = new Set<number>();

  /** `salt` is null when the header is damaged: the segment cannot be read, and waits for its release. */
  constructor(
    folder: string,
    readonly firstLsn: Lsn,
    readonly salt: number | null,
  ) {
    this.path = join(folder, segmentName(firstLsn));
    this.lastLsn = firstLsn - 1;
  }

  get isEmpty(): boolean {
    return this.lastLsn < this.firstLsn;
  }

  /** A record at `offset` is durable. */
  note(lsn: Lsn, offset: number): void {
    this.lastLsn = lsn;
    if (offset < this.nextIndexAt) return;
    this.index.push({ lsn, offset });
    this.nextIndexAt = offset + INDEX_STRIDE_BYTES;
  }

  /** Where to begin in order to meet every good record after `position`. */
  startFor(position: Lsn): { readonly lsn: Lsn; readonly offset: number } {
    let low = 0;
    let high = this.index.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = this.index[middle];
      if (at !== undefined && at.lsn <= position + 1) low = middle + 1;
      else high = middle;
    }
    return this.index[low - 1] ?? { lsn: this.firstLsn, offset: HEADER_BYTES };
  }

  /**
   * True the first time damage at `offset` is seen, so that it is counted once however many readers meet it.
   */
  isNewDamage(offset: number): boolean {
    if (this.damagedAt.has(offset)) return false;
    this.damagedAt.add(offset);
    return true;
  }
}
