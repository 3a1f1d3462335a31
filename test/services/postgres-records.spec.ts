import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { type NewLogEvent, SqlRecords } from '#records';
import { Metrics, SystemClock } from '#runtime';
import { until } from '../harness/platform-process.js';
import { PostgresServer } from '../harness/postgres-server.js';

let server: PostgresServer;
let folder: string;
const opened: SqlRecords[] = [];

beforeAll(async () => {
  server = await PostgresServer.start();
  folder = await mkdtemp(join(tmpdir(), 'liftwarden-records-'));
}, 60_000);

afterAll(async () => {
  for (const records of opened) await records.close();
  await server.dispose();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function open(database: string): Promise<SqlRecords> {
  const records = new SqlRecords({
    databaseUrl: server.url(database),
    folder,
    clock: new SystemClock(),
    metrics: new Metrics(),
  });
  await records.open();
  opened.push(records);
  return records;
}

async function createDatabase(name: string): Promise<void> {
  const client = new pg.Client(server.url());
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
}

function event(writer: string, n: number): NewLogEvent {
  return { type: 'fault.raised', lift: null, district: null, firm: null, data: { writer, n } };
}

/** Follows the log by a plain id cursor, as a consumer does, until it has seen `count`. */
async function follow(
  records: SqlRecords,
  count: number,
): Promise<{ writer: string; n: number; id: number }[]> {
  const seen: { writer: string; n: number; id: number }[] = [];
  let cursor = 0;
  await until(
    `${count} events`,
    async () => {
      for (const { id, data } of await records.readEvents(cursor, 500)) {
        seen.push({ id, ...(data as { writer: string; n: number }) });
        cursor = id;
      }
      return seen.length >= count;
    },
    60_000,
  );
  return seen;
}

describe('the event log on PostgreSQL', () => {
  it('loses and repeats no event for a plain id cursor while two processes write at once', async () => {
    await createDatabase('interleaved');
    const [one, two, reader] = [
      await open('interleaved'),
      await open('interleaved'),
      await open('interleaved'),
    ];
    const each = 300;
    const write = async (records: SqlRecords, writer: string) => {
      for (let n = 0; n < each; n++) {
        await records.write(async (tx) => {
          // Some transactions take longer than those that begin after them: their ids must not become visible
          // late.
          if (n % 7 === 0) await sql`select pg_sleep(0.003)`.execute(tx);
          return { result: null, events: [event(writer, n), event(writer, n + each)] };
        });
      }
    };
    const following = follow(reader, each * 4);
    await Promise.all([write(one, 'a'), write(two, 'b')]);
    const seen = await following;
    expect(new Set(seen.map(({ writer, n }) => `${writer} ${n}`)).size).toBe(seen.length);
    expect(seen.map(({ id }) => id)).toEqual(seen.map(({ id }) => id).sort((x, y) => x - y));
  }, 90_000);

  it('is not held up by an open write transaction in another database of the server', async () => {
    await createDatabase('held');
    await createDatabase('elsewhere');
    const [records, reader] = [await open('held'), await open('held')];
    const other = new pg.Client(server.url('elsewhere'));
    await other.connect();
    await other.query('create table note (text text)');
    await other.query('begin');
    await other.query("insert into note values ('still open')");
    const began = performance.now();
    for (let n = 0; n < 50; n++) {
      await records.write(async () => ({ result: null, events: [event('a', n)] }));
    }
    const seen = await follow(reader, 50);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(seen.map(({ n }) => n)).toEqual([...Array(50).keys()]);
    await other.query('rollback');
    await other.end();
  }, 30_000);

  it('commits rows and events together, or neither', async () => {
    await createDatabase('atomic');
    const records = await open('atomic');
    const failing = records.write(async (tx) => {
      await tx.insertInto('district').values({ code: '500231', name: '垫江县' }).execute();
      throw new Error('after the row, before the event');
    });
    await expect(failing).rejects.toThrow('after the row');
    await records.write(async (tx) => {
      await tx.insertInto('district').values({ code: '640221', name: '平罗县' }).execute();
      return { result: null, events: [event('a', 1)] };
    });
    expect(await records.db.selectFrom('district').select('code').execute()).toEqual([{ code: '640221' }]);
    expect(await records.readEvents(0, 10)).toHaveLength(1);
  });

  it('closes while its listener still connects', async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const records = await open('postgres');
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      let closed = false;
      void records.close().then(() => {
        closed = true;
      });
      await until(`a close ${turns} turns after the opening`, () => closed, 2_000);
    }
  });

  it('wakes the consumers of another process, and finds them again after a restart of the server', async () => {
    await createDatabase('restarted');
    const [writer, reader] = [await open('restarted'), await open('restarted')];
    let woken = 0;
    reader.onEvents(() => {
      woken += 1;
    });
    await writer.write(async () => ({ result: null, events: [event('a', 1)] }));
    await until('the other process to be woken', () => woken > 0, 5_000);
    await server.stop();
    const refused = writer.write(async () => ({ result: null, events: [event('a', 2)] }));
    await expect(refused).rejects.toThrow();
    await server.resume();
    await until(
      'the database to be written again',
      () => writer.write(async () => ({ result: true, events: [event('a', 3)] })).catch(() => false),
      20_000,
    );
    const before = woken;
    await until('the other process to be woken again', () => woken > before, 15_000);
    expect((await reader.readEvents(0, 10)).map(({ data }) => data.n)).toEqual([1, 3]);
  }, 60_000);
});
