import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Metrics } from '#runtime';
import { FaultyFiles, JournalBench, systemError } from './journal.fixture.js';
import type { SnapshotBlock } from './snapshot-format.js';
import type { SnapshotStore } from './snapshot-store.js';

const fine = async () => {};
const steady = new AbortController().signal;

describe('snapshot store', () => {
  let bench: JournalBench;
  let files: FaultyFiles;
  const metrics = new Metrics();

  beforeEach(async () => {
    bench = await JournalBench.make();
    files = new FaultyFiles();
  });
  afterEach(() => bench.tearDown());

  const store = async (contentVersion = 1): Promise<SnapshotStore> => {
    const journal = await bench.open({ folder: join(bench.folder, 'journal'), files, metrics });
    return journal.snapshots({ folder: bench.folder, name: 's', contentVersion });
  };
  const path = (slot: string) => join(bench.folder, `s-${slot}.snapshot`);

  function* blocks(text: string): Generator<SnapshotBlock> {
    for (const letter of text) yield { kind: 1, bytes: Buffer.from(letter.repeat(1_000)) };
    yield { kind: 2, bytes: Buffer.from('end') };
  }

  async function restored(of: SnapshotStore) {
    let text = '';
    const found = await of.restore(
      ({ kind, bytes }) => {
        if (kind === 1) text += String.fromCharCode(bytes[0] ?? 0);
      },
      () => {
        text = '';
      },
    );
    return { ...found, text };
  }

  it('has nothing at first, gives back the newest, and keeps the one before', async () => {
    const first = await store();
    expect(await restored(first)).toEqual({ lsn: 0, bytes: 0, rejected: [], text: '' });
    expect([first.newestLsn, first.safeLsn]).toEqual([null, 0]);
    const safe: number[] = [];
    for (const [index, text] of ['ab', 'cd', 'ef', 'gh'].entries()) {
      await first.write({ lsn: 10 * (index + 1), blocks: blocks(text), confirm: fine, hurry: steady });
      safe.push(first.safeLsn);
    }
    expect(safe).toEqual([0, 10, 20, 30]);
    expect([first.newestLsn, (await readdir(bench.folder)).sort()]).toEqual([
      40,
      ['journal', 's-a.snapshot', 's-b.snapshot'],
    ]);
    const again = await store();
    expect(await restored(again)).toMatchObject({ lsn: 40, text: 'gh', rejected: [] });
    // The other one has not been read: it counts when this process has written it.
    expect(again.safeLsn).toBe(0);
    await again.write({ lsn: 50, blocks: blocks('ij'), confirm: fine, hurry: steady });
    expect(again.safeLsn).toBe(40);
  });

  it('falls back to the one before for a flipped bit in any byte of the newest', async () => {
    const first = await store();
    await first.write({ lsn: 10, blocks: blocks('ab'), confirm: fine, hurry: steady });
    await first.write({ lsn: 20, blocks: blocks('c'), confirm: fine, hurry: steady });
    const whole = await readFile(path('b'));
    for (let at = 0; at < whole.length; at += at < 60 || at > whole.length - 40 ? 1 : 97) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x20, at);
      await writeFile(path('b'), bytes);
      const { lsn, text, rejected } = await restored(await store());
      expect({ at, lsn, text, rejected: rejected.length }).toEqual({ at, lsn: 10, text: 'ab', rejected: 1 });
    }
  });

  it('falls back for a newest cut off anywhere, and says when neither can be used', async () => {
    const first = await store();
    await first.write({ lsn: 10, blocks: blocks('ab'), confirm: fine, hurry: steady });
    await first.write({ lsn: 20, blocks: blocks('c'), confirm: fine, hurry: steady });
    const { length } = await readFile(path('b'));
    for (const size of [length - 1, length - 16, length - 17, 1_052, 41, 40, 39, 0]) {
      await truncate(path('b'), size);
      expect(await restored(await store())).toMatchObject({ lsn: 10, text: 'ab' });
    }
    await truncate(path('a'), 500);
    const { lsn, text, rejected } = await restored(await store());
    expect({ lsn, text, reasons: rejected.map(({ reason }) => reason) }).toEqual({
      ...{ lsn: 0, text: '', reasons: ['damaged', 'damaged'] },
    });
  });

  it('does not read the content of another version', async () => {
    await (await store(1)).write({ lsn: 10, blocks: blocks('ab'), confirm: fine, hurry: steady });
    const { lsn, rejected } = await restored(await store(2));
    expect({ lsn, rejected }).toMatchObject({
      lsn: 0,
      rejected: [{ path: path('a'), reason: 'other-version' }],
    });
  });

  it('takes back what an owner could not read to its end', async () => {
    const first = await store();
    await first.write({ lsn: 10, blocks: blocks('ab'), confirm: fine, hurry: steady });
    await first.write({ lsn: 20, blocks: blocks('cx'), confirm: fine, hurry: steady });
    let text = '';
    const found = await (await store()).restore(
      ({ bytes }) => {
        text += String.fromCharCode(bytes[0] ?? 0);
        if (text.endsWith('x')) throw new Error('an x');
      },
      () => {
        text = '';
      },
    );
    expect([found.lsn, text, found.rejected[0]?.detail]).toEqual([10, 'abe', 'Error: an x']);
  });

  it.each(['ENOSPC', 'EIO'])('keeps both when a write meets %s, and leaves no draft', async (code) => {
    const kept = await store();
    await kept.write({ lsn: 10, blocks: blocks('ab'), confirm: fine, hurry: steady });
    await kept.write({ lsn: 20, blocks: blocks('cd'), confirm: fine, hurry: steady });
    for (const failing of ['create', 'write', 'datasync', 'rename'] as const) {
      files.before = (step) => {
        if (step === failing) throw systemError(code);
      };
      await expect(
        kept.write({ lsn: 30, blocks: blocks('ef'), confirm: fine, hurry: steady }),
      ).rejects.toThrow(code);
      files.before = () => {};
      expect((await readdir(bench.folder)).sort()).toEqual(['journal', 's-a.snapshot', 's-b.snapshot']);
      expect(await restored(await store())).toMatchObject({ lsn: 20, text: 'cd', rejected: [] });
    }
    await kept.write({ lsn: 40, blocks: blocks('gh'), confirm: fine, hurry: steady });
    expect(await restored(await store())).toMatchObject({ lsn: 40, text: 'gh' });
  });

  it('does not use a file that is not confirmed', async () => {
    const kept = await store();
    await kept.write({ lsn: 10, blocks: blocks('ab'), confirm: fine, hurry: steady });
    const refuse = () => Promise.reject(new Error('not all durable'));
    await expect(
      kept.write({ lsn: 20, blocks: blocks('cd'), confirm: refuse, hurry: steady }),
    ).rejects.toThrow('not all durable');
    expect([kept.newestLsn, (await readdir(bench.folder)).length]).toEqual([10, 2]);
  });

  it('lets the event loop turn between blocks', async () => {
    const kept = await store();
    let turns = 0;
    let written = false;
    const turn = () => {
      turns++;
      if (!written) setImmediate(turn);
    };
    setImmediate(turn);
    await kept.write({ lsn: 10, blocks: blocks('a'.repeat(50)), confirm: fine, hurry: steady });
    written = true;
    expect(turns).toBeGreaterThan(40);
  });
});
