import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import pg from 'pg';
import { Interludes } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { ThreadedPglite } from './threaded-pglite.js';

const clientOf = (database: ThreadedPglite) =>
  new pg.Client({ stream: () => database.connect(), user: 'postgres', database: 'postgres' });

describe('ThreadedPglite', () => {
  let folder: string;
  let database: ThreadedPglite;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'threaded-'));
    await copyEmptyDatabase(join(folder, 'records'));
    database = new ThreadedPglite(join(folder, 'records'));
    await database.open();
  });
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('gives each connection a session of its own', async () => {
    const first = clientOf(database);
    await first.connect();
    await first.query({ name: 'mine', text: 'select 1 as one' });
    await first.query('set statement_timeout = 7000');
    await first.query('create table left_behind (a int)');
    await first.query('begin');
    await first.query('insert into left_behind values (1)');
    await first.end();

    const second = clientOf(database);
    await second.connect();
    const named = await second.query({
      name: 'mine',
      text: 'select count(*)::int as count from left_behind',
    });
    expect(named.rows).toEqual([{ count: 0 }]);
    expect((await second.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
    await second.query('drop table left_behind');
    await second.end();
  });

  it('hears an answer in an interlude, while the turn of the loop lasts', async () => {
    const interludes = new Interludes();
    const other = new ThreadedPglite(join(folder, 'interludes'), interludes);
    await copyEmptyDatabase(join(folder, 'interludes'));
    const client = clientOf(other);
    await client.connect();
    let heard: unknown[] | null = null;
    const asked = client.query('select 1 as one').then(({ rows }) => {
      heard = rows;
    });
    // Ticks and promises in turn: neither queue may starve the other, and no event of the loop gets in between.
    const deadline = performance.now() + 5_000;
    while (heard === null && performance.now() < deadline) {
      await new Promise<void>((resolve) => process.nextTick(resolve));
      interludes.take();
    }
    expect(heard).toEqual([{ one: 1 }]);
    await asked;
    await client.end();
    await other.close();
    // Whoever takes an interlude now finds nobody.
    interludes.take();
  });

  it('carries answers of any size, and the error of each statement', async () => {
    const client = clientOf(database);
    await client.connect();
    const { rows } = await client.query('select repeat($1::text, 3000000) as text', ['梯']);
    expect((rows[0] as { text: string }).text).toHaveLength(3_000_000);
    await expect(client.query('select nothing')).rejects.toThrow('column "nothing" does not exist');
    await expect(client.query('select $1::int', ['x'])).rejects.toThrow('invalid input syntax');
    expect((await client.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
    await client.end();
  });

  it('tells the query under way that its thread has failed, and begins anew for the next connection', async () => {
    const client = clientOf(database);
    client.on('error', () => undefined);
    await client.connect();
    const underWay = client.query('select pg_sleep(60)');
    const { worker } = database as unknown as { readonly worker: Worker };
    void worker.terminate();
    await expect(underWay).rejects.toThrow("the embedded database's thread ended with 1");
    const next = clientOf(database);
    await next.connect();
    expect((await next.query('select count(*)::int > 0 as known from migration')).rows).toEqual([
      { known: true },
    ]);
    await next.end();
  });

  it('rejects a folder that is no database', async () => {
    const broken = join(folder, 'broken');
    await copyEmptyDatabase(broken);
    await writeFile(join(broken, 'PG_VERSION'), 'nonsense');
    await expect(new ThreadedPglite(broken).open()).rejects.toThrow();
  });
});
