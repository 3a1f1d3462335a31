import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { Metrics } from '#runtime';
import { FaultyFiles, JournalBench, message, payloads, plain, readAll } from './journal.fixture.js';
import type { Journal } from './journal.js';

const SMALL = { segmentBytes: 600, maxBytes: 1_000_000 };

async function fill(journal: Journal, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await journal.append([message(`m${n}`)]);
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`);
}

describe('Journal', () => {
  let bench: JournalBench;
  beforeEach(async () => {
    bench = await JournalBench.make();
  });
  afterEach(() => bench.tearDown());

  it('gives LSNs from 1 in the order of the calls, and one group the rest', async () => {
    const files = new FaultyFiles();
    const journal = await bench.open({ files });
    files.counts.datasync = 0;
    const firsts = await Promise.all(
      Array.from({ length: 50 }, (_, n) => journal.append([message(`a${n}`), message(`b${n}`)])),
    );
    expect(firsts).toEqual(Array.from({ length: 50 }, (_, n) => 1 + 2 * n));
    expect(journal.durableLsn).toBe(100);
    expect(files.counts.datasync).toBe(1);
  });

  it('neither resolves nor shows an entry before its fdatasync is done', async () => {
    const files = new FaultyFiles();
    const journal = await bench.open({ files });
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      files.before = (step) => {
        if (step !== 'datasync') return;
        resolve();
        return held;
      };
    });
    const done: string[] = [];
    const append = journal.append([message('x')]).then(() => done.push('append'));
    const read = journal.reader(0).next(10, 1_000);
    void read.then(() => done.push('read'));
    await reached;
    await new Promise((resolve) => setImmediate(resolve));
    expect({ done: [...done], durable: journal.durableLsn }).toEqual({ done: [], durable: 0 });
    letGo();
    await append;
    expect(payloads(await read)).toEqual(['x']);
  });

  it('hands memos to a reader that keeps up, and none after a read from disk', async () => {
    const journal = await bench.open({ tailBytes: 1_000 });
    const memo = { items: [] };
    const early = journal.reader(0);
    await journal.append([message('x', memo)]);
    const fromTail = await early.next(1, 1_000);
    expect(fromTail?.entries[0]?.entry).toHaveProperty('memo', memo);
    await journal.append([message('y'.repeat(500), memo)]);
    const fromDisk = await readAll(journal.reader(0), 2);
    expect(fromDisk).toHaveLength(2);
    for (const { entry } of fromDisk) expect(entry).not.toHaveProperty('memo');
  });

  it('keeps what the slowest reader needs in memory, and forgets what all have passed', async () => {
    const files = new FaultyFiles();
    const metrics = new Metrics();
    const journal = await bench.open({ files, metrics });
    const fast = journal.reader(0);
    const slow = journal.reader(0);
    const tailBytes = async () =>
      (await metrics.gauge('liftwarden_journal_tail_bytes', '').get()).values[0]?.value;
    await fill(journal, 1, 5);
    await readAll(fast, 5);
    expect(await tailBytes()).toBeGreaterThan(0);
    expect(payloads(await slow.next(5, 10_000))).toEqual(numbered(1, 5));
    expect(await tailBytes()).toBe(0);
    expect(files.counts.read).toBe(0);
  });

  it('reads the same from memory and from disk, in the same batches', async () => {
    const entries = fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        entries,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 900 }),
        async (...run) => {
          const [texts, maxEntries, maxBytes] = run;
          const own = await JournalBench.make();
          try {
            const memory = await own.open(SMALL);
            const held = memory.reader(0);
            await memory.append(texts.map((text) => message(text)));
            const inMemory: unknown[] = [];
            while (held.position < texts.length) {
              inMemory.push(
                (await held.next(maxEntries, maxBytes))?.entries.map((each) => plain(each.entry)),
              );
            }
            await memory.close();
            const disk = await own.open({ ...SMALL, tailBytes: 0 });
            const behind = disk.reader(0);
            for (const batch of inMemory) {
              const read = await behind.next(maxEntries, maxBytes);
              expect(read?.entries.map((each) => plain(each.entry))).toEqual(batch);
            }
          } finally {
            await own.tearDown();
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('serves readers and appends at once, over many segments, from any position', async () => {
    const journal = await bench.open({ ...SMALL, tailBytes: 8_000 });
    const readers = [journal.reader(0), journal.reader(0), journal.reader(0)];
    const reads = readers.map((reader, index) => readAll(reader, 300, 1 + index * 40));
    for (let n = 1; n <= 300; n += 3) {
      void journal.append([message(`m${n}`), message(`m${n + 1}`), message(`m${n + 2}`)]);
      if (n % 5 === 0) await journal.sync();
    }
    for (const entries of await Promise.all(reads)) {
      expect(entries.map(({ lsn }) => lsn)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
      expect(payloads({ entries, last: 300 })).toEqual(numbered(1, 300));
    }
    const middle = await readAll(journal.reader(123), 300);
    expect(payloads({ entries: middle, last: 300 })).toEqual(numbered(124, 300));
  });

  it('goes on with a reader that reached the end of the segment being written, by disk alone', async () => {
    const journal = await bench.open({ tailBytes: 0 });
    const reader = journal.reader(0);
    for (let n = 1; n <= 4; n++) {
      await fill(journal, n, n);
      expect(payloads(await reader.next(10, 10_000))).toEqual([`m${n}`]);
    }
  });

  it('finds its place by the index in a segment of megabytes', async () => {
    const journal = await bench.open({ tailBytes: 0 });
    const large = 'x'.repeat(50_000);
    await journal.append(Array.from({ length: 60 }, (_, n) => message(`${n}${large}`)));
    for (const from of [0, 1, 29, 58, 59]) {
      const batch = await journal.reader(from).next(1, 1_000);
      expect(payloads(batch)[0]?.slice(0, 3)).toBe(`${from}xxx`.slice(0, 3));
      expect(batch?.last).toBe(from + 1);
    }
  });

  it('continues the LSNs after a restart, and after everything was released', async () => {
    let journal = await bench.open(SMALL);
    await fill(journal, 1, 30);
    await journal.close();
    journal = await bench.open(SMALL);
    expect(journal.durableLsn).toBe(30);
    expect(await journal.append([message('m31')])).toBe(31);
    await journal.release(32);
    await journal.close();
    journal = await bench.open(SMALL);
    expect(await journal.append([message('m32')])).toBe(32);
  });

  it('releases whole segments below an LSN only, never the one being written', async () => {
    const journal = await bench.open({ ...SMALL, tailBytes: 0 });
    await fill(journal, 1, 30);
    const before = (await readdir(bench.folder)).sort();
    expect(before.length).toBeGreaterThan(4);
    const second = Number.parseInt(before[1] ?? '', 10);
    await journal.release(second - 1);
    expect(await readdir(bench.folder)).toHaveLength(before.length);
    await journal.release(second);
    expect(journal.oldestLsn).toBe(second);
    expect((await readdir(bench.folder)).sort()).toEqual(before.slice(1));
    expect(payloads({ entries: await readAll(journal.reader(0), 30), last: 30 })).toEqual(
      numbered(second, 30),
    );
    await journal.release(1_000);
    expect((await readdir(bench.folder)).sort()).toEqual(before.slice(-1));
  });

  it('never gives an LSN again that a reader has stored', async () => {
    let journal = await bench.open(SMALL);
    await fill(journal, 1, 3);
    await journal.skipTo(2);
    expect(() => journal.reader(9)).toThrow(/position 9 is outside 0…3/);
    await journal.skipTo(9);
    expect(await journal.append([message('m10')])).toBe(10);
    await journal.close();
    journal = await bench.open(SMALL);
    const entries = await readAll(journal.reader(0), 10);
    expect(entries.map(({ lsn }) => lsn)).toEqual([1, 2, 3, 10]);
  });

  it('answers null to a waiting reader on abort, on its close and on the close of the journal', async () => {
    const journal = await bench.open();
    const aborted = new AbortController();
    const first = journal.reader(0).next(1, 1, aborted.signal);
    const second = journal.reader(0);
    const secondNext = second.next(1, 1);
    const third = journal.reader(0).next(1, 1);
    aborted.abort();
    expect(await first).toBeNull();
    await second.close();
    expect(await secondNext).toBeNull();
    await journal.close();
    expect(await third).toBeNull();
  });

  it('makes pending appends durable when it closes', async () => {
    const journal = await bench.open();
    const appends = [journal.append([message('m1')]), journal.append([message('m2')])];
    await journal.close();
    expect(await Promise.all(appends)).toEqual([1, 2]);
    await expect(journal.append([message('m3')])).rejects.toThrow(/not open/);
    const again = await bench.open();
    expect(payloads({ entries: await readAll(again.reader(0), 2), last: 2 })).toEqual(['m1', 'm2']);
  });

  it('shows its size and the age of its oldest entry', async () => {
    const metrics = new Metrics();
    const journal = await bench.open({ metrics });
    await journal.append([{ kind: 'tick', receivedAt: bench.clock.nowMs - 90_000 }]);
    await journal.release(1);
    const text = await metrics.registry.metrics();
    expect(text).toContain('liftwarden_journal_oldest_entry_age_seconds 90');
    expect(text).toContain(`liftwarden_journal_bytes ${journal.usage.bytes}`);
    expect(text).toContain('liftwarden_journal_group_entries_count 1');
    expect(text).toContain('liftwarden_journal_pending_bytes 0');
  });

  it('refuses an empty append, a second open and limits that contradict each other', async () => {
    const journal = await bench.open();
    await expect(journal.append([])).rejects.toThrow(RangeError);
    await expect(journal.open()).rejects.toThrow(/opened before/);
    expect(() => bench.journal({ segmentBytes: 100, maxBytes: 199 })).toThrow(/twice segmentBytes/);
    expect(() => bench.journal({ recordMaxBytes: 17 * 1024 * 1024 })).toThrow(/recordMaxBytes/);
  });
});
