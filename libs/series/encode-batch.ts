import { LineBlock } from './line-block.js';
import { type WriteLine, writeFault, writeSample } from './line-protocol.js';
import type { PointRuns } from './point-runs.js';
import type { FaultPoint, RefusedPoint, SeriesPoint } from './series.store.js';

/** `points[i]` is what line `i` says. */
export interface EncodedBatch<P> {
  readonly lines: LineBlock;
  readonly points: readonly P[];
  /** Those that line protocol cannot say. */
  readonly refused: readonly RefusedPoint<P>[];
}

/**
 * A batch of samples as lines. The same batch always gives the same lines, but for the states that `runs`
 * lets a point leave out; null: every point says everything.
 */
export function encodeSamples(
  points: readonly SeriesPoint[],
  runs: PointRuns | null,
): EncodedBatch<SeriesPoint> {
  if (runs === null) return encode(points, writeSample);
  return encode(points, (block, point) => {
    const refusal = writeSample(block, point, runs.continued(point));
    if (refusal !== null) runs.forget(point.lift);
    return refusal;
  });
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
