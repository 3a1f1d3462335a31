import { LineBlock } from './line-block.js';
import { type WriteLine, writeFault, writeSample } from './line-protocol.js';
import type { FaultPoint, RefusedPoint, SeriesPoint } from './series.store.js';

/** `points[i]` is what line `i` says. */
export interface EncodedBatch<P> {
  readonly lines: LineBlock;
  readonly points: readonly P[];
  /** Those that line protocol cannot say. */
  readonly refused: readonly RefusedPoint<P>[];
}

/** A batch of samples as lines. The same batch always gives the same lines. */
export function encodeSamples(points: readonly SeriesPoint[]): EncodedBatch<SeriesPoint> {
  return encode(points, writeSample);
}

export function encodeFaults(faults: readonly FaultPoint[]): EncodedBatch<FaultPoint> {
  return encode(faults, writeFault);
}

function encode<P>(points: readonly P[], write: WriteLine<P>): EncodedBatch<P> {
  const lines = new LineBlock(points.length);
  const refused: RefusedPoint<P>[] = [];
  const written = points.filter((point) => {
    const reason = write(lines, point);
    if (reason !== null) refused.push({ point, reason });
    return reason === null;
  });
  return { lines, points: written, refused };
}
