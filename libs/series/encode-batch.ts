import { faultLine, type Line, sampleLine } from './line-protocol.js';
import type { FaultPoint, RefusedPoint, SeriesPoint } from './series.store.js';

/** `points[i]` is what `lines[i]` says. */
export interface EncodedBatch<P> {
  readonly lines: readonly string[];
  readonly points: readonly P[];
  /** Those that line protocol cannot say. */
  readonly refused: readonly RefusedPoint<P>[];
}

/**
 * A batch of samples as lines. Points without `seq` that would fall on one time of one lift within the batch
 * get different ones: three equal readings received within a millisecond are three points. The same batch
 * always gives the same lines.
 */
export function encodeSamples(points: readonly SeriesPoint[]): EncodedBatch<SeriesPoint> {
  const taken = new Set<string>();
  return encode(points, (point) => {
    let encoded = sampleLine(point);
    if (point.seq !== null || !encoded.ok) return encoded;
    for (let occurrence = 1; taken.has(placeOf(point, encoded.line)); occurrence++) {
      encoded = sampleLine(point, occurrence);
      if (!encoded.ok) return encoded;
    }
    taken.add(placeOf(point, encoded.line));
    return encoded;
  });
}

export function encodeFaults(faults: readonly FaultPoint[]): EncodedBatch<FaultPoint> {
  return encode(faults, faultLine);
}

function encode<P>(points: readonly P[], toLine: (point: P) => Line): EncodedBatch<P> {
  const batch = { lines: [] as string[], points: [] as P[], refused: [] as RefusedPoint<P>[] };
  for (const point of points) {
    const encoded = toLine(point);
    if (encoded.ok) {
      batch.lines.push(encoded.line);
      batch.points.push(point);
    } else {
      batch.refused.push({ point, reason: encoded.reason });
    }
  }
  return batch;
}

/** InfluxDB's own identity of a point: series and time. */
function placeOf({ lift, district }: SeriesPoint, line: string): string {
  return `${line.slice(line.lastIndexOf(' ') + 1)} ${district} ${lift}`;
}
