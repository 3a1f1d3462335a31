import { readdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectJournal } from './inspect-journal.js';
import { JournalBench, message, StillClock } from './journal.fixture.js';
import { findJournal } from './journal-place.js';
import { verifyJournal } from './verify-journal.js';

const SMALL = { segmentBytes: 400, maxBytes: 1_000_000 };

describe('looking into a journal', () => {
  let bench: JournalBench;
  let names: string[];

  /** Ten messages, three segments or more, in DATA_DIR/journal; and one snapshot. */
  beforeEach(async () => {
    bench = await JournalBench.make();
    const journal = await bench.open({ ...SMALL, folder: join(bench.folder, 'journal') });
    for (let n = 1; n <= 10; n++) {
      const refusal = n === 3 ? { reason: 'malformed-json' as const, detail: 'x' } : null;
      await journal.append([{ ...message(`${n}`), refusal, duplicates: n === 4 ? [0] : [] }]);
    }
    await journal.append([{ kind: 'tick', receivedAt: 5 }]);
    const snapshots = journal.snapshots({ folder: bench.folder, name: 's', contentVersion: 1 });
    await snapshots.write({
      lsn: 7,
      blocks: [{ kind: 1, bytes: Buffer.from('x') }],
      confirm: async () => {},
      hurry: new AbortController().signal,
    });
    await journal.close();
    names = (await readdir(join(bench.folder, 'journal'))).sort();
    expect(names.length).toBeGreaterThan(2);
  });
  afterEach(() => bench.tearDown());

  const file = (index: number) => join(bench.folder, 'journal', names.at(index) ?? '');
  const verify = async (folder = bench.folder) => {
    const place = await findJournal(folder, new StillClock());
    if (place === null) throw new Error(`no journal in ${folder}`);
    return verifyJournal(place);
  };
  const kinds = async () => {
    const { flaws, damaged } = await verify();
    return { flaws: flaws.map(({ kind, lostRecords }) => [kind, lostRecords]), damaged };
  };
  const change = async (path: string, at: number) => {
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path, bytes);
  };

  it('finds a whole one whole, by the data folder and by its own', async () => {
    const whole = {
      segments: names.length,
      entries: 11,
      firstLsn: 1,
      lastLsn: 11,
      flaws: [],
      damaged: false,
    };
    expect(await verify()).toMatchObject({ ...whole, snapshots: [{ lsn: 7, blocks: 1, damage: null }] });
    expect(await verify(join(bench.folder, 'journal'))).toMatchObject({ ...whole, snapshots: [] });
    expect(await findJournal(join(bench.folder, 'nowhere'), new StillClock())).toBeNull();
  });

  it('names the offset of a flipped byte and goes on behind it', async () => {
    await change(file(0), 100);
    const { flaws, entries, lostRecords, damaged } = await verify();
    expect({ entries, lostRecords, damaged }).toEqual({ entries: 10, lostRecords: 1, damaged: true });
    expect(flaws).toMatchObject([{ kind: 'corrupt-records', segment: names[0], offset: 64 }]);
  });

  it('tells an unfinished write from damage', async () => {
    const { length } = await readFile(file(-1));
    await truncate(file(-1), length - 3);
    expect(await kinds()).toEqual({ flaws: [['torn-tail', 0]], damaged: false });
  });

  it('calls a newest record of full length with a wrong checksum damaged', async () => {
    const { length } = await readFile(file(-1));
    await change(file(-1), length - 3);
    expect(await kinds()).toEqual({ flaws: [['corrupt-records', 1]], damaged: true });
  });

  it('calls a tail torn in a segment that another follows damaged', async () => {
    const { length } = await readFile(file(0));
    await truncate(file(0), length - 3);
    expect(await kinds()).toEqual({ flaws: [['corrupt-records', 1]], damaged: true });
  });

  it('finds a missing segment, a damaged header and a damaged snapshot', async () => {
    const { lastLsn } = await verify();
    await unlink(file(1));
    expect((await kinds()).flaws[0]?.[0]).toBe('missing-entries');
    for (const at of [3, 35]) await change(file(0), at);
    expect((await kinds()).flaws.map(([kind]) => kind)).toEqual(['corrupt-header']);
    await change(join(bench.folder, 's-a.snapshot'), 52);
    const { snapshots } = await verify();
    expect([lastLsn, snapshots[0]?.damage]).toEqual([11, expect.stringContaining('checksum')]);
  });

  it('reads a live journal without touching it, up to what is there', async () => {
    const journal = await bench.open({ ...SMALL, folder: join(bench.folder, 'journal') });
    const writing = (async () => {
      for (let n = 0; n < 40; n++) await journal.append([message('live')]);
    })();
    for (let n = 0; n < 5; n++) expect((await verify()).damaged).toBe(false);
    await writing;
    await journal.release(20);
    expect(await verify()).toMatchObject({ lastLsn: 51, flaws: [], damaged: false });
    expect(journal.durableLsn).toBe(51);
  });

  it('counts topics, terminals and outcomes, the most frequent first', async () => {
    const place = await findJournal(bench.folder, new StillClock());
    if (place === null) throw new Error('no journal');
    const found = await inspectJournal(place, 2);
    expect(found).toMatchObject({ entries: 11, flaws: 0, newestAt: 5, topics: { names: 1 } });
    expect(found.topics.top).toMatchObject([{ name: 'lift/v1/{terminal}/telemetry', entries: 10 }]);
    expect(found.terminals).toMatchObject({ names: 10, top: [{ entries: 1 }, { entries: 1 }] });
    const { top } = (await inspectJournal(place, 9)).outcomes;
    expect(top.map(({ name, entries }) => [name, entries])).toEqual([
      ['taken', 8],
      ['duplicate', 1],
      ['refused: malformed-json', 1],
      ['tick', 1],
    ]);
    expect(found.segments.map(({ firstLsn }) => firstLsn)).toEqual(
      names.map((name) => Number.parseInt(name, 10)),
    );
    expect(found.segments.reduce((sum, { entries }) => sum + entries, 0)).toBe(11);
  });
});
