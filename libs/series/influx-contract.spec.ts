import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpError, type SendOptions, type Transport } from '@influxdata/influxdb-client';
import { Logger } from '@nestjs/common';
import { Metrics, SystemClock } from '#runtime';
import { InfluxHttp, type InfluxTarget } from './influx-http.js';
import { InfluxSeriesStore } from './influx-series.store.js';
import { append, BASE, point } from './series-points.fixture.js';

Logger.overrideLogger(['error']);

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Answer = { readonly status?: number; readonly json?: unknown; readonly version?: string };

/** Answers as the documentation of a generation says; keeps what it was sent. */
function fakeServer(answers: Readonly<Record<string, Answer>>) {
  const requests: Request[] = [];
  const request: Transport['request'] = async (path, body, options: SendOptions, seen) => {
    const url = new URL(path, 'http://fake');
    const { method, headers = {} } = options;
    const query = Object.fromEntries(url.searchParams);
    requests.push({ method, path: url.pathname, query, headers, body: String(body ?? '') });
    const answer = answers[`${method} ${url.pathname}`] ?? { status: 404, json: { message: 'not found' } };
    seen?.(
      answer.version === undefined ? {} : { 'x-influxdb-version': answer.version },
      answer.status ?? 200,
    );
    if ((answer.status ?? 200) < 300) return answer.json;
    throw new HttpError(answer.status ?? 0, '', JSON.stringify(answer.json ?? ''), null, 'application/json');
  };
  const transport = { request } as unknown as Transport;
  const of = (method: string, path: string) =>
    requests.filter((each) => each.method === method && each.path === path);
  return { transport, requests, of };
}

const clock = new SystemClock();
const EMPTY = { results: [{ statement_id: 0 }] };
const BUCKET = {
  id: 'b1',
  orgID: 'o1',
  name: 'lift data',
  retentionRules: [{ type: 'expire', everySeconds: 86_400 }],
};
const MAPPING = {
  id: 'm1',
  bucketID: 'b1',
  database: 'lift data',
  retention_policy: 'autogen',
  default: true,
};

const V2 = {
  'GET /ping': { status: 204, version: 'v2.7.12' },
  'GET /api/v2/buckets': { json: { buckets: [{ ...BUCKET, id: 'b0', name: 'lift' }, BUCKET] } },
  'GET /api/v2/dbrps': { json: { content: [{ ...MAPPING, virtual: true }] } },
  'GET /query': { json: EMPTY },
  'POST /api/v2/write': { status: 204 },
};
const V3 = {
  'GET /ping': { json: { version: '3.8.0' }, version: '3.8.0' },
  'GET /api/v3/configure/database': {
    json: [{ 'iox::database': '_internal' }, { 'iox::database': 'lift data' }],
  },
  'GET /query': { json: EMPTY },
  'POST /api/v2/write': { status: 204 },
};

describe('InfluxSeriesStore, by the documentation of 2.x and 3.x', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'influx-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function storeOn(transport: Transport, more: Partial<InfluxTarget>) {
    const target = {
      url: 'http://influx:8086',
      version: 2 as const,
      bucket: 'lift data',
      token: 't0',
      ...more,
    };
    return new InfluxSeriesStore({
      ...target,
      states: 'changes',
      positionFile: join(folder, 'position.json'),
      clock,
      metrics: new Metrics(),
      http: new InfluxHttp(target, clock, transport),
    });
  }

  it('writes to 2.x by /api/v2/write with org, bucket, nanoseconds and the token', async () => {
    const server = fakeServer(V2);
    const store = storeOn(server.transport, { org: '武汉 & co' });
    await store.open();
    expect(await append(store, [point('L1', 0), point('L2', 0)], 3)).toEqual({
      ok: true,
      refused: [],
      outsideRetention: 0,
    });
    expect(server.of('POST', '/api/v2/write')).toEqual([
      {
        method: 'POST',
        path: '/api/v2/write',
        query: { org: '武汉 & co', bucket: 'lift data', precision: 'ns' },
        headers: { authorization: 'Token t0', 'content-type': 'text/plain; charset=utf-8' },
        body: expect.stringMatching(
          /^lift_sample,lift=L1,.* 1700000000000000001\nlift_sample,lift=L2,.* 1700000000000000001$/,
        ),
      },
    ]);
    expect(await store.position()).toBe(3);
  });

  it('finds the bucket and its mapping in 2.x, and reads by /query with the database of that mapping', async () => {
    const columns = ['time', 'district', 'receivedAt', 'seq', 'speed', 'terminal'];
    const values = [[BASE, '411330', BASE + 40, 1, 2, 't-L1']];
    const series = [{ name: 'lift_sample', tags: { lift: "L'1" }, columns, values }];
    const server = fakeServer({ ...V2, 'GET /query': { json: { results: [{ statement_id: 0, series }] } } });
    const store = storeOn(server.transport, { org: 'county' });
    await store.open();
    expect(server.of('GET', '/api/v2/buckets')[0]?.query).toEqual({ org: 'county', name: 'lift data' });
    expect(server.of('GET', '/api/v2/dbrps')[0]?.query).toEqual({ org: 'county', db: 'lift data' });
    const found = (await store.latest(["L'1"])).get("L'1");
    expect(found).toMatchObject({
      lift: "L'1",
      district: '411330',
      at: BASE,
      seq: 1,
      boot: null,
      terminalAt: null,
    });
    expect(found?.sample.speed).toBe(2);
    expect(server.requests.at(-1)).toEqual({
      method: 'GET',
      path: '/query',
      query: {
        db: 'lift data',
        epoch: 'ms',
        q: `SELECT * FROM "lift_sample" WHERE "lift" = 'L\\'1' GROUP BY "lift" ORDER BY time DESC LIMIT 60`,
      },
      headers: { accept: 'application/json', authorization: 'Token t0' },
      body: '',
    });
  });

  it('makes the mapping that 2.x lacks', async () => {
    const server = fakeServer({
      ...V2,
      'GET /api/v2/dbrps': { json: { content: [] } },
      'POST /api/v2/dbrps': { status: 201, json: MAPPING },
    });
    await storeOn(server.transport, { org: 'county' }).open();
    expect(JSON.parse(server.of('POST', '/api/v2/dbrps')[0]?.body ?? '')).toEqual({
      bucketID: 'b1',
      orgID: 'o1',
      database: 'lift data',
      retention_policy: 'autogen',
      default: true,
    });
  });

  it.each([
    [
      'no bucket',
      { 'GET /api/v2/buckets': { json: { buckets: [] } } },
      /no bucket lift data in organization county.*influx bucket create/,
    ],
    ['bucket not found', { 'GET /api/v2/buckets': { status: 404 } }, /no bucket lift data/],
    [
      'bad token',
      { 'GET /api/v2/buckets': { status: 401, json: { message: 'unauthorized access' } } },
      /401: unauthorized access .*mend/,
    ],
    [
      'other bucket',
      { 'GET /api/v2/dbrps': { json: { content: [{ ...MAPPING, bucketID: 'b9' }] } } },
      /another bucket \(b9\).*dbrp delete --id m1/,
    ],
    [
      'mapping refused',
      { 'GET /api/v2/dbrps': { json: { content: [] } }, 'POST /api/v2/dbrps': { status: 403 } },
      /influx v1 dbrp create --db lift data --rp autogen --default --bucket-id b1/,
    ],
    ['reading refused', { 'GET /query': { status: 403 } }, /403.*read and write access/],
    [
      'reading fails',
      { 'GET /query': { json: { results: [{ error: 'no such db' }] } } },
      /refused a query: no such db/,
    ],
    [
      'another generation',
      { 'GET /ping': { status: 204, version: '1.8.10' } },
      /version 1\.8\.10, but INFLUX_VERSION is 2/,
    ],
    [
      'another by health',
      { 'GET /ping': { status: 204 }, 'GET /health': { json: { version: 'v1.11.0' } } },
      /version v1\.11\.0/,
    ],
  ])('does not open on 2.x with %s', async (_name, changes: Record<string, Answer>, message) => {
    const server = fakeServer({ ...V2, ...changes });
    const opening = storeOn(server.transport, { org: 'county' }).open();
    await expect(opening).rejects.toThrow(/^InfluxDB at http:\/\/influx:8086 /);
    await expect(opening).rejects.toThrow(message);
  });

  it('wants an organization for 2.x', async () => {
    await expect(storeOn(fakeServer(V2).transport, {}).open()).rejects.toThrow(/set INFLUX_ORG/);
  });

  it('opens on a server that hides its version, with a token that may only read and write', async () => {
    const server = fakeServer({ ...V2, 'GET /ping': { status: 204 }, 'GET /api/v2/dbrps': { status: 403 } });
    const store = storeOn(server.transport, { org: 'county' });
    await store.open();
    expect(await append(store, [point('L1', 0)], 1)).toMatchObject({ ok: true });
  });

  it('writes to 3.x by /api/v2/write with the database as bucket, and a bearer', async () => {
    const server = fakeServer(V3);
    const store = storeOn(server.transport, { version: 3 });
    await store.open();
    expect(await append(store, [point('L1', 0)], 1)).toMatchObject({ ok: true });
    expect(server.of('POST', '/api/v2/write')[0]).toMatchObject({
      query: { bucket: 'lift data', precision: 'ns' },
      headers: { authorization: 'Bearer t0' },
    });
    expect(server.of('GET', '/api/v3/configure/database')[0]?.query).toEqual({ format: 'json' });
    expect(server.of('GET', '/query')[0]).toMatchObject({
      query: { db: 'lift data' },
      headers: { authorization: 'Bearer t0' },
    });
  });

  it('opens on 3.x whose list is one of names, or may not be read, and not where the database is missing', async () => {
    for (const json of [{ databases: ['lift data'] }, ['lift data']]) {
      const server = fakeServer({ ...V3, 'GET /api/v3/configure/database': { json } });
      await storeOn(server.transport, { version: 3 }).open();
    }
    const hidden = fakeServer({ ...V3, 'GET /api/v3/configure/database': { status: 403 } });
    await storeOn(hidden.transport, { version: 3 }).open();
    const missing = fakeServer({ ...V3, 'GET /api/v3/configure/database': { json: [] } });
    await expect(storeOn(missing.transport, { version: 3 }).open()).rejects.toThrow(
      /influxdb3 create database lift data/,
    );
    const locked = fakeServer({
      ...V3,
      'GET /ping': { status: 401, version: '3.8.0' },
      'GET /api/v3/configure/database': { status: 401 },
    });
    await expect(storeOn(locked.transport, { version: 3 }).open()).rejects.toThrow(/answered 401/);
  });

  it('signs in to 1.x with Basic, makes the database, and keeps secrets out of its messages', async () => {
    const server = fakeServer({
      'GET /ping': { status: 204, version: '1.8.10' },
      'GET /query': { json: { results: [{ error: 'database not found: lift data' }] } },
      'POST /query': { status: 403, json: { error: 'error authorizing query: user not authorized' } },
    });
    const more = { version: 1 as const, url: 'http://u:secret@influx:8086/db/', token: 'user:pass word' };
    const opening = storeOn(server.transport, more).open();
    await expect(opening).rejects.toThrow(
      /^InfluxDB at http:\/\/influx:8086\/db has no database lift data and does not make it: .*403.* CREATE DATABASE "lift data"/,
    );
    await expect(opening).rejects.not.toThrow(/secret|pass word/);
    const [made] = server.of('POST', '/query');
    expect(made?.query.q).toBe('CREATE DATABASE "lift data"');
    expect(made?.headers.authorization).toBe(`Basic ${Buffer.from('user:pass word').toString('base64')}`);
  });

  it('keeps the position of the last whole batch, refuses one that goes back, and sends no batch twice', async () => {
    const answers: Record<string, Answer> = { ...V2 };
    const server = fakeServer(answers);
    const store = storeOn(server.transport, { org: 'county' });
    await expect(store.position()).rejects.toThrow(/not open/);
    await store.open();
    expect(await append(store, [], 5)).toMatchObject({ ok: true });
    answers['POST /api/v2/write'] = { status: 401, json: { message: 'unauthorized access' } };
    expect(await append(store, [point('L1', 0)], 6)).toEqual({
      ok: false,
      retryable: true,
      message:
        'InfluxDB at http://influx:8086 answered 401: unauthorized access (the token or password is missing or wrong: mend it)',
    });
    expect(await store.position()).toBe(5);
    expect(await append(store, [point('L1', 0)], 5)).toMatchObject({ ok: true });
    expect(server.of('POST', '/api/v2/write')).toHaveLength(1);
    await expect(append(store, [point('L1', 0)], 4)).rejects.toThrow(/Position 4 is not after .* 5/);
    await store.close();
    const again = storeOn(fakeServer(V2).transport, { org: 'county' });
    await again.open();
    expect(await again.position()).toBe(5);
  });
});
