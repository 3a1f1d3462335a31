import { type Journal, type JournalEntry, JournalFullError, type MessageEntry } from '#journal';
import { Metrics } from '#runtime';
import type { KeepRefused, SeriesPoint, SeriesStore } from '#series';
import { decodedEntry } from './decoded-entry.js';
import { batchOf, entryOf, inbound, reading } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { SeriesWriter } from './series-writer.js';

/** A store that will never take the samples of `bad` seqs, and a journal that keeps what is appended. */
class Desk {
  readonly bad = new Set<number>();
  readonly appended: JournalEntry[] = [];
  readonly metrics = new Metrics();
  journalError: Error | null = null;
  position = 0;
  readonly writer: SeriesWriter;

  constructor() {
    const series = {
      append: async (points: readonly SeriesPoint[], position: number, keep?: KeepRefused) => {
        const refused = points
          .filter(({ seq }) => this.bad.has(seq ?? -1))
          .map((point) => ({ point, reason: `seq ${point.seq}: field type conflict` }));
        if (refused.length > 0) await keep?.(refused);
        this.position = position;
        return { ok: true, refused, outsideRetention: 0 };
      },
    } as unknown as SeriesStore;
    const journal = {
      append: async (entries: readonly JournalEntry[]) => {
        if (this.journalError !== null) throw this.journalError;
        this.appended.push(...entries);
        return 1;
      },
    } as unknown as Journal;
    this.writer = new SeriesWriter(series, journal, new IngestMetrics(this.metrics));
  }
}

const good = entryOf(inbound('T1', 'telemetry', reading({ seq: 1 })));
const single = entryOf(inbound('T1', 'telemetry', reading({ seq: 2 })));
const array = entryOf(
  inbound(
    'T2',
    'telemetry',
    [3, 4, 5].map((seq) => reading({ seq })),
  ),
);

describe('SeriesWriter', () => {
  it('journals a message of refused samples again, as a refused one, before the position moves', async () => {
    const desk = new Desk();
    for (const seq of [2, 3, 5]) desk.bad.add(seq);
    await desk.writer.commit(batchOf(7, good, { ...single, memo: decodedEntry(single) }, array));
    const expected = (entry: MessageEntry, detail: string) => ({
      ...entry,
      duplicates: [],
      refusal: { reason: 'series-refused', detail },
    });
    expect(desk.appended.map((entry) => 'memo' in entry)).toEqual([false, false]);
    expect(desk.appended[1]).toEqual(expected(array, '2 samples, the first: seq 3: field type conflict'));
    expect(desk.position).toBe(9);
    const counted = await desk.metrics.registry
      .getSingleMetric('liftwarden_series_points_refused_total')
      ?.get();
    expect(counted?.values[0]?.value).toBe(3);
  });

  it('journals nothing when all is stored', async () => {
    const desk = new Desk();
    await desk.writer.commit(batchOf(1, good, single));
    expect(desk.appended).toEqual([]);
  });

  it('goes on when the journal is full, which this reader alone can empty, and not when it has failed', async () => {
    const desk = new Desk();
    desk.bad.add(2);
    desk.journalError = new JournalFullError('bytes', 'full');
    await desk.writer.commit(batchOf(1, single));
    expect(desk.position).toBe(1);
    desk.journalError = new Error('failed');
    await expect(desk.writer.commit(batchOf(2, single))).rejects.toThrow('failed');
    expect(desk.position).toBe(1);
  });
});
