/** Consecutive numbers, both ends included. */
export type SeqRange = readonly [first: number, last: number];

/** Sorted, without overlaps, neighbours joined: the one form every function below takes and answers. */
export type SeqRanges = readonly SeqRange[];

/** Brings ranges of any order and overlap into that form. Throws a RangeError at an end before its start. */
export function mergeRanges(ranges: Iterable<SeqRange>): SeqRanges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    if (!(last >= first)) throw new RangeError(`a range from ${first} to ${last} ends before it begins`);
    const open = merged.at(-1);
    if (open === undefined || first > open[1] + 1) merged.push([first, last]);
    else if (last > open[1]) open[1] = last;
  }
  return merged;
}

/** How many numbers they hold. */
export function countOf(ranges: SeqRanges): number {
  let count = 0;
  for (const [first, last] of ranges) count += last - first + 1;
  return count;
}

/** What is in `from` and not in `without`. */
export function subtractRanges(from: SeqRanges, without: SeqRanges): SeqRanges {
  const left: [number, number][] = [];
  let next = 0;
  for (const [first, last] of from) {
    let start = first;
    while ((without[next]?.[1] ?? Number.POSITIVE_INFINITY) < start) next += 1;
    for (let at = next; start <= last; at += 1) {
      const hole = without[at];
      if (hole === undefined || hole[0] > last) {
        left.push([start, last]);
        break;
      }
      if (hole[0] > start) left.push([start, hole[0] - 1]);
      start = hole[1] + 1;
    }
  }
  return left;
}

/** Is `seq` in one of them? */
export function holdsSeq(ranges: SeqRanges, seq: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [0, -1];
    if (seq < first) high = middle - 1;
    else if (seq > last) low = middle + 1;
    else return true;
  }
  return false;
}
