import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Metrics, SystemClock } from '#runtime';
import type { NewLogEvent } from './records.js';
import { SqlRecords } from './sql-records.js';

const clock = new SystemClock();
const event = (data: Record<string, unknown>): NewLogEvent => ({
  type: 'fault.raised',
  lift: 'L1',
  district: '330922',
  firm: null,
  data,
});

describe('SqlRecords on PGlite', () => {
  let folder: string;
  let records: SqlRecords;
  const open = async () => {
    records = new SqlRecords({
      folder: join(folder, 'made', 'records'),
      clock,
      metrics: new Metrics(),
      acquireTimeoutMs: 500,
    });
    await records.open();
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'records-'));
    await open();
  }, 30_000);

  afterAll(async () => {
    await records.close();
    await rm(folder, { recursive: true });
  });

  it('commits rows and events together and wakes the listeners once they are there', async () => {
    const woken = new Promise<number>((resolve) => {
      const stop = records.onEvents(() => {
        stop();
        resolve(records.headEventId());
      });
    });
    const result = await records.write(async (tx) => {
      await tx.insertInto('district').values({ code: '330922', name: '嵊泗县' }).execute();
      return { result: 'done', events: [event({ n: 1 }), event({ n: 2, text: 'a\0b' })] };
    });
    expect(result).toBe('done');
    expect(await woken).toBe(2);
    const events = await records.readEvents(0, 500);
    expect(
      events.map(({ id, type, lift, district, firm, data }) => ({ id, type, lift, district, firm, data })),
    ).toEqual([
      { id: 1, ...event({ n: 1 }) },
      { id: 2, ...event({ n: 2, text: 'a\ufffdb' }) },
    ]);
    expect(Math.abs((events[0]?.recordedAt ?? 0) - clock.now())).toBeLessThan(10_000);
  });

  it('leaves neither rows nor events when the work throws', async () => {
    const failing = records.write(async (tx) => {
      await tx.insertInto('district').values({ code: '110101', name: '东城区' }).execute();
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await records.db.selectFrom('district').select('code').execute()).toEqual([{ code: '330922' }]);
    expect(await records.readEvents(2, 500)).toEqual([]);
  });

  it('rolls back the rows when an event cannot be inserted', async () => {
    const failing = records.write(async (tx) => {
      await tx.insertInto('district').values({ code: '110101', name: '东城区' }).execute();
      return { result: null, events: [{ ...event({}), data: { big: 1n } }] };
    });
    await expect(failing).rejects.toThrow('BigInt');
    expect(await records.db.selectFrom('district').select('code').execute()).toHaveLength(1);
  });

  it('fails a commit whose statement failed and was swallowed', async () => {
    const failing = records.write(async (tx) => {
      await tx.insertInto('firm').values({ id: 'f1', name: '一' }).execute();
      await tx
        .insertInto('firm')
        .values({ id: 'f1', name: '二' })
        .execute()
        .catch(() => undefined);
      return { result: null, events: [] };
    });
    await expect(failing).rejects.toThrow('rolled back at commit');
    expect(await records.db.selectFrom('firm').selectAll().execute()).toEqual([]);
  });

  it('numbers the events of concurrent writers in order, those of one write without a gap', async () => {
    const after = await records.headEventId();
    const write = (writer: number) =>
      records.write(async () => ({
        result: null,
        events: Array.from({ length: 60 }, (_, n) => event({ writer, n })),
      }));
    await Promise.all([write(1), write(2), write(3)]);
    const events = [
      ...(await records.readEvents(after, 100)),
      ...(await records.readEvents(after + 100, 500)),
    ];
    expect(events.map((e) => e.id)).toEqual(Array.from({ length: 180 }, (_, n) => after + 1 + n));
    expect(events.map((e) => e.data.n)).toEqual(Array.from({ length: 180 }, (_, n) => n % 60));
  });

  it('turns a query outside the open transaction into an error that says so', async () => {
    const failing = records.write(async () => {
      await records.db.selectFrom('firm').selectAll().execute();
      return { result: null, events: [] };
    });
    await expect(failing).rejects.toThrow('inside write() queries Records.db');
  });

  it('keeps everything over a restart, and migrates nothing twice', async () => {
    const head = await records.headEventId();
    await records.close();
    await records.close();
    expect(() => records.db).toThrow('not open');
    await open();
    expect(await records.headEventId()).toBe(head);
    const district = await records.db.selectFrom('district').selectAll().executeTakeFirst();
    expect(district).toMatchObject({ code: '330922', name: '嵊泗县' });
  }, 20_000);

  it('refuses a page size out of range', async () => {
    for (const limit of [0, 501, 1.5]) await expect(records.readEvents(0, limit)).rejects.toThrow('1 to 500');
  });

  it('prepares what runs for every event, once', async () => {
    const append = () => records.write(async () => ({ result: null, events: [event({ n: 0 })] }));
    const prepared = async () => {
      const { rows } = await sql<{ name: string }>`
        select name from pg_prepared_statements where statement like '%event_log%'`.execute(records.db);
      return rows.length;
    };
    for (let n = 0; n < 3; n++) await append();
    const once = await prepared();
    expect(once).toBeGreaterThan(0);
    await append();
    expect(await prepared()).toBe(once);
  });
});
