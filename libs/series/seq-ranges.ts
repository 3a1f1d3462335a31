type Range = [first: number, last: number];

/** Ranges that were added one behind the other are looked through again when so many are new. */
const UNMERGED_MAX = 1_024;

/** A set of numbers as inclusive ranges: a boot's `seq`, which come in order for the most part. */
export class SeqRanges {
  private ranges: Range[] = [];
  private mergedCount = 0;

  add(seq: number): void {
    const last = this.ranges.at(-1);
    if (last !== undefined && seq >= last[0] && seq <= last[1] + 1) {
      last[1] = Math.max(last[1], seq);
      return;
    }
    this.ranges.push([seq, seq]);
    // Doubling, so that adding n numbers in the worst order costs n log n.
    if (this.ranges.length > 2 * this.mergedCount + UNMERGED_MAX) this.merge();
  }

  /** Ascending; no two overlap or touch. */
  merged(): readonly Readonly<Range>[] {
    this.merge();
    return this.ranges;
  }

  private merge(): void {
    const sorted = this.ranges.sort((a, b) => a[0] - b[0]);
    const merged: Range[] = [];
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last !== undefined && range[0] <= last[1] + 1) last[1] = Math.max(last[1], range[1]);
      else merged.push(range);
    }
    this.ranges = merged;
    this.mergedCount = merged.length;
  }
}
