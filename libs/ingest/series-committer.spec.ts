import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type JournalEntry, JournalFullError, type MessageEntry } from '#journal';
import { Metrics } from '#runtime';
import type { AppendResult, BatchSource, SeriesPoint, SeriesStore } from '#series';
import { entryOf, inbound, ManualClock, reading, settle, until } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { BATCH_POINTS, SeriesCommitter } from './series-committer.js';

type Answer = (points: readonly SeriesPoint[], source: BatchSource) => Promise<AppendResult>;

const DOWN: AppendResult = { ok: false, retryable: true, message: 'store down' };

/** A store that does as it is told, over a real journal. */
class Desk {
  readonly clock = new ManualClock();
  readonly metrics = new Metrics();
  /** What each call of `store` was for: the `seq`s, and the position. */
  readonly stored: { readonly seqs: (number | null)[]; readonly position: number }[] = [];
  readonly answers: Answer[] = [];
  /** Samples that the store will never take. */
  readonly bad = new Set<number>();
  readonly committer: SeriesCommitter;
  changes = 0;

  private constructor(
    readonly journal: Journal,
    private readonly folder: string,
  ) {
    const series = { begin: () => this.begin() } as unknown as SeriesStore;
    this.committer = new SeriesCommitter({
      ...{ series, journal, clock: this.clock, metrics: new IngestMetrics(this.metrics) },
      changed: () => {
        this.changes += 1;
      },
    });
    this.committer.start(0);
  }

  static async build(): Promise<Desk> {
    const folder = await mkdtemp(join(tmpdir(), 'series-'));
    const journal = new Journal({ folder, clock: new ManualClock(0, true), metrics: new Metrics() });
    await journal.open();
    return new Desk(journal, folder);
  }

  /** Journals entries and hands them over, as a reader would. */
  async take(...entries: readonly JournalEntry[]): Promise<void> {
    const first = await this.journal.append(entries);
    const last = first + entries.length - 1;
    await this.committer.take({ entries: entries.map((entry, n) => ({ lsn: first + n, entry })), last });
  }

  /** The rest between batches is over. */
  async ripen(): Promise<void> {
    await settle();
    this.clock.advance(1_000);
    await settle();
  }

  /** Entries of the journal that were put there as refused. */
  async refused(): Promise<readonly MessageEntry[]> {
    const reader = this.journal.reader(0);
    const batch = await reader.next(100, 1 << 20);
    await reader.close();
    const entries = (batch?.entries ?? []).map(({ entry }) => entry);
    return entries.filter(
      (entry): entry is MessageEntry => entry.kind === 'message' && entry.refusal !== null,
    );
  }

  async metric(name: string): Promise<number | undefined> {
    return (await this.metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;
  }

  async end(): Promise<void> {
    await this.committer.stop();
    await this.journal.close();
    await rm(this.folder, { recursive: true });
  }

  private begin() {
    const points: SeriesPoint[] = [];
    return {
      get size() {
        return points.length;
      },
      add: (more: readonly SeriesPoint[]) => void points.push(...more),
      store: async (position: number, source: BatchSource): Promise<AppendResult> => {
        this.stored.push({ seqs: points.map(({ seq }) => seq), position });
        const answer = this.answers.shift();
        if (answer !== undefined) return answer(points, source);
        const refused = points.flatMap(({ seq }, index) =>
          this.bad.has(seq ?? -1) ? [{ index, reason: `seq ${seq}: field type conflict` }] : [],
        );
        if (refused.length > 0) await source.keepRefused(refused);
        return { ok: true, refused, outsideRetention: 0 };
      },
    };
  }
}

const sample = (seq: number) => entryOf(inbound('T1', 'telemetry', reading({ seq })));
const several = (...seqs: readonly number[]) =>
  entryOf(
    inbound(
      'T2',
      'telemetry',
      seqs.map((seq) => reading({ seq })),
    ),
  );

describe('SeriesCommitter', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await Desk.build();
  });
  afterEach(() => desk.end());

  it('gathers for a second, then stores what came together with its position', async () => {
    await desk.take(sample(1));
    await desk.take(sample(2), several(3, 4));
    await settle();
    expect([desk.stored, desk.committer.committed]).toEqual([[], 0]);
    await desk.ripen();
    expect(desk.stored).toEqual([{ seqs: [1, 2, 3, 4], position: 3 }]);
    expect([desk.committer.committed, desk.changes]).toEqual([3, 1]);
  });

  it('does not let a full batch wait', async () => {
    const many = Array.from({ length: BATCH_POINTS / 50 }, (_, message) =>
      several(...Array.from({ length: 50 }, (_, n) => message * 50 + n)),
    );
    await desk.take(sample(1));
    await desk.take(...many);
    await until('the batch', () => desk.stored.length === 1);
    expect(desk.stored[0]?.seqs).toHaveLength(BATCH_POINTS + 1);
  });

  it('fills the next batch while one is on its way, and stores one after the other', async () => {
    let answer: (result: AppendResult) => void = () => undefined;
    desk.answers.push(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    await desk.take(sample(1));
    await desk.ripen();
    await desk.take(sample(2));
    await desk.ripen();
    expect(await desk.metric('liftwarden_series_points_waiting')).toBe(1);
    expect(desk.stored).toHaveLength(1);
    answer({ ok: true, refused: [], outsideRetention: 0 });
    await until('the next batch', () => desk.committer.committed === 2);
    expect(desk.stored.map(({ seqs }) => seqs)).toEqual([[1], [2]]);
  });

  it('tries the same batch again until the store takes it, and says so meanwhile', async () => {
    desk.answers.push(async () => DOWN);
    await desk.take(sample(1));
    await desk.ripen();
    expect([desk.committer.trouble, desk.committer.committed, desk.changes]).toEqual(['store down', 0, 1]);
    desk.clock.advance(100);
    await settle();
    expect(desk.stored).toEqual([desk.stored[0], desk.stored[0]]);
    expect([desk.committer.trouble, desk.committer.committed]).toEqual([null, 1]);
  });

  it('lets the journal keep what comes when 50,000 samples wait', async () => {
    desk.answers.push(async () => DOWN);
    await desk.take(sample(1));
    await desk.ripen();
    const much = Array.from({ length: 500 }, (_, message) =>
      several(...Array.from({ length: 100 }, (_, n) => message * 100 + n)),
    );
    let taken = false;
    const taking = desk.take(...much).then(() => {
      taken = true;
    });
    await until(
      'the samples',
      async () => (await desk.metric('liftwarden_series_points_waiting')) === 50_000,
    );
    await settle();
    expect(taken).toBe(false);
    desk.clock.advance(100);
    await taking;
  });

  it('stores at the stop what waits, and leaves to the journal what the store does not take', async () => {
    await desk.take(sample(1));
    await desk.committer.stop();
    expect([desk.stored, desk.committer.committed]).toEqual([[{ seqs: [1], position: 1 }], 1]);
    const other = await Desk.build();
    other.answers.push(async () => DOWN);
    await other.take(sample(1));
    await other.committer.stop();
    expect([other.stored.length, other.committer.committed]).toEqual([1, 0]);
    await other.end();
  });

  it('journals a message of refused samples again, as a refused one, before the position moves', async () => {
    for (const seq of [2, 3, 5]) desk.bad.add(seq);
    const [single, array] = [sample(2), several(3, 4, 5)];
    await desk.take(sample(1));
    await desk.take(single, array);
    await desk.ripen();
    await until('the position', () => desk.committer.committed === 3);
    const expected = ({ memo: _, payload, ...entry }: MessageEntry, detail: string) => ({
      ...entry,
      payload: Buffer.from(payload),
      duplicates: [],
      refusal: { reason: 'series-refused', detail },
    });
    expect(await desk.refused()).toEqual([
      expected(single, 'seq 2: field type conflict'),
      expected(array, '2 samples, the first: seq 3: field type conflict'),
    ]);
    expect(await desk.metric('liftwarden_series_points_refused_total')).toBe(3);
  });

  it('gives a store its points again, in their order', async () => {
    let reread: readonly (SeriesPoint | null)[] = [];
    desk.answers.push(async (points, source) => {
      reread = await source.reread();
      expect(reread).toEqual(points);
      return { ok: true, refused: [], outsideRetention: 0 };
    });
    await desk.take(sample(1), several(2, 3));
    await desk.ripen();
    await until('the position', () => desk.committer.committed === 2);
    expect(reread.map((point) => point?.seq)).toEqual([1, 2, 3]);
  });

  it('goes on when the journal is full, which this reader alone can empty, and not when it has failed', async () => {
    desk.bad.add(2);
    await desk.take(sample(2));
    const append = jest.spyOn(desk.journal, 'append');
    append.mockRejectedValueOnce(new Error('failed'));
    await desk.ripen();
    await until('the failure', () => desk.committer.trouble === 'failed');
    expect(desk.committer.committed).toBe(0);
    append.mockRejectedValueOnce(new JournalFullError('bytes', 'full'));
    desk.clock.advance(100);
    await until('the position', () => desk.committer.committed === 1);
    expect(await desk.refused()).toEqual([]);
  });
});
