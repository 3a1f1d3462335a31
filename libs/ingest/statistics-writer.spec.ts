import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageEntry } from '#journal';
import { PROFILES } from '#protocol';
import { SqlRecords } from '#records';
import { Metrics } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { batchOf, entryOf, inbound, ManualClock, reading, T0 } from './ingest.fixture.js';
import { readPosition } from './reader-position.js';
import { STATISTICS_READER, StatisticsWriter } from './statistics-writer.js';

let folder: string;
let records: SqlRecords;
let writer: StatisticsWriter;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statistics-'));
  await copyEmptyDatabase(folder);
  records = new SqlRecords({ folder, clock: new ManualClock(), metrics: new Metrics() });
  await records.open();
}, 30_000);

afterAll(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  writer = new StatisticsWriter(records);
  await records.db.deleteFrom('lift_statistics').execute();
  await records.db.deleteFrom('journal_position').execute();
});

const rows = () =>
  records.db.selectFrom('lift_statistics').selectAll().orderBy('terminal').orderBy('period_start').execute();
const position = () => readPosition(records, STATISTICS_READER);

/** What a terminal counted of a day of January 2026, as its own message. */
function counted(
  terminal: string,
  day: number,
  value: object = {},
  changes: Partial<MessageEntry> = {},
): MessageEntry {
  const two = (number: number) => String(number).padStart(2, '0');
  const StartTime = `2026/1/${two(day)} 00:00:00`;
  const EndTime = `2026/1/${two(day + 1)} 00:00:00`;
  const body = { Params: { Value: { StartTime, EndTime, RunCount: 73, ...value }, Time: T0 / 1_000 } };
  return {
    ...entryOf(inbound(terminal, 'statistics', body)),
    topic: `/device/JTC340/${terminal}/thing/event/RunStatistics/post/`,
    source: { terminal, profile: 'jtc340', lift: `LIFT-${terminal}`, district: '411330' },
    refusal: null,
    ...changes,
  };
}

describe('statistics writer', () => {
  it('stores what is documented, the rest raw, with the position', async () => {
    const value = { RunMins: 61, RunMeters: '410', DoorToggleCount: 88, RunMileage: 40, odd: 'a\0b' };
    await writer.commit(
      batchOf(7, entryOf(inbound('T1', 'telemetry', reading({ seq: 1 }))), counted('T1', 4, value)),
    );
    expect(await rows()).toEqual([
      {
        lift: 'LIFT-T1',
        terminal: 'T1',
        profile: 'jtc340',
        period_start: new Date('2026-01-03T16:00:00Z'),
        period_end: new Date('2026-01-04T16:00:00Z'),
        runs: 73,
        run_minutes: 61,
        run_metres: 410,
        door_cycles: 88,
        raw: {
          StartTime: '2026/1/04 00:00:00',
          EndTime: '2026/1/05 00:00:00',
          RunCount: 73,
          ...value,
          odd: 'a\ufffdb',
        },
        received_at: new Date(T0),
      },
    ]);
    expect(await position()).toBe(8);
  });

  it('keeps one row a terminal and period, with the last word on it', async () => {
    const batch = batchOf(
      1,
      counted('T1', 4),
      counted('T2', 4),
      counted('T1', 5),
      counted('T1', 4, { RunCount: 74 }, { receivedAt: T0 + 1_000 }),
    );
    await writer.commit(batch);
    const said = async () => (await rows()).map(({ terminal, runs }) => `${terminal} ${runs}`);
    expect(await said()).toEqual(['T1 74', 'T1 73', 'T2 73']);
    await writer.commit(batchOf(5, counted('T2', 4, { RunCount: 75 })));
    expect(await said()).toEqual(['T1 74', 'T1 73', 'T2 75']);
    // Read again after a restart: the position says that it is known, and an older word stays older.
    const before = await rows();
    await new StatisticsWriter(records).commit(batch);
    expect([await rows(), await position()]).toEqual([before, 5]);
  });

  it('gives the same when the position was lost and all is read again', async () => {
    const batches = [batchOf(1, counted('T1', 4)), batchOf(2, counted('T1', 4, { RunCount: 80 }))];
    for (const batch of batches) await writer.commit(batch);
    const before = await rows();
    await records.db.deleteFrom('journal_position').execute();
    for (const batch of batches) await new StatisticsWriter(records).commit(batch);
    expect(await rows()).toEqual(before);
  });

  it('leaves nothing of a commit that failed, position included', async () => {
    const batch = batchOf(1, counted('T1', 4));
    const write = records.write.bind(records);
    records.write = (work) => write((tx) => work(tx).then(() => Promise.reject(new Error('down'))));
    await expect(writer.commit(batch)).rejects.toThrow('down');
    records.write = write;
    expect([await rows(), await position()]).toEqual([[], 0]);
    await writer.commit(batch);
    expect(await rows()).toHaveLength(1);
  });

  it('takes a batch with more periods than one insert holds', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => counted(`T${index}`, 4));
    await writer.commit(batchOf(1, ...many));
    expect(await rows()).toHaveLength(1_000);
  });

  it.each([
    ['was refused', { refusal: { reason: 'invalid-payload', detail: '' } as const }],
    ['is a duplicate', { duplicates: [0] }],
    ['is of no lift', { source: { terminal: 'T1', profile: 'jtc340', lift: null, district: null } }],
    [
      'is of a profile we do not have',
      { source: { terminal: 'T1', profile: 'x', lift: 'L', district: null } },
    ],
  ])('stores nothing of a message that %s', async (_what, changes) => {
    await writer.commit(batchOf(1, counted('T1', 4, {}, changes)));
    expect([await rows(), await position()]).toEqual([[], 0]);
  });

  it('decodes no sample that intake has not decoded', async () => {
    const profile = PROFILES.get('jtc340');
    if (profile === undefined) throw new Error('no such profile');
    const decode = jest.spyOn(profile, 'decode');
    const sample = counted('T1', 4, {}, { topic: '/device/JTC340/T1/thing/event/LiveData/post/' });
    await writer.commit(batchOf(1, sample));
    expect(decode).not.toHaveBeenCalled();
    await writer.commit(batchOf(2, counted('T1', 4)));
    expect(decode).toHaveBeenCalledTimes(1);
    decode.mockRestore();
  });
});
