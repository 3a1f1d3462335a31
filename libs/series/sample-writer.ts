import { inParts, type Parts } from './in-parts.js';
import type { LineBlock } from './line-block.js';
import type { PointRuns } from './point-runs.js';
import { SampleLines } from './sample-lines.js';
import type { AppendResult, BatchSource, Refused, SeriesPoint } from './series.store.js';

/**
 * One request is worked through by one core of InfluxDB while nothing else is: with a second one under way,
 * and a third being made, 24,000 points a second became 28,000 on two cores that the rest of a flood shares.
 * Of two points of one lift and time either may stay; but for a `seq` used again they are the same. Faults
 * go one request after another: an end must not be overtaken by its beginning.
 */
const SAMPLE_PARTS: Parts = { points: 2_500, atOnce: 2 };

/** One request, of points in `spans`; refused lines by their number in it. */
export type WriteRequest = (lines: LineBlock, spans: ReadonlySet<number>) => Promise<AppendResult>;

/** Sends batches of samples lift by lift, and keeps true what lines leave out. */
export class SampleWriter {
  /**
   * Lifts of which the last batch had a point refused: the batch after it, begun before that was known, may
   * continue that point.
   */
  private doubted: ReadonlySet<string> = new Set();

  constructor(private readonly runs: PointRuns | null) {}

  /** What continued a point that was refused is written once more, whole, here or with the batch after. */
  async write(batch: SampleLines, source: BatchSource, write: WriteRequest): Promise<AppendResult> {
    const order = batch.byLift();
    const written = await inParts(order, SAMPLE_PARTS, partOf(batch, write));
    if (!written.ok) return written;
    const refused: Refused[] = [...batch.refused];
    const lifts = new Set<string>();
    for (const { index, reason } of written.refused) {
      const line = order[index] ?? 0;
      refused.push({ index: batch.indexOf(line), reason });
      lifts.add(batch.liftOf(line) ?? '');
    }
    const doubtful = new Set(lifts);
    for (const lift of this.doubted) if (batch.newest.has(lift)) doubtful.add(lift);
    if (doubtful.size > 0) {
      for (const lift of lifts) this.runs?.forget(lift);
      const never = new Set(refused.map(({ index }) => index));
      const points = await source.reread();
      const again = points.filter(
        (point, index): point is SeriesPoint =>
          point !== null && doubtful.has(point.lift) && !never.has(index),
      );
      const repeated = await this.writeWhole(again, write);
      if (!repeated.ok) return repeated;
      batch.correctNewest(doubtful, again);
    }
    this.doubted = lifts;
    refused.sort((a, b) => a.index - b.index);
    return { ok: true, refused, outsideRetention: written.outsideRetention };
  }

  private async writeWhole(points: readonly SeriesPoint[], write: WriteRequest): Promise<AppendResult> {
    const batch = new SampleLines(null);
    batch.add(points);
    return inParts(batch.byLift(), SAMPLE_PARTS, partOf(batch, write));
  }
}

function partOf(batch: SampleLines, write: WriteRequest) {
  return (part: readonly number[]) => write(batch.lines.pick(part), batch.spansOf(part));
}
