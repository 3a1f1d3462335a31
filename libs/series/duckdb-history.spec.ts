import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbSeriesStore } from './duckdb-series.store.js';
import {
  BUCKET_QUERIES,
  CHANGE_QUERIES,
  expectedBuckets,
  expectedChanges,
  expectedSources,
  history,
  SOURCE_QUERIES,
} from './series-history.fixture.js';
import { append, BASE, point, SILENT } from './series-points.fixture.js';

const NEVER = new AbortController().signal;

describe('DuckDbHistory', () => {
  const points = history();
  let folder: string;
  let store: DuckDbSeriesStore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-'));
    store = new DuckDbSeriesStore({ file: join(folder, 'series.duckdb') });
    await store.open();
    await append(store, points.slice(0, 500), 1);
    await append(store, points.slice(500), 2);
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it.each(BUCKET_QUERIES)('answers the buckets of $field of $lift by $bucketMs ms', async (query) => {
    const expected = expectedBuckets(points, query).map((each) => ({
      ...each,
      mean: expect.closeTo(each.mean, 9),
    }));
    expect(await store.history.buckets(query, NEVER)).toEqual(expected);
  });

  it.each(CHANGE_QUERIES)(
    'answers the changes of $field of $lift, at most $changesMax of $pointsMax',
    async (query) => {
      expect(await store.history.changes(query, NEVER)).toEqual(expectedChanges(points, query));
    },
  );

  it.each(SOURCE_QUERIES)('answers the sources of $lift from $from', async (query) => {
    expect(await store.history.sources(query, NEVER)).toEqual({
      ok: true,
      sources: expectedSources(points, query),
    });
  });

  it('says when there are more ranges than were asked for, instead of leaving some out', async () => {
    const whole = await store.history.sources({ lift: 'L0', from: null, rangesMax: 1_000 }, NEVER);
    const ranges = whole.ok ? whole.sources.reduce((sum, { seqs }) => sum + seqs.length, 0) : 0;
    expect(ranges).toBeGreaterThan(3);
    expect(await store.history.sources({ lift: 'L0', from: null, rangesMax: ranges }, NEVER)).toEqual(whole);
    expect(await store.history.sources({ lift: 'L0', from: null, rangesMax: ranges - 1 }, NEVER)).toEqual({
      ok: false,
      reason: 'too-many-ranges',
    });
  });

  it('leaves a number that is none out of its bucket', async () => {
    const given = [Number.POSITIVE_INFINITY, 2, Number.NEGATIVE_INFINITY].map((vibration, seq) =>
      point('odd', seq, { seq, sample: { ...SILENT, vibration } }),
    );
    await append(store, given, 3);
    const query = { lift: 'odd', from: BASE, to: BASE + 10, field: 'vibration', bucketMs: 1_000 } as const;
    expect(await store.history.buckets(query, NEVER)).toEqual([
      { at: BASE, min: 2, mean: 2, max: 2, count: 1 },
    ]);
  });

  it('ends a query when its signal aborts, and takes the next', async () => {
    const query = { ...BUCKET_QUERIES[0], lift: 'L0', from: 0, to: 1, field: 'speed', bucketMs: 1 } as const;
    await expect(store.history.buckets(query, AbortSignal.abort(new Error('too slow')))).rejects.toThrow(
      'too slow',
    );
    expect(await store.history.buckets(query, NEVER)).toEqual([]);
  });

  it('interrupts a query that runs', async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 20_000 }, (_, seq) => point('many', seq, { seq }));
    await append(store, many, 4);
    const { ask } = store.history as unknown as { ask: (...question: unknown[]) => Promise<unknown> };
    const endless =
      'SELECT count(*) FROM lift_sample a, lift_sample b, lift_sample c WHERE a.lift <> b.lift || c.lift';
    const asked = ask(endless, [], stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 50);
    await expect(asked).rejects.toThrow('stopped');
  });
});
