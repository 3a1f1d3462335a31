import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbSession } from './duckdb-session.js';
import { SampleChunks } from './sample-chunk.js';
import { SampleRows } from './sample-rows.js';
import type { SeriesPoint } from './series.store.js';
import { point, SILENT } from './series-points.fixture.js';

describe('SampleChunks', () => {
  let folder: string;
  let session: DuckDbSession;
  let position = 0;
  const chunks = new SampleChunks();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chunk-'));
    const limits = { memoryLimit: '128MB', threads: 1, walAutocheckpoint: '64MB' };
    session = await DuckDbSession.open(join(folder, 'series.duckdb'), limits);
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true });
  });

  /** Appends points with these floors, and answers the floors that are stored, in order. */
  async function floorsOf(lift: string, batches: readonly (readonly (string | null)[])[]) {
    for (const floors of batches) {
      const points = floors.map((floor, seq) => point(lift, seq, { seq, sample: { ...SILENT, floor } }));
      await store(points);
    }
    const rows = await session.query(`SELECT floor FROM lift_sample WHERE lift = '${lift}' ORDER BY rowid`);
    return rows.map(({ floor }) => floor);
  }

  function store(points: readonly SeriesPoint[]): Promise<void> {
    const rows = new SampleRows(chunks);
    rows.add(points);
    return session.commit(rows.all(), ++position);
  }

  const texts = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}${index}`);

  // One byte a code up to 255 texts, two above: a wrong guess gives every row another text.
  it.each([1, 254, 255, 256, 257, 2_048, 5_000])(
    'stores a column of %d texts, twice, with nulls',
    async (count) => {
      const floors = texts(`n${count}-`, count).flatMap((text) => [text, null]);
      expect(await floorsOf(`of${count}`, [floors, floors])).toEqual([...floors, ...floors]);
    },
  );

  it('stores texts that never repeat, more of them than it remembers', async () => {
    const batches = Array.from({ length: 12 }, (_, batch) => texts(`u${batch}-`, 2_000));
    expect(await floorsOf('unique', batches)).toEqual(batches.flat());
  });

  it('stores texts that the dictionary cannot have beside those it has', async () => {
    const odd = ['', '\0', 'a\0b', 'a', '梯', '𝕃', 'x'.repeat(65), 'x'.repeat(64), '"\'\\', null];
    const stored = await floorsOf('odd', [odd, ['a', '梯', null], odd]);
    expect(stored).toEqual([...odd, 'a', '梯', null, ...odd]);
    // A lone surrogate is no text in UTF-8.
    expect(await floorsOf('lone', [['\ud800', '\udfff', '\ufffd']])).toEqual(['\ufffd', '\ufffd', '\ufffd']);
  });

  it('keeps every number that a double holds, and times to the millisecond', async () => {
    const given = point('numbers', 0, {
      seq: 4_294_967_295,
      at: Number.MAX_SAFE_INTEGER,
      receivedAt: -Number.MAX_SAFE_INTEGER,
      terminalAt: 5e-324,
    });
    await store([given]);
    const [row] = await session.query(`SELECT * FROM lift_sample WHERE lift = 'numbers'`);
    expect(row).toMatchObject({
      seq: 4_294_967_295,
      at_ms: BigInt(Number.MAX_SAFE_INTEGER),
      received_at_ms: -BigInt(Number.MAX_SAFE_INTEGER),
      terminal_at_ms: 5e-324,
    });
  });

  it('leaves the rows of one checkpoint alone at the next, full group or not', async () => {
    const groups = async () => {
      const [row] = await session.query(`
        SELECT count(DISTINCT row_group_id) AS groups FROM pragma_storage_info('lift_sample')`);
      return Number(row?.groups);
    };
    await session.query('CHECKPOINT');
    const before = await groups();
    for (let n = 1; n <= 4; n++) {
      await store([point(`checkpoint${n}`, n)]);
      await session.query('CHECKPOINT');
      expect(await groups()).toBe(before + n);
    }
  });
});
