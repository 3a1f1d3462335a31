import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule, AdminKeyBootstrap } from '#access';
import { FleetModule } from '#fleet';
import { Records, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { DuckDbSeriesStore, type SeriesPoint, SeriesStore } from '#series';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { append } from '../series/series-points.fixture.js';
import { telemetryModule } from './telemetry.module.js';

const LIFT = '3110320107200709E722';
const OTHER = '311032011720181443';
const NOON = Date.UTC(2026, 10, 21, 12);

const SILENT: SeriesPoint['sample'] = {
  ...{ mode: null, direction: null, moving: null, floor: null, doorState: null, inDoorZone: null },
  ...{ doorLock: null, safetyLoop: null, occupied: null, speed: null, levelErrorMm: null },
  ...{ loadPercent: null, powerState: null, tripCount: null, doorCycleCount: null, temperature: null },
  ...{ vibration: null, extra: null },
};

/** A reading a second from noon on: the speed is the second, the door opens every tenth. */
const reading = (lift: string, second: number): SeriesPoint => ({
  lift,
  district: '330922',
  terminal: `t-${lift}`,
  boot: second < 40 ? 'b1' : 'b2',
  seq: second,
  at: NOON + second * 1_000,
  terminalAt: null,
  receivedAt: NOON + second * 1_000 + 20,
  clockSuspect: false,
  sample: {
    ...SILENT,
    speed: second,
    doorState: second % 10 < 5 ? 'closed' : 'open',
    occupied: second < 30 ? true : null,
  },
});

const dayStart = (day: number) => NOON + day * 86_400_000;

/** What a terminal counted of a day; day 3 has no end and no counts. */
const counted = (day: number, terminal: string) => ({
  lift: LIFT,
  terminal,
  profile: 'jtc340',
  period_start: new Date(dayStart(day)),
  period_end: day === 3 ? null : new Date(dayStart(day + 1)),
  runs: day === 3 ? null : 100 + day,
  run_minutes: day === 3 ? null : 60.5,
  run_metres: day === 3 ? null : 410,
  door_cycles: day === 3 ? null : 0,
  raw: JSON.stringify({ RunMileage: day }),
  received_at: new Date(dayStart(day + 1)),
});

describe('telemetry over HTTP', () => {
  let folder: string;
  let app: INestApplication;
  let records: SqlRecords;
  let series: DuckDbSeriesStore;
  let base: string;
  const keys: Record<string, string> = {};
  const clock = new SystemClock();

  async function send(method: string, path: string, key: string | undefined, body?: unknown) {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const get = (path: string, key = keys.admin) => send('GET', path, key);

  async function must(path: string, body: unknown): Promise<Record<string, unknown>> {
    const made = await send('POST', path, keys.admin, body);
    if (made.status >= 300) throw new Error(`POST ${path}: ${JSON.stringify(made.body)}`);
    return made.body;
  }

  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(join(tmpdir(), 'telemetry-'));
    await copyEmptyDatabase(join(folder, 'records'));
    const metrics = new Metrics();
    records = new SqlRecords({ folder: join(folder, 'records'), clock, metrics });
    await records.open();
    series = new DuckDbSeriesStore({ file: join(folder, 'series.duckdb') });
    await series.open();
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: clock },
        { provide: Metrics, useValue: metrics },
        { provide: SeriesStore, useValue: series },
      ],
      exports: [Records, Clock, SeriesStore, Metrics],
    })
    class Surroundings {}
    const module = await Test.createTestingModule({
      imports: [Surroundings, AccessModule, FleetModule, telemetryModule([FleetModule])],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    base = `http://127.0.0.1:${port}/api/v1`;
    keys.admin = (await app.get(AdminKeyBootstrap).ensure(folder)) ?? '';
    await must('/districts', { code: '330922', name: '嵊泗县' });
    for (const firm of ['f1', 'f2']) await must('/firms', { id: firm, name: firm });
    const place = { district: '330922', address: '沙河路1号' };
    await must('/lifts', { registrationCode: LIFT, firm: 'f1', ...place });
    await must('/lifts', { registrationCode: OTHER, firm: 'f2', ...place });
    const scopes = {
      f1: ['firm', { kind: 'firm', firm: 'f1' }],
      f2: ['firm', { kind: 'firm', firm: 'f2' }],
    } as const;
    for (const [name, [role, scope]] of Object.entries(scopes)) {
      keys[name] = String((await must('/keys', { label: name, role, scope })).key);
    }
    await append(
      series,
      Array.from({ length: 60 }, (_, second) => reading(LIFT, second)),
      1,
    );
    await records.db
      .insertInto('lift_statistics')
      .values([0, 1, 2, 3].flatMap((day) => ['t1', 't2'].map((terminal) => counted(day, terminal))))
      .execute();
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await records?.close();
    await series?.close();
    await rm(folder, { recursive: true });
  });

  const minute = 'from=2026-11-21T12:00:00Z&to=2026-11-21T12:01:00Z';

  it('answers a numeric field in buckets', async () => {
    const { status, body } = await get(`/lifts/${LIFT}/series?field=speed&${minute}&points=6`);
    expect(status).toBe(200);
    expect(body).toEqual({
      field: 'speed',
      unit: 'm/s',
      from: '2026-11-21T12:00:00.000Z',
      to: '2026-11-21T12:01:00.000Z',
      bucketMs: 10_000,
      buckets: [0, 1, 2, 3, 4, 5].map((bucket) => ({
        at: `2026-11-21T12:00:${bucket}0.000Z`,
        min: bucket * 10,
        mean: bucket * 10 + 4.5,
        max: bucket * 10 + 9,
        count: 10,
      })),
    });
  });

  it('answers a state field as its changes, unknown among them, and goes on where it was cut', async () => {
    const whole = await get(`/lifts/${LIFT}/series?field=doorState&from=${NOON}&to=${NOON + 20_000}`);
    expect(whole.body).toEqual({
      field: 'doorState',
      from: '2026-11-21T12:00:00.000Z',
      to: '2026-11-21T12:00:20.000Z',
      changes: [0, 5, 10, 15].map((second) => ({
        at: new Date(NOON + second * 1_000).toISOString(),
        value: second % 10 === 0 ? 'closed' : 'open',
      })),
      truncated: false,
      until: '2026-11-21T12:00:20.000Z',
    });
    const cut = await get(`/lifts/${LIFT}/series?field=doorState&from=${NOON}&to=${NOON + 20_000}&points=3`);
    expect(cut.body).toMatchObject({ truncated: true, until: '2026-11-21T12:00:15.000Z' });
    const rest = await get(
      `/lifts/${LIFT}/series?field=doorState&from=${cut.body.until}&to=${NOON + 20_000}`,
    );
    const changes = [cut, rest].flatMap(({ body }) => body.changes as unknown[]);
    expect(changes).toEqual(whole.body.changes);
    const occupied = await get(`/lifts/${LIFT}/series?field=occupied&${minute}`);
    expect((occupied.body.changes as { value: unknown }[]).map(({ value }) => value)).toEqual([true, null]);
  });

  it.each([
    ['no field', '', 'field', /must be one of speed/],
    ['a field that is none', 'field=extra', 'field', /must be one of/],
    ['SQL', 'field=speed;--', 'field', /must be one of/],
    ['two fields', 'field=speed&field=mode', 'field', /must be one of/],
    ['points 0', 'field=speed&points=0', 'points', /not be less than 1/],
    ['points 2001', 'field=speed&points=2001', 'points', /not be greater than 2000/],
    ['half a point', 'field=speed&points=1.5', 'points', /integer/],
    ['a day as time', 'field=speed&from=2026-11-21', 'from', /with its offset/],
    ['no such day', 'field=speed&from=2026-02-41T00:00:00Z', 'from', /no such time/],
    ['the year 2300', 'field=speed&to=2300-01-01T00:00:00Z', 'to', /no such time within 1970–2261/],
    ['a range turned round', `field=speed&from=${NOON}&to=${NOON}`, 'from', /must be before to/],
    [
      '401 days',
      `field=speed&from=${NOON - 401 * 86_400_000}&to=${NOON}`,
      'from',
      /401 days apart; at most 400/,
    ],
    ['an unknown parameter', 'field=speed&step=5', 'step', /should not exist/],
  ])('refuses %s', async (_case, query, field, message) => {
    const { status, body } = await get(`/lifts/${LIFT}/series?${query}`);
    expect(status).toBe(400);
    expect(body.errors).toEqual(expect.arrayContaining([{ field, message: expect.stringMatching(message) }]));
  });

  it('answers what is stored of each boot, for a ledger to be compared with', async () => {
    const all = await get(`/lifts/${LIFT}/sources`);
    const first = { terminal: `t-${LIFT}`, boot: 'b1', points: 40, seqs: [[0, 39]] };
    const second = { terminal: `t-${LIFT}`, boot: 'b2', points: 20, seqs: [[40, 59]] };
    expect(all).toEqual({ status: 200, body: { items: [first, second] } });
    const later = await get(`/lifts/${LIFT}/sources?from=${NOON + 30_000}`);
    expect(later.body).toEqual({ items: [{ ...first, points: 10, seqs: [[30, 39]] }, second] });
    expect((await get(`/lifts/${LIFT}/sources?from=today`)).status).toBe(400);
    expect((await get(`/lifts/${OTHER}/sources`)).body).toEqual({ items: [] });
  });

  it('answers the newest reading of one lift and of many', async () => {
    const { body } = await get(`/lifts/${LIFT}/state`);
    expect(body).toMatchObject({
      lift: LIFT,
      live: {
        speed: 59,
        doorState: 'open',
        occupied: null,
        at: '2026-11-21T12:00:59.000Z',
        clockSuspect: false,
      },
    });
    expect((await get(`/lifts/${OTHER}/state`)).body).toEqual({ lift: OTHER, live: null });
    const many = await get(`/states?lifts=${OTHER},${LIFT},none,${OTHER}`);
    expect(many.body).toEqual({ items: [{ lift: OTHER, live: null }, body] });
    for (const bad of ['', 'lifts=', `lifts=${Array(201).fill('x').join(',')}`, `lifts=${'x'.repeat(33)}`]) {
      expect((await get(`/states?${bad}`)).status).toBe(400);
    }
  });

  it('answers what terminals counted by period, newest first, page after page', async () => {
    const { status, body } = await get(`/lifts/${LIFT}/statistics?limit=3`);
    const items = body.items as Record<string, unknown>[];
    expect([status, items.length]).toEqual([200, 3]);
    expect(items[0]).toMatchObject({ terminal: 't2', periodEnd: null, runs: null, doorCycles: null });
    expect(items[2]).toEqual({
      terminal: 't2',
      profile: 'jtc340',
      periodStart: '2026-11-23T12:00:00.000Z',
      periodEnd: '2026-11-24T12:00:00.000Z',
      runs: 102,
      runMinutes: 60.5,
      runMetres: 410,
      doorCycles: 0,
      raw: { RunMileage: 2 },
      receivedAt: '2026-11-24T12:00:00.000Z',
    });
    const rest = await get(`/lifts/${LIFT}/statistics?limit=500&cursor=${body.next}`);
    expect(rest.body.next).toBeNull();
    const all = [...items, ...(rest.body.items as Record<string, unknown>[])];
    expect(all.map(({ periodStart, terminal }) => `${periodStart} ${terminal}`)).toEqual(
      [3, 2, 1, 0].flatMap((day) => ['t2', 't1'].map((t) => `${new Date(dayStart(day)).toISOString()} ${t}`)),
    );
    const range = `from=${dayStart(1)}&to=${dayStart(2)}`;
    const day = await get(`/lifts/${LIFT}/statistics?${range}`);
    expect(day.body.items).toMatchObject([{ runs: 101 }, { runs: 101 }]);
    expect((await get(`/lifts/${OTHER}/statistics`)).body).toEqual({ items: [], next: null });
  });

  it.each([
    ['from=yesterday', /with its offset/],
    [`from=${NOON}&to=${NOON}`, /must be before to/],
    ['limit=501', /limit/],
    [`cursor=${Buffer.from('[1e300,"t"]').toString('base64url')}`, /not one of this list/],
    [`cursor=${Buffer.from('["t"]').toString('base64url')}`, /not one of this list/],
  ])('refuses statistics with %s', async (query, message) => {
    const { status, body } = await get(`/lifts/${LIFT}/statistics?${query}`);
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringMatching(message)]);
  });

  it.each(['series?field=speed', 'sources', 'state', 'statistics'])(
    'answers 404 for %s of a lift out of scope',
    async (route) => {
      const own = await get(`/lifts/${LIFT}/${route}`, keys.f1);
      const others = await get(`/lifts/${LIFT}/${route}`, keys.f2);
      const none = await get(`/lifts/none/${route}`, keys.f2);
      expect([own.status, others.status, none.status]).toEqual([200, 404, 404]);
      expect(String(others.body.detail).replace(LIFT, 'none')).toBe(none.body.detail);
      expect((await send('GET', `/lifts/${LIFT}/${route}`, undefined)).status).toBe(401);
    },
  );

  it('leaves lifts out of scope out of the states', async () => {
    const { body } = await get(`/states?lifts=${LIFT},${OTHER}`, keys.f2);
    expect(body).toEqual({ items: [{ lift: OTHER, live: null }] });
  });

  it('says when the series do not answer', async () => {
    await series.close();
    for (const route of ['series?field=speed', 'sources', 'state']) {
      const { status, body } = await get(`/lifts/${LIFT}/${route}`);
      expect([status, body.title]).toEqual([503, 'Series unavailable']);
    }
    series = new DuckDbSeriesStore({ file: join(folder, 'again.duckdb') });
    await series.open();
  });
});
