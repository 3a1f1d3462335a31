import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  CONTACT_STATES,
  DIRECTIONS,
  DOOR_STATES,
  type LiftSample,
  POWER_STATES,
  SERVICE_MODES,
} from '#protocol';
import { DuckDbSeriesStore } from './duckdb-series.store.js';
import { DuckDbSession, UnsureCommitError } from './duckdb-session.js';
import type { SeriesPoint } from './series.store.js';
import { append, BASE, fault, point, SILENT } from './series-points.fixture.js';

const STORED = { ok: true, refused: [], outsideRetention: 0 };
const words = <W extends string>(list: readonly W[]) => fc.option(fc.constantFrom(...list));
const flag = fc.option(fc.boolean());
const number = fc.option(fc.double({ noNaN: true }));
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const sample: fc.Arbitrary<LiftSample> = fc.record({
  mode: words(SERVICE_MODES),
  direction: words(DIRECTIONS),
  moving: flag,
  floor: fc.option(text),
  doorState: words(DOOR_STATES),
  inDoorZone: flag,
  doorLock: words(CONTACT_STATES),
  safetyLoop: words(CONTACT_STATES),
  occupied: flag,
  speed: number,
  levelErrorMm: number,
  loadPercent: number,
  powerState: words(POWER_STATES),
  tripCount: fc.option(fc.nat()),
  doorCycleCount: number,
  temperature: number,
  vibration: number,
  extra: fc.option(
    fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), {
      noNullPrototype: true,
    }),
  ),
});
const anyPoint: fc.Arbitrary<SeriesPoint> = fc.record({
  lift: text,
  district: text,
  terminal: text,
  boot: fc.option(text),
  seq: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  at: fc.maxSafeInteger(),
  terminalAt: fc.option(fc.double({ noNaN: true })),
  receivedAt: fc.maxSafeInteger(),
  clockSuspect: fc.boolean(),
  sample,
});

describe('DuckDbSeriesStore', () => {
  let folder: string;
  let file: string;
  const stores: DuckDbSeriesStore[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'series-'));
    file = join(folder, 'sub', 'series.duckdb');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await rm(folder, { recursive: true, force: true });
  });

  async function opened(path = file): Promise<DuckDbSeriesStore> {
    const store = new DuckDbSeriesStore({ file: path });
    stores.push(store);
    await store.open();
    return store;
  }

  async function reopened(store: DuckDbSeriesStore): Promise<DuckDbSeriesStore> {
    await store.close();
    return opened();
  }

  async function latestOf(store: DuckDbSeriesStore, lift: string): Promise<SeriesPoint | undefined> {
    return (await store.latest([lift])).get(lift);
  }

  it('gives every field of any point back after a reopen', async () => {
    let position = 0;
    let store = await opened();
    const seen = new Map<string, SeriesPoint>();
    await fc.assert(
      fc.asyncProperty(fc.array(anyPoint, { minLength: 1, maxLength: 20 }), async (points) => {
        expect(await append(store, points, ++position)).toEqual(STORED);
        for (const each of points) {
          const known = seen.get(each.lift);
          if (known === undefined || each.at >= known.at) seen.set(each.lift, each);
        }
      }),
      { numRuns: 40 },
    );
    expect(await store.latest([...seen.keys()])).toEqual(seen);
    store = await reopened(store);
    expect(await store.latest([...seen.keys()])).toEqual(seen);
    expect(await store.position()).toBe(position);
  });

  it('keeps the first text of a column that was null in every row before it', async () => {
    const silent = point('L1', 1);
    const { sample } = silent;
    const said = { ...point('L1', 2), boot: 'b1', sample: { ...sample, floor: '-2B', extra: { note: 'x' } } };
    const store = await opened();
    await append(store, [{ ...silent, boot: null, sample: { ...sample, floor: null, extra: null } }], 1);
    await append(store, [said], 2);
    expect(await latestOf(await reopened(store), 'L1')).toEqual(said);
  });

  it('starts empty, at position 0', async () => {
    const store = await opened();
    expect(await store.position()).toBe(0);
    expect(await store.count()).toBe(0);
    expect(await append(store, [], 12)).toEqual(STORED);
    expect(await store.position()).toBe(12);
    expect((await store.latest(['L1'])).size).toBe(0);
  });

  it('answers the newest point of each lift asked for; the later append wins a tie', async () => {
    const first = point('L1', 10, { seq: 1 });
    const tie = point('L1', 10, { seq: 2 });
    const late = point('L1', 3, { seq: 3 });
    const other = point('L2', 1);
    let store = await opened();
    await append(store, [first, tie, late, other], 4);
    for (let round = 0; round < 2; round++) {
      expect(await store.latest(['L1', 'L2', 'L3'])).toEqual(
        new Map([
          ['L1', tie],
          ['L2', other],
        ]),
      );
      store = await reopened(store);
    }
    const again = point('L1', 10, { seq: 9 });
    await append(store, [again], 5);
    expect(await latestOf(await reopened(store), 'L1')).toEqual(again);
  });

  it('stores batches larger than a chunk whole, and concurrent appends one after the other', async () => {
    const store = await opened();
    const many = Array.from({ length: 5_000 }, (_, seq) => point(`L${seq % 7}`, seq, { seq }));
    const results = await Promise.all([
      append(store, many, 1),
      append(store, [point('L1', 6_000)], 2),
      append(store, [point('L1', 7_000)], 3),
      store.count(),
    ]);
    expect(results.slice(0, 3)).toEqual([STORED, STORED, STORED]);
    expect(await store.count()).toBe(5_002);
    expect(await store.position()).toBe(3);
    expect((await latestOf(store, 'L1'))?.at).toBe(BASE + 7_000);
  });

  it('counts points and different seqs of each boot of each terminal', async () => {
    const store = await opened();
    await append(
      store,
      [
        point('L1', 1, { boot: 'b1', seq: 1 }),
        point('L1', 2, { boot: 'b1', seq: 2 }),
        point('L1', 3, { boot: 'b1', seq: 2 }),
        point('L1', 4, { boot: 'b2', seq: 4_294_967_295 }),
        point('L2', 5, { boot: null, seq: null }),
      ],
      1,
    );
    expect(await store.verifyCounts()).toEqual([
      { terminal: 't-L1', boot: 'b1', points: 3, distinctSeqs: 2 },
      { terminal: 't-L1', boot: 'b2', points: 1, distinctSeqs: 1 },
      { terminal: 't-L2', boot: null, points: 1, distinctSeqs: 0 },
    ]);
  });

  it.each([
    ['seq', point('L1', 1, { seq: -1 }), /seq is -1/],
    ['seq', point('L1', 1, { seq: 2 ** 32 }), /seq is 4294967296/],
    ['at', point('L1', Number.NaN), /at_ms is NaN/],
    ['receivedAt', point('L1', 1, { receivedAt: 1e300 }), /received_at_ms is 1e\+300/],
  ])('stores nothing of a batch with a bad %s, says so, and takes the next', async (_name, bad, message) => {
    const store = await opened();
    const good = Array.from({ length: 2_100 }, (_, seq) => point('L1', seq, { seq }));
    const result = await append(store, [...good, bad], 7);
    expect(result).toMatchObject({ ok: false, retryable: false, message: expect.stringMatching(message) });
    expect(await store.count()).toBe(0);
    expect(await store.position()).toBe(0);
    expect(await append(store, good, 7)).toEqual(STORED);
    expect(await (await reopened(store)).count()).toBe(2_100);
  });

  it('does not store a repeated batch again, and refuses a position that goes back', async () => {
    const store = await opened();
    await append(store, [point('L1', 1)], 5);
    expect(await append(store, [point('L1', 1)], 5)).toEqual(STORED);
    expect(await store.count()).toBe(1);
    await expect(append(store, [point('L1', 2)], 4)).rejects.toThrow(/Position 4 is not after .* 5/);
    const fresh = await opened(join(folder, 'fresh.duckdb'));
    await expect(append(fresh, [point('L1', 1)], 0)).rejects.toThrow(/at least 1/);
  });

  it('keeps SQL in names and texts as text', async () => {
    const store = await opened();
    const evil = point("L1'); DROP TABLE lift_sample; --", 1, { sample: { ...SILENT, floor: '\'"\\;\0' } });
    await append(store, [evil], 1);
    expect(await latestOf(await reopened(store), evil.lift)).toEqual(evil);
  });

  const commit = DuckDbSession.prototype.commit;
  it.each([
    ['before anything was stored', false, new Error('FATAL Error: database has been invalidated')],
    ['with the outcome unknown, not stored', false, new UnsureCommitError('COMMIT failed')],
    ['with the outcome unknown, but stored', true, new UnsureCommitError('COMMIT failed')],
  ])('opens again after a failure %s, and stores the batch exactly once', async (_name, stores, failure) => {
    const store = await opened();
    await append(store, [point('L1', 1)], 1);
    jest.spyOn(DuckDbSession.prototype, 'commit').mockImplementationOnce(async function (
      this: DuckDbSession,
      ...batch
    ) {
      if (stores) await commit.apply(this, batch);
      throw failure;
    });
    const batch = [point('L1', 2), point('L2', 2)];
    expect(await append(store, batch, 2)).toMatchObject({ ok: false, retryable: true });
    expect(await append(store, batch, 2)).toEqual(STORED);
    expect(await store.count()).toBe(3);
    expect(await store.position()).toBe(2);
    expect((await store.latest(['L1', 'L2'])).size).toBe(2);
  });

  it('replaces a fault when it is written again, and stores all of a batch or nothing', async () => {
    let store = await opened();
    const first = fault('aa');
    expect(
      await store.writeFaults([first, fault('bb'), { ...first, state: 'cleared', clearedAt: BASE }]),
    ).toEqual(STORED);
    expect(await store.writeFaults([])).toEqual(STORED);
    store = await reopened(store);
    expect(await store.countFaults()).toBe(2);
    expect(await store.writeFaults([fault('bb', { state: 'withdrawn' }), fault('cc')])).toEqual(STORED);
    expect(await store.writeFaults([fault('dd'), fault('ee', { raisedAt: Number.NaN })])).toEqual({
      ok: false,
      retryable: false,
      message: expect.stringMatching(/raisedAt is NaN/),
    });
    expect(await store.countFaults()).toBe(3);
    await store.close();
    const session = await DuckDbSession.open(file, {
      memoryLimit: '64MB',
      threads: 1,
      walAutocheckpoint: '1MB',
    });
    expect(await session.query('SELECT id, state, cleared_at_ms FROM lift_fault ORDER BY id')).toEqual([
      { id: 'aa', state: 'cleared', cleared_at_ms: BigInt(BASE) },
      { id: 'bb', state: 'withdrawn', cleared_at_ms: null },
      { id: 'cc', state: 'open', cleared_at_ms: null },
    ]);
    await session.close();
  });

  it('names the path and what to check when the file cannot be opened', async () => {
    const bad = join(folder, 'bad.duckdb');
    await writeFile(bad, 'not a database'.repeat(1_000));
    await expect(new DuckDbSeriesStore({ file: bad }).open()).rejects.toThrow(
      /bad\.duckdb cannot be opened.*Check/s,
    );
    await expect(new DuckDbSeriesStore({ file: '/dev/null/x' }).open()).rejects.toThrow(/\/dev\/null\/x/);
  });

  it('cannot load extensions by itself', async () => {
    const session = await DuckDbSession.open(file, {
      memoryLimit: '64MB',
      threads: 1,
      walAutocheckpoint: '1MB',
    });
    const rows = await session.query(
      `SELECT name, value FROM duckdb_settings() WHERE name IN
       ('autoinstall_known_extensions', 'autoload_known_extensions', 'threads') ORDER BY name`,
    );
    expect(rows.map(({ value }) => value)).toEqual(['false', 'false', '1']);
    await session.close();
  });

  it('refuses calls before open and after close, and leaves no write-ahead log behind', async () => {
    const store = new DuckDbSeriesStore({ file });
    await expect(store.count()).rejects.toThrow(/not open/);
    await store.open();
    await append(store, [point('L1', 1)], 1);
    await Promise.all([store.close(), store.close()]);
    await expect(store.latest(['L1'])).rejects.toThrow(/not open/);
    expect(await readdir(join(folder, 'sub'))).toEqual(['series.duckdb']);
  });
});
