import { Logger } from '@nestjs/common';
import { type Journal, type JournalBatch, JournalFullError, type MessageEntry } from '#journal';
import type { RefusedPoint, SeriesPoint, SeriesStore } from '#series';
import type { IngestMetrics } from './ingest-metrics.js';
import { type BatchPoints, seriesPoints } from './series-points.js';

const DETAIL_CHARACTERS_MAX = 500;

/** Stores the samples of journal batches. */
export class SeriesWriter {
  private readonly log = new Logger('Series writer');

  constructor(
    private readonly series: SeriesStore,
    private readonly journal: Journal,
    private readonly metrics: IngestMetrics,
  ) {}

  /**
   * Rejects when the store takes nothing now; the caller tries again with the same batch. A point that it
   * will never take is left out, counted, and its message put into quarantine: it must not stop every lift's
   * samples, and then the journal.
   */
  async commit(batch: JournalBatch): Promise<void> {
    const found = seriesPoints(batch);
    const result = await this.series.append(found.points, batch.last, (refused) => this.keep(found, refused));
    if (!result.ok) throw new Error(result.message);
  }

  /**
   * Through the journal, because the database may be stopped: the message again, now as a refused one, which
   * the quarantine writer comes to in its time. Killed before the position is saved, it is there twice.
   */
  private async keep(batch: BatchPoints, refused: readonly RefusedPoint[]): Promise<void> {
    this.metrics.seriesRefused.inc(refused.length);
    this.metrics.quarantined.inc({ reason: 'series-refused' }, refused.length);
    const entries = refusedMessages(batch, refused);
    const [first] = entries;
    if (first === undefined) return;
    const { terminal, lift } = first.source;
    this.log.error(
      `The series store refused ${refused.length} points for good, of ${entries.length} messages; see the ` +
        `quarantine. The first, of terminal ${terminal} on lift ${lift}: ${first.refusal?.detail}`,
    );
    try {
      await this.journal.append(entries);
    } catch (error) {
      // Waiting for room would be waiting for this very reader, which alone makes room.
      if (!(error instanceof JournalFullError)) throw error;
      this.log.error(`The journal is full: ${entries.length} refused messages are not in the quarantine.`);
    }
  }
}

/** One entry a message, however many of its samples were refused. */
function refusedMessages(batch: BatchPoints, refused: readonly RefusedPoint[]): MessageEntry[] {
  const messageOf = new Map<SeriesPoint, MessageEntry>();
  batch.points.forEach((point, index) => {
    const entry = batch.entries[index];
    if (entry !== undefined) messageOf.set(point, entry);
  });
  const reasons = new Map<MessageEntry, string[]>();
  for (const { point, reason } of refused) {
    const entry = messageOf.get(point);
    if (entry !== undefined) reasons.set(entry, [...(reasons.get(entry) ?? []), reason]);
  }
  return [...reasons].map(([entry, [first = '', ...more]]) => {
    const detail = (more.length === 0 ? first : `${more.length + 1} samples, the first: ${first}`).slice(
      0,
      DETAIL_CHARACTERS_MAX,
    );
    return { ...withoutMemo(entry), duplicates: [], refusal: { reason: 'series-refused', detail } };
  });
}

/** The memo holds the message decoded, as good: no reader may go by it any more. */
function withoutMemo({ memo: _, ...entry }: MessageEntry): MessageEntry {
  return entry;
}
