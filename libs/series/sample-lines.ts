import { LineBlock } from './line-block.js';
import { writeSample } from './line-protocol.js';
import { noteNewest } from './newest-points.js';
import type { PointRuns } from './point-runs.js';
import type { Refused, SeriesPoint } from './series.store.js';
import { shardSpan } from './shard-openings.js';

const LINES_EXPECTED = 2_000;

/**
 * A batch of samples as lines, each made when its point is added. The same points always give the same lines,
 * but for the states that `runs` lets a point leave out; null: every point says everything.
 */
export class SampleLines {
  readonly lines = new LineBlock(LINES_EXPECTED);
  /** Those that line protocol cannot say. */
  readonly refused: Refused[] = [];
  /** The newest point of each lift. */
  readonly newest = new Map<string, SeriesPoint>();
  private added = 0;
  /** Of each line: its lift, its time's span, and which of the added points it says. */
  private readonly lifts: string[] = [];
  private readonly spans: number[] = [];
  private readonly indexes: number[] = [];

  constructor(private readonly runs: PointRuns | null) {}

  /** Points added. */
  get size(): number {
    return this.added;
  }

  add(points: readonly SeriesPoint[]): void {
    for (const point of points) this.addOne(point, this.added++);
  }

  /**
   * The lines by number, those of a lift together and in their order. InfluxDB sorts what a request says into
   * series, its log names each series once a request and its cache locks each once: 2,500 lines of 1,000
   * lifts that speak in turn cost it 39–46 µs each as they come, 27–28 µs with ten of a lift side by side
   * (1.6; decision 0015).
   */
  byLift(): readonly number[] {
    const places = new Map<string, number[]>();
    this.lifts.forEach((lift, line) => {
      const known = places.get(lift);
      if (known === undefined) places.set(lift, [line]);
      else known.push(line);
    });
    return [...places.values()].flat();
  }

  liftOf(line: number): string | undefined {
    return this.lifts[line];
  }

  spansOf(lines: readonly number[]): ReadonlySet<number> {
    return new Set(lines.map((line) => this.spans[line] ?? 0));
  }

  /** Which of the added points a line says. */
  indexOf(line: number): number {
    return this.indexes[line] ?? line;
  }

  /** Some points of these lifts were not stored; `stored` are those of theirs that were. */
  correctNewest(lifts: ReadonlySet<string>, stored: readonly SeriesPoint[]): void {
    for (const lift of lifts) this.newest.delete(lift);
    for (const point of stored) noteNewest(this.newest, point);
  }

  private addOne(point: SeriesPoint, index: number): void {
    const { lift } = point;
    const reason = writeSample(this.lines, point, this.runs?.continued(point) ?? null);
    if (reason !== null) {
      this.runs?.forget(lift);
      this.refused.push({ index, reason });
      return;
    }
    this.lifts.push(lift);
    this.spans.push(shardSpan(point.at));
    this.indexes.push(index);
    noteNewest(this.newest, point);
  }
}
