import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Metrics } from '#runtime';
import { JournalBench, message, payloads, readAll } from './journal.fixture.js';
import { encodeHeader, HEADER_BYTES, parseSegmentName, RECORD_MAGIC_BYTES } from './segment-format.js';

const COUNT = 6;

describe('Journal on a damaged disk', () => {
  let bench: JournalBench;
  let path: string;
  let whole: Buffer;
  /** Where each record begins, and the end. */
  let starts: number[];

  beforeEach(async () => {
    bench = await JournalBench.make();
    const journal = await bench.open();
    starts = [journal.usage.bytes];
    for (let n = 1; n <= COUNT; n++) {
      await journal.append([message(`m${n}`)]);
      starts.push(journal.usage.bytes);
    }
    await journal.close();
    path = join(bench.folder, (await readdir(bench.folder))[0] ?? '');
    whole = await readFile(path);
  });
  afterEach(() => bench.tearDown());

  async function openAndRead(bytes: Buffer, options: { metrics?: Metrics } = {}) {
    await writeFile(path, bytes);
    const journal = bench.journal(options);
    const report = await journal.open();
    const entries = await readAll(journal.reader(0), journal.durableLsn);
    await journal.append([message('new')]);
    const [last] = await readAll(journal.reader(journal.durableLsn - 1), journal.durableLsn);
    await journal.close();
    return { report, read: payloads({ entries, last: 0 }), lastLsn: last?.lsn };
  }

  it('cuts a tail torn at any byte of the last record, and gives its LSN to the next entry', async () => {
    const [from = 0, to = 0] = starts.slice(-2);
    for (let size = from; size < to; size++) {
      const { report, read, lastLsn } = await openAndRead(whole.subarray(0, size));
      expect({ size, torn: report.tornBytes, read, lastLsn, corrupt: report.corruptRecords }).toEqual({
        size,
        torn: size - from,
        read: ['m1', 'm2', 'm3', 'm4', 'm5'],
        lastLsn: COUNT,
        corrupt: 0,
      });
    }
  });

  it('skips a record with a flipped bit in any byte, reports it, and reads the later ones', async () => {
    const [, , from = 0, to = 0] = starts;
    for (let at = from; at < to; at++) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      const { report, read, lastLsn } = await openAndRead(bytes);
      expect({ at, read, lastLsn, torn: report.tornBytes, damaged: report.damaged }).toEqual({
        at,
        read: ['m1', 'm2', 'm4', 'm5', 'm6'],
        lastLsn: COUNT + 1,
        torn: 0,
        damaged: [{ segment: path, offset: from, bytes: to - from, lostRecords: 1 }],
      });
    }
  });

  it('keeps a newest record that has its length and not its checksum: it may be acknowledged', async () => {
    const [from = 0, to = 0] = starts.slice(-2);
    for (let at = from; at < to; at++) {
      const inLength = at >= from + 8 && at < from + 12;
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      const { report, read, lastLsn } = await openAndRead(bytes);
      expect({ at, read, lastLsn, torn: report.tornBytes, corrupt: report.corruptRecords }).toEqual({
        at,
        read: ['m1', 'm2', 'm3', 'm4', 'm5'],
        lastLsn: inLength ? COUNT : COUNT + 1,
        torn: inLength ? to - from : 0,
        corrupt: inLength ? 0 : 1,
      });
    }
  });

  it('counts every record lost in one damaged range, once, however many readers meet it', async () => {
    const metrics = new Metrics();
    const bytes = Buffer.from(whole);
    bytes.fill(0, starts[1], starts[4]);
    const { report, read } = await openAndRead(bytes, { metrics });
    expect(read).toEqual(['m1', 'm5', 'm6']);
    expect(report.corruptRecords).toBe(3);
    const counted = await metrics.counter('liftwarden_journal_corrupt_records_total', '').get();
    expect(counted.values[0]?.value).toBe(3);
  });

  it('counts damage that happens while it runs, and goes on', async () => {
    const metrics = new Metrics();
    const journal = await bench.open({ metrics, tailBytes: 0 });
    const bytes = Buffer.from(whole);
    bytes.fill(0, starts[2], starts[3]);
    await writeFile(path, bytes);
    for (let reader = 0; reader < 2; reader++) {
      const entries = await readAll(journal.reader(0), COUNT);
      expect(payloads({ entries, last: 0 })).toEqual(['m1', 'm2', 'm4', 'm5', 'm6']);
    }
    const counted = await metrics.counter('liftwarden_journal_corrupt_records_total', '').get();
    expect(counted.values[0]?.value).toBe(1);
  });

  it('waits for the next entry after damage at the end that happened while it ran', async () => {
    const journal = await bench.open({ tailBytes: 0 });
    const bytes = Buffer.from(whole);
    bytes.fill(0, starts[5], starts[6]);
    await writeFile(path, bytes);
    const reader = journal.reader(4);
    expect(payloads(await reader.next(9, 9_999))).toEqual(['m5']);
    const next = reader.next(9, 9_999);
    await journal.append([message('m7')]);
    expect(payloads(await next)).toEqual(['m7']);
  });

  it.each([3, 9, 20])('survives a flipped bit at byte %i of the header: there is a copy', async (at) => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    const { report, read } = await openAndRead(bytes);
    expect({ read: read.length, corrupt: report.corruptRecords }).toEqual({ read: COUNT, corrupt: 0 });
  });

  it('keeps a segment whose header is beyond reading, and never reuses an LSN it may hold', async () => {
    const bytes = Buffer.from(whole);
    bytes.fill(0, 0, HEADER_BYTES);
    const { report, read, lastLsn } = await openAndRead(bytes);
    expect(read).toEqual([]);
    expect(report.damaged).toHaveLength(1);
    expect(lastLsn).toBeGreaterThan(COUNT);
    expect(await readFile(path)).toEqual(bytes);
  });

  it.each([0, 1, 40, HEADER_BYTES])('begins again in a segment of only %i header bytes', async (size) => {
    const { report, lastLsn } = await openAndRead(whole.subarray(0, size));
    expect({ corrupt: report.corruptRecords, lastLsn }).toEqual({ corrupt: 0, lastLsn: 1 });
  });

  it('refuses a segment of another version, naming it', async () => {
    const header = encodeHeader(1, 7);
    expect(parseSegmentName('0000000000000001.journal')).toBe(1);
    const { crc32 } = await import('node:zlib');
    for (const start of [0, HEADER_BYTES / 2]) {
      header.writeUInt16BE(9, start + 6);
      header.writeUInt32BE(crc32(header.subarray(start, start + 28)), start + 28);
    }
    await writeFile(path, header);
    await expect(bench.journal().open()).rejects.toThrow(/has format 9/);
  });

  it('does not take a forged record in a payload for one, when the record around it is damaged', async () => {
    const other = await JournalBench.make();
    try {
      const source = await other.open();
      await source.append([message('m1')]);
      await source.append([message('forged')]);
      await source.close();
      const name = (await readdir(other.folder))[0] ?? '';
      const bytes = await readFile(join(other.folder, name));
      const forged = bytes.subarray(bytes.lastIndexOf(RECORD_MAGIC_BYTES));
      const target = await other.open({ folder: join(other.folder, 'target') });
      await target.append([message('m1')]);
      await target.append([{ ...message('x'), payload: Buffer.concat([Buffer.alloc(90), forged]) }]);
      await target.append([message('m3')]);
      await target.close();
      const file = join(other.folder, 'target', name);
      const written = await readFile(file);
      written.fill(1, written.indexOf(forged) - 60, written.indexOf(forged) - 50);
      await writeFile(file, written);
      const reopened = await other.open({ folder: join(other.folder, 'target') });
      const entries = await readAll(reopened.reader(0), 3);
      expect(payloads({ entries, last: 0 })).toEqual(['m1', 'm3']);
    } finally {
      await other.tearDown();
    }
  });

  it('finds the next good record beyond a chunk of garbage, at every alignment', async () => {
    for (const extra of [0, 1, 2, 3, 4]) {
      const other = await JournalBench.make();
      try {
        const journal = await other.open();
        await journal.append([message('m1')]);
        const from = journal.usage.bytes;
        await journal.append([message('x'.repeat(1024 * 1024 - 150 + extra))]);
        const to = journal.usage.bytes;
        await journal.append([message('m3')]);
        await journal.close();
        const file = join(other.folder, (await readdir(other.folder))[0] ?? '');
        const bytes = await readFile(file);
        bytes.fill(0xf5, from, to);
        await writeFile(file, bytes);
        const again = await other.open();
        expect(payloads({ entries: await readAll(again.reader(0), 3), last: 0 })).toEqual(['m1', 'm3']);
      } finally {
        await other.tearDown();
      }
    }
  });
});
