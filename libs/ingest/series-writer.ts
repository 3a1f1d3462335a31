import { Logger } from '@nestjs/common';
import type { JournalBatch } from '#journal';
import type { SeriesStore } from '#series';
import type { IngestMetrics } from './ingest-metrics.js';
import { seriesPoints } from './series-points.js';

/** Stores the samples of journal batches. */
export class SeriesWriter {
  private readonly log = new Logger('Series writer');

  constructor(
    private readonly series: SeriesStore,
    private readonly metrics: IngestMetrics,
  ) {}

  /**
   * Rejects when the store takes nothing now; the caller tries again with the same batch. A point that it
   * will never take is left out, counted and named: it must not stop every lift's samples, and then the
   * journal.
   */
  async commit(batch: JournalBatch): Promise<void> {
    const result = await this.series.append(seriesPoints(batch), batch.last);
    if (!result.ok) throw new Error(result.message);
    const refused = result.refused ?? [];
    const [first] = refused;
    if (first === undefined) return;
    this.metrics.seriesRefused.inc(refused.length);
    const { terminal, boot, seq } = first.point;
    this.log.error(
      `The series store refused ${refused.length} points up to journal entry ${batch.last}, the first of ` +
        `terminal ${terminal} (boot ${boot}, seq ${seq}): ${first.reason}`,
    );
  }
}
