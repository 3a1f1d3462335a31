import { LineBlock } from './line-block.js';
import { writeFault } from './line-protocol.js';
import type { FaultPoint, Refused } from './series.store.js';

/** Faults as lines; `indexes[i]` is the fault that line `i` says. */
export interface FaultLines {
  readonly lines: LineBlock;
  readonly indexes: readonly number[];
  /** Those that line protocol cannot say. */
  readonly refused: readonly Refused[];
}

/** In their order: a fault's end is written after its beginning. */
export function faultLines(faults: readonly FaultPoint[]): FaultLines {
  const lines = new LineBlock(faults.length);
  const indexes: number[] = [];
  const refused: Refused[] = [];
  faults.forEach((fault, index) => {
    const reason = writeFault(lines, fault);
    if (reason === null) indexes.push(index);
    else refused.push({ index, reason });
  });
  return { lines, indexes, refused };
}
