import type { DuckDBDataChunk } from '@duckdb/node-api';
import { noteNewest } from './newest-points.js';
import { CHUNK_ROWS, type SampleChunks } from './sample-chunk.js';
import type { SeriesPoint } from './series.store.js';

/** A batch of samples as DuckDB's chunks, each made when there are points for one. */
export class SampleRows {
  /** The newest point of each lift; among equals the one added last. */
  readonly newest = new Map<string, SeriesPoint>();
  private readonly full: DuckDBDataChunk[] = [];
  private rest: SeriesPoint[] = [];
  private added = 0;
  private failure: unknown = null;

  constructor(private readonly chunks: SampleChunks) {}

  /** Points added. */
  get size(): number {
    return this.added;
  }

  add(points: readonly SeriesPoint[]): void {
    this.added += points.length;
    for (const point of points) {
      noteNewest(this.newest, point);
      this.rest.push(point);
      if (this.rest.length === CHUNK_ROWS) this.makeChunk();
    }
  }

  /** All points. Throws RangeError, naming the field and the value, when one of them cannot be stored. */
  all(): readonly DuckDBDataChunk[] {
    if (this.rest.length > 0) this.makeChunk();
    if (this.failure !== null) throw this.failure;
    return this.full;
  }

  private makeChunk(): void {
    try {
      this.full.push(this.chunks.make(this.rest));
    } catch (error) {
      this.failure ??= error;
    }
    this.rest = [];
  }
}
