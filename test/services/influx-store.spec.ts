import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Metrics, SystemClock } from '#runtime';
import { type InfluxSeriesOptions, InfluxSeriesStore, ORDINALS_A_MESSAGE, type SeriesPoint } from '#series';
import {
  BUCKET_QUERIES,
  CHANGE_QUERIES,
  expectedBuckets,
  expectedChanges,
  expectedSources,
  history,
  SOURCE_QUERIES,
} from '../../libs/series/series-history.fixture.js';
import { anyPoint, append, BASE, fault, point, SILENT } from '../../libs/series/series-points.fixture.js';
import { InfluxServer } from '../harness/influx-server.js';
import { SLOWNESS } from '../harness/slowness.js';

const STORED = { ok: true, refused: [], outsideRetention: 0 };
const NEVER = new AbortController().signal;
const clock = new SystemClock();

Logger.overrideLogger(['error']);

describe('InfluxSeriesStore on a real InfluxDB 1.x', () => {
  let server: InfluxServer;
  let folder: string;
  let databases = 0;
  const stores: InfluxSeriesStore[] = [];

  beforeAll(async () => {
    server = await InfluxServer.start();
    folder = await mkdtemp(join(tmpdir(), 'influx-position-'));
  }, 60_000);
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  function options(bucket: string): InfluxSeriesOptions {
    const positionFile = join(folder, bucket, 'series-position.json');
    const metrics = new Metrics();
    return { url: server.url, version: 1, bucket, states: 'changes', positionFile, clock, metrics };
  }

  /** A store on a database of its own. */
  async function opened(bucket = `lifts ${++databases}`, more = {}): Promise<InfluxSeriesStore> {
    const store = new InfluxSeriesStore({ ...options(bucket), ...more });
    stores.push(store);
    await store.open();
    return store;
  }

  it('gives 5,000 points sent gzipped back, counted by terminal and boot, after it is opened again', async () => {
    const store = await opened('round trip', { gzipAboveBytes: 10_000 });
    const points = Array.from({ length: 5_000 }, (_, seq) =>
      point(`L${seq % 50}`, seq, {
        seq,
        sample: { ...SILENT, floor: '-2B', speed: seq % 3, occupied: null },
      }),
    );
    expect(await append(store, points, 7)).toEqual(STORED);
    expect(await store.count()).toBe(5_000);
    await store.close();
    const again = await opened('round trip');
    expect(await again.position()).toBe(7);
    const lifts = Array.from({ length: 51 }, (_, lift) => `L${lift}`);
    expect(await again.latest(lifts)).toEqual(new Map(points.slice(-50).map((each) => [each.lift, each])));
    const counts = await again.verifyCounts();
    expect(counts).toHaveLength(50);
    expect(counts[0]).toEqual({ terminal: 't-L0', boot: 'b1', points: 100, distinctSeqs: 100 });
  });

  it('writes more than one request takes, and pages through points of one time', async () => {
    const store = await opened();
    const points = Array.from({ length: 11_000 }, (_, index) =>
      point(`L${index}`, index < 10_500 ? 0 : 1, {
        terminal: 't',
        boot: index % 2 ? null : 'b',
        seq: index % 7,
      }),
    );
    expect(await append(store, points, 1)).toEqual(STORED);
    expect(await store.verifyCounts()).toEqual([
      { terminal: 't', boot: 'b', points: 5_500, distinctSeqs: 7 },
      { terminal: 't', boot: null, points: 5_500, distinctSeqs: 7 },
    ]);
  });

  it('stores a repeated point once, and A, B, A of a terminal without seq as three points', async () => {
    const store = await opened();
    expect(await append(store, [point('L1', 1), point('L1', 1)], 1)).toEqual(STORED);
    expect(await append(store, [point('L1', 1)], 2)).toEqual(STORED);
    expect(await store.count()).toBe(1);
    const vendor = { boot: null, seq: null, at: BASE, receivedAt: BASE };
    const said = (lsn: number, moving: boolean) =>
      point('L2', 0, { ...vendor, ordinal: lsn * ORDINALS_A_MESSAGE, sample: { ...SILENT, moving } });
    const batch = [said(1, true), said(2, false), said(3, true)];
    expect(await append(store, batch, 3)).toEqual(STORED);
    // Again after a crash, cut otherwise; then the same reading once more in a later message.
    expect(await append(store, batch.slice(1), 4)).toEqual(STORED);
    expect(await append(store, [said(5, true)], 5)).toEqual(STORED);
    expect(await store.verifyCounts()).toEqual([
      { terminal: 't-L1', boot: 'b1', points: 1, distinctSeqs: 1 },
      { terminal: 't-L2', boot: null, points: 4, distinctSeqs: 0 },
    ]);
  });

  it('keeps a thousand seqs of one millisecond apart, also around 1970 and before', async () => {
    const store = await opened();
    const points = [BASE, 0, -BASE, 1].flatMap((at) =>
      Array.from({ length: 1_000 }, (_, seq) => point(`at${at}`, 0, { at, seq: 4_294_966_000 + seq })),
    );
    expect(await append(store, points, 1)).toEqual(STORED);
    expect(await store.count()).toBe(4_000);
    for (const at of [BASE, 0, -BASE, 1]) {
      expect((await store.latest([`at${at}`])).get(`at${at}`)?.at).toBe(at);
    }
  });

  it('gives whatever a terminal sends back as it was', async () => {
    let position = 0;
    const writer = await opened('fuzz');
    await fc.assert(
      fc.asyncProperty(fc.array(anyPoint, { minLength: 1, maxLength: 30 }), async (given) => {
        const points = given.map((each, index) => ({ ...each, lift: `${each.lift}${position}.${index}` }));
        expect(await append(writer, points, ++position)).toEqual(STORED);
        const reader = await opened('fuzz');
        const expected = new Map<string, SeriesPoint>(points.map((each) => [each.lift, each]));
        expect(await reader.latest([...expected.keys()])).toEqual(expected);
        await reader.close();
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it.each(['new\nline', 'back\\slash', 'trailing\\', '\0', 'a,b=c d=1 1\nlift_sample,lift=evil speed=1 1'])(
    'refuses the tag %j, and stores the others',
    async (lift) => {
      const store = await opened();
      const bad = point(lift, 0);
      expect(await append(store, [point('good', 0), bad], 1)).toEqual({
        ok: true,
        refused: [{ point: bad, reason: expect.stringMatching(/lift is .* control character or backslash/) }],
        outsideRetention: 0,
      });
      expect(await store.count()).toBe(1);
      expect(await store.latest([lift, `' OR 1=1 --`])).toEqual(new Map());
    },
  );

  it('isolates lines that the server refuses, wherever they are, and stores all others', async () => {
    const bucket = `lifts ${++databases}`;
    const store = await opened(bucket);
    // Someone else wrote strings where we write numbers.
    await server.write(bucket, `lift_sample,lift=X vibration="strong" ${BASE}000000`);
    const bad = new Set([0, 1, 700, 2_999, 5_000, 5_999]);
    const points = Array.from({ length: 6_000 }, (_, seq) =>
      point(`L${seq % 9}`, seq, { seq, sample: { ...SILENT, vibration: bad.has(seq) ? 0.5 : null } }),
    );
    const result = await append(store, points, 1);
    if (!result.ok) throw new Error(result.message);
    expect(result.refused.map((each) => each.point.seq)).toEqual([...bad]);
    expect(result.refused[0]?.reason).toMatch(/field type conflict.*vibration/);
    expect(await store.count()).toBe(6_000 - bad.size);
    expect(await store.position()).toBe(1);
  });

  it('counts points outside retention, and stores the others', async () => {
    const bucket = `lifts ${++databases}`;
    const store = await opened(bucket);
    await server.query(`ALTER RETENTION POLICY "autogen" ON "${bucket}" DURATION 1d SHARD DURATION 1h`);
    const now = clock.now();
    const points = Array.from({ length: 100 }, (_, seq) =>
      point('L1', 0, { seq, at: seq % 4 === 0 ? now - 172_800_000 : now - seq }),
    );
    expect(await append(store, points, 1)).toEqual({ ok: true, refused: [], outsideRetention: 25 });
    expect(await store.count()).toBe(75);
  });

  it('tells points outside retention and bad lines of one batch apart', async () => {
    const bucket = `lifts ${++databases}`;
    const store = await opened(bucket);
    await server.query(`ALTER RETENTION POLICY "autogen" ON "${bucket}" DURATION 1d SHARD DURATION 1d`);
    const now = clock.now();
    await server.write(bucket, `lift_sample,lift=X speed="fast" ${now}000000`);
    const points = Array.from({ length: 40 }, (_, seq) =>
      point('L1', 0, {
        seq,
        at: seq % 4 === 0 ? now - 172_800_000 : now,
        sample: seq % 10 === 3 ? { ...SILENT, speed: 1 } : SILENT,
      }),
    );
    const result = await append(store, points, 1);
    if (!result.ok) throw new Error(result.message);
    expect(result.outsideRetention).toBe(10);
    expect(result.refused.map((each) => each.point.seq)).toEqual([3, 13, 23, 33]);
    expect(await store.count()).toBe(26);
  });

  it('replaces a fault when it ends, and keeps two of one millisecond apart', async () => {
    const store = await opened();
    const first = fault('00000000000000000000000001');
    const second = fault('0000000000000000000000002a', { reason: 'a, "b" = \\c\n' });
    expect(await store.writeFaults([first, second])).toEqual(STORED);
    expect(await store.countFaults()).toBe(2);
    const cleared = { ...first, state: 'cleared', clearedAt: BASE + 5, reason: 'level-and-open' } as const;
    expect(await store.writeFaults([cleared])).toEqual(STORED);
    expect(await store.writeFaults([])).toEqual(STORED);
    expect(await store.countFaults()).toBe(2);
    const answer = await server.query(
      `SELECT "id", "state", "clearedAt", "reason", "kind" FROM "lift_fault"`,
      `lifts ${databases}`,
    );
    expect(JSON.stringify(answer)).toContain(
      `"${cleared.id}","cleared",${BASE + 5},"level-and-open","entrapment"`,
    );
    expect(JSON.stringify(answer)).toContain(JSON.stringify(second.reason));
  });

  it('answers the newest as points arrive, late and tied ones among them', async () => {
    const store = await opened();
    const newest = async () => (await store.latest(['L1', 'none'])).get('L1')?.seq;
    expect(await newest()).toBeUndefined();
    await append(store, [point('L1', 10, { seq: 1 })], 1);
    expect(await newest()).toBe(1);
    await append(store, [point('L1', 5, { seq: 2 })], 2);
    expect(await newest()).toBe(1);
    await append(store, [point('L1', 10, { seq: 3 })], 3);
    expect(await newest()).toBe(3);
    expect((await (await opened(`lifts ${databases}`)).latest(['L1'])).get('L1')?.seq).toBe(3);
  });

  it('writes a state when it changes, and once a minute, and gives every point all of them back', async () => {
    const store = await opened();
    const doors = ['closed', 'closed', 'open', 'open'] as const;
    const points = Array.from({ length: 400 }, (_, index) => {
      const seq = Math.floor(index / 2);
      const sample = { ...SILENT, doorState: doors[seq % 4] ?? null, occupied: false, speed: 1 };
      return point(`L${index % 2}`, seq * 500, { seq, sample });
    });
    for (let from = 0, position = 1; from < 400; from += 100) {
      expect(await append(store, points.slice(from, from + 100), position++)).toEqual(STORED);
    }
    const counted = async (field: string) => {
      const query = `SELECT count("${field}") FROM lift_sample WHERE lift = 'L0'`;
      return JSON.stringify(await server.query(query, `lifts ${databases}`));
    };
    // Of 200 points every 30th says everything; the door changes with every second one.
    expect(await counted('speed')).toContain(',200]');
    expect(await counted('occupied')).toContain(',7]');
    expect(await counted('doorState')).toContain(',100]');
    const again = await opened(`lifts ${databases}`);
    expect(await again.latest(['L0', 'L1'])).toEqual(
      new Map(points.slice(-2).map((each) => [each.lift, each])),
    );
    const query = { lift: 'L1', field: 'doorState', from: BASE + 20_250, to: BASE + 90_000 } as const;
    const whole = { ...query, changesMax: 1_000, pointsMax: 1_000 };
    expect(await store.history.changes(whole, NEVER)).toEqual(expectedChanges(points, whole));
  });

  it('lets no point lean on one that the server refused', async () => {
    const bucket = `lifts ${++databases}`;
    const store = await opened(bucket);
    await server.write(bucket, `lift_sample,lift=X vibration="strong" ${BASE}000000`);
    const sample = { ...SILENT, occupied: true, doorState: 'closed' } as const;
    // The refused one ends a request, and what would continue it begins the next.
    const others = Array.from({ length: 2_498 }, (_, seq) => point('L0', seq, { seq, sample }));
    const bad = point('L1', 2, { seq: 2, sample: { ...sample, vibration: 0.5 } });
    const good = [1, 3, 4].map((seq) => point('L1', seq, { seq, sample }));
    const points = [...others, ...good.slice(0, 1), bad, ...good.slice(1)];
    expect(await append(store, points, 1)).toMatchObject({ ok: true, refused: [{ point: bad }] });
    const again = await opened(bucket);
    expect((await again.latest(['L1'])).get('L1')).toEqual(good[2]);
    expect(await store.count()).toBe(2_501);
  });

  describe.each(['changes', 'always'] as const)('history, states: %s', (states) => {
    const points = history();
    let store: InfluxSeriesStore;

    beforeAll(async () => {
      store = new InfluxSeriesStore({ ...options(`history ${states}`), states });
      await store.open();
      expect(await append(store, points, 1)).toEqual(STORED);
    });
    afterAll(() => store?.close());

    it.each(BUCKET_QUERIES)(
      'answers the buckets of $field of $lift by $bucketMs ms as DuckDB does',
      async (query) => {
        const expected = expectedBuckets(points, query).map((each) => ({
          ...each,
          mean: expect.closeTo(each.mean, 9),
        }));
        expect(await store.history.buckets(query, NEVER)).toEqual(expected);
      },
    );

    it.each(CHANGE_QUERIES)('answers the changes of $field of $lift as DuckDB does', async (query) => {
      expect(await store.history.changes(query, NEVER)).toEqual(expectedChanges(points, query));
    });

    it.each(SOURCE_QUERIES)('answers the sources of $lift from $from as DuckDB does', async (query) => {
      const sources = expectedSources(points, query);
      expect(await store.history.sources(query, NEVER)).toEqual({ ok: true, sources });
      const ranges = sources.reduce((sum, { seqs }) => sum + seqs.length, 0);
      if (ranges < 2) return;
      const fewer = await store.history.sources({ ...query, rangesMax: ranges - 1 }, NEVER);
      expect(fewer).toEqual({ ok: false, reason: 'too-many-ranges' });
    });

    it('reads 120,000 points of a lift in pages that do not hold the process up', async () => {
      const many = Array.from({ length: 120_000 }, (_, seq) =>
        point('many', Math.floor(seq / 3), {
          seq,
          sample: { ...SILENT, doorState: seq < 60_000 ? 'open' : null },
        }),
      );
      for (let from = 0; from < many.length; from += 20_000) {
        await append(store, many.slice(from, from + 20_000), 2 + from);
      }
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      expect(await store.history.sources({ lift: 'many', from: null, rangesMax: 10 }, NEVER)).toEqual({
        ok: true,
        sources: [{ terminal: 't-many', boot: 'b1', points: 120_000, seqs: [[0, 119_999]] }],
      });
      const range = { lift: 'many', from: BASE, to: BASE + 3_600_000 };
      const limits = { changesMax: 10, pointsMax: 100_000 };
      expect(await store.history.changes({ ...range, ...limits, field: 'doorState' }, NEVER)).toEqual({
        changes: [
          { at: BASE, value: 'open' },
          { at: BASE + 20_000, value: null },
        ],
        restFrom: BASE + 33_333,
      });
      delay.disable();
      expect(delay.max / 1e6).toBeLessThan(500 * SLOWNESS);
    }, 60_000);

    it('ends a query when its signal aborts', async () => {
      const stop = AbortSignal.timeout(1);
      const query = { lift: 'many', from: null, rangesMax: 10 };
      await expect(store.history.sources(query, stop)).rejects.toThrow(/^InfluxDB at /);
    });
  });
});
