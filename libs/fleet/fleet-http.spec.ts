import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule, AdminKeyBootstrap } from '#access';
import { TerminalRegistry } from '#ingest';
import { TerminalAccess } from '#mqtt';
import { Records, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { SeriesStore } from '#series';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { FleetModule } from './fleet.module.js';
import { OneLiftSeries, ProbeController, SAMPLE, send } from './fleet-http.fixture.js';

const LIFT = '3110320107200709E722';
const OTHER = '311032011720181443';

describe('fleet and access over HTTP', () => {
  let folder: string;
  let app: INestApplication;
  let base: string;
  let records: SqlRecords;
  let admin: string;
  let secret: string;
  const keys: Record<string, string> = {};
  const series = new OneLiftSeries();
  const clock = new SystemClock();

  const call = (method: string, path: string, key?: string, body?: unknown) =>
    send(`${base}${path}`, method, key, body);
  const post = (path: string, body: unknown, key = admin) => call('POST', `/api/v1${path}`, key, body);
  const get = (path: string, key = admin) => call('GET', `/api/v1${path}`, key);
  const ids = async (path: string, key: string, name: string) =>
    ((await get(path, key)).body.items as Record<string, unknown>[]).map((item) => item[name]);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(join(tmpdir(), 'fleet-'));
    await copyEmptyDatabase(join(folder, 'records'));
    records = new SqlRecords({ folder: join(folder, 'records'), clock, metrics: new Metrics() });
    await records.open();
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: clock },
        { provide: SeriesStore, useValue: series },
        Metrics,
      ],
      exports: [Records, Clock, SeriesStore, Metrics],
    })
    class Surroundings {}
    const module = await Test.createTestingModule({
      imports: [Surroundings, AccessModule, FleetModule],
      controllers: [ProbeController],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    base = `http://127.0.0.1:${port}`;
    const text = await app.get(AdminKeyBootstrap).ensure(folder);
    admin = text ?? '';
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await records?.close();
    await rm(folder, { recursive: true });
  });

  it('makes the first admin key once, readable by its owner alone', async () => {
    const path = join(folder, 'admin.key');
    expect((await readFile(path, 'utf8')).trim()).toBe(admin);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await app.get(AdminKeyBootstrap).ensure(folder)).toBeNull();
    expect((await get('/keys')).status).toBe(200);
  });

  it.each([
    ['no key', 'GET', '/api/v1/lifts', undefined, 401],
    ['a wrong key', 'GET', '/api/v1/lifts', `lw_0123456789ab_${'a'.repeat(43)}`, 401],
    ['no key of ours', 'GET', '/api/v1/lifts', 'token', 401],
    ['a key in the URL', 'GET', '/api/v1/lifts?access_token=x', undefined, 400],
    ['a key in the URL of an open route', 'GET', '/probe/open?KEY=x', undefined, 400],
    ['an open route', 'GET', '/probe/open', undefined, 200],
    ['a route that says nothing', 'GET', '/probe/unlisted', undefined, 403],
    ['an unknown path', 'GET', '/api/v1/nothing', undefined, 404],
    ['a route that breaks', 'GET', '/probe/broken', undefined, 500],
  ])('answers %s with a problem', async (_case, method, path, key, status) => {
    const answer = await call(method, path, key);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain('internals');
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    if (status < 300) return;
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, instance: path.split('?')[0] });
  });

  it('closes an unlisted route to an admin too', async () => {
    expect((await call('GET', '/probe/unlisted', admin)).status).toBe(403);
  });

  it('makes keys of each role, shown once, and refuses a scope that does not go with the role', async () => {
    await post('/firms', { id: 'f1', name: '海诚' });
    const scopes = {
      regulator: { kind: 'district', prefix: '3309' },
      firm: { kind: 'firm', firm: 'f1' },
      dispatcher: { kind: 'district', prefix: '110101' },
      tester: { kind: 'all' },
    };
    for (const [role, scope] of Object.entries(scopes)) {
      const made = await post('/keys', { label: role, role, scope });
      expect(made.status).toBe(201);
      keys[role] = String(made.body.key);
    }
    expect(JSON.stringify((await get('/keys')).body)).not.toContain(
      String(keys.tester).split('_').slice(2).join('_'),
    );
    for (const wrong of [
      { label: 'x', role: 'firm', scope: { kind: 'all' } },
      { label: 'x', role: 'admin', scope: { kind: 'district', prefix: '33' } },
      { label: 'x', role: 'tester', scope: { kind: 'district' } },
      { label: 'x', role: 'tester', scope: { kind: 'district', prefix: '' } },
      { label: 'x', role: 'tester', scope: { kind: 'all', prefix: '33' } },
      { label: 'x', role: 'tester' },
      { label: 'x', role: 'root', scope: { kind: 'all' } },
    ]) {
      expect((await post('/keys', wrong)).status).toBe(400);
    }
  });

  it('registers districts, lifts and terminals, and refuses each a second time', async () => {
    const lift = {
      registrationCode: LIFT,
      rescueCode: '123456',
      district: '330922104',
      address: '沙河路1号',
      firm: 'f1',
    };
    const steps: [string, object, number][] = [
      ['/districts', { code: '330922104', name: '菜园镇' }, 201],
      ['/districts', { code: '110101', name: '东城区' }, 201],
      ['/districts', { code: '110101', name: '东城区' }, 409],
      ['/firms', { id: 'f1', name: '海诚' }, 409],
      ['/lifts', lift, 201],
      ['/lifts', lift, 409],
      ['/lifts', { ...lift, registrationCode: OTHER }, 409],
      ['/lifts', { registrationCode: OTHER, district: '110101', address: '东四', site: '100%_大厦' }, 201],
      ['/lifts', { ...lift, registrationCode: 'T-9', rescueCode: null, district: '640221' }, 400],
      ['/lifts', { ...lift, registrationCode: 'T-9', rescueCode: null, firm: 'f9' }, 400],
      ['/terminals', { id: 't1', profile: 'native-v1', lift: 'T-9' }, 400],
      ['/terminals', { id: 't1', profile: 'other', lift: LIFT }, 400],
    ];
    for (const [path, body, status] of steps) {
      expect([path, body, (await post(path, body)).status]).toEqual([path, body, status]);
    }
    const made = await post('/terminals', { id: 't1', profile: 'native-v1', lift: LIFT });
    expect(made.status).toBe(201);
    secret = String(made.body.secret);
    expect((await post('/terminals', { id: 't1', profile: 'native-v1', lift: OTHER })).status).toBe(409);
    expect((await post('/terminals', { id: 't2', profile: 'native-v1', lift: LIFT })).status).toBe(409);
    expect(await ids('/terminals', admin, 'id')).toEqual(['t1']);
  });

  it('names the field at fault', async () => {
    const answer = await post('/lifts', {
      registrationCode: '123 45',
      district: '33',
      address: '',
      colour: 'red',
    });
    expect(answer.status).toBe(400);
    const fields = (answer.body.errors as { field: string }[]).map((error) => error.field);
    expect(new Set(fields)).toEqual(new Set(['registrationCode', 'district', 'address', 'colour']));
    expect((await post('/lifts', '{"half":')).status).toBe(400);
    expect((await get('/lifts?limit=501')).status).toBe(400);
    expect((await get('/lifts?cursor=abc')).status).toBe(400);
    expect((await get('/lifts?q=%00')).status).toBe(400);
  });

  it('lets only admins write', async () => {
    for (const role of ['regulator', 'firm', 'dispatcher', 'tester']) {
      for (const path of ['/districts', '/firms', '/lifts', '/terminals', '/keys']) {
        expect([role, path, (await post(path, {}, keys[role])).status]).toEqual([role, path, 403]);
      }
    }
  });

  it('shows each key its scope alone', async () => {
    const seen = async (role: string) => [
      await ids('/lifts', keys[role] ?? '', 'registrationCode'),
      await ids('/terminals', keys[role] ?? '', 'id'),
      await ids('/districts', keys[role] ?? '', 'code'),
      await ids('/firms', keys[role] ?? '', 'id'),
      (await get(`/lifts/${LIFT}`, keys[role])).status,
      (await get('/terminals/t1', keys[role])).status,
    ];
    expect(await seen('tester')).toEqual([
      [OTHER, LIFT].sort(),
      ['t1'],
      ['110101', '330922104'],
      ['f1'],
      200,
      200,
    ]);
    expect(await seen('regulator')).toEqual([[LIFT], ['t1'], ['330922104'], ['f1'], 200, 200]);
    expect(await seen('firm')).toEqual([[LIFT], ['t1'], ['330922104'], ['f1'], 200, 200]);
    expect(await seen('dispatcher')).toEqual([[OTHER], [], ['110101'], [], 404, 404]);
  });

  it('filters, searches and pages', async () => {
    expect(await ids('/lifts?district=3309', admin, 'registrationCode')).toEqual([LIFT]);
    expect(await ids('/lifts?firm=f1', admin, 'registrationCode')).toEqual([LIFT]);
    expect(await ids(`/lifts?q=${encodeURIComponent('%_大')}`, admin, 'registrationCode')).toEqual([OTHER]);
    expect(await ids('/lifts?q=e722', admin, 'registrationCode')).toEqual([LIFT]);
    expect(await ids(`/lifts?q=${encodeURIComponent('%%')}`, admin, 'registrationCode')).toEqual([]);
    const first = (await get('/lifts?limit=1')).body;
    expect((first.items as unknown[]).length).toBe(1);
    const second = (await get(`/lifts?limit=1&cursor=${String(first.next)}`)).body;
    expect(second).toMatchObject({ items: [{ registrationCode: OTHER }], next: null });
  });

  it('shows the live state, and says when the series store is down', async () => {
    expect((await get(`/lifts/${LIFT}`)).body).toMatchObject({
      terminal: { id: 't1', profile: 'native-v1' },
      live: null,
      liveAvailable: true,
    });
    const origin = { lift: LIFT, district: '330922', terminal: 't1', boot: 'b', seq: 1, clockSuspect: false };
    series.point = { ...origin, at: 0, terminalAt: 0, receivedAt: 1_000, sample: SAMPLE };
    expect((await get(`/lifts/${LIFT}`)).body.live).toMatchObject({
      floor: '-2B',
      occupied: null,
      at: '1970-01-01T00:00:00.000Z',
    });
    series.down = true;
    expect((await get(`/lifts/${LIFT}`)).body).toMatchObject({ live: null, liveAvailable: false });
  });

  it('tells the log who was registered, and never the secret', async () => {
    const all = await records.readEvents(0, 500);
    const events = all.filter(({ type }) => !type.startsWith('key.'));
    expect(events.map(({ type, lift, district, firm }) => [type, lift, district, firm])).toEqual([
      ['firm.registered', null, null, 'f1'],
      ['district.registered', null, '330922104', null],
      ['district.registered', null, '110101', null],
      ['lift.registered', LIFT, '330922104', 'f1'],
      ['lift.registered', OTHER, '110101', null],
      ['terminal.registered', LIFT, '330922104', 'f1'],
      ['terminal.bound', LIFT, '330922104', 'f1'],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/secret|hash|\$7\$/i);
    const row = await records.db.selectFrom('terminal').select('secret_hash').executeTakeFirstOrThrow();
    expect(row.secret_hash).toMatch(/^\$7\$101\$/);
    expect(secret.length).toBeGreaterThanOrEqual(22);
  });

  it('admits a terminal by its secret to its own topics, at once after it is registered', async () => {
    const access = app.get(TerminalAccess, { strict: false });
    const registry = app.get(TerminalRegistry, { strict: false });
    expect(await access.authenticate('t1', Buffer.from(secret))).toBeNull();
    expect(await access.authenticate('t1', Buffer.from('wrong'))).toBe('wrong-secret');
    expect(await access.authenticate('t9', Buffer.from(secret))).toBe('unknown-terminal');
    expect(access.mayPublish('t1', 'lift/v1/t1/telemetry')).toBe(true);
    expect(access.mayPublish('t1', 'lift/v1/t2/telemetry')).toBe(false);
    expect(access.maySubscribe('t1', 'lift/v1/t1/command')).toBe(true);
    expect(access.maySubscribe('t1', '#')).toBe(false);
    expect(access.mayPublish('t9', 'lift/v1/t9/telemetry')).toBe(false);
    expect(registry.lookup('t1')).toMatchObject({ lift: LIFT, district: '330922104', firm: 'f1' });
    expect(registry.lookup('t9')).toBeNull();
    const made = await post('/terminals', { id: 't9', profile: 'jtc340', lift: OTHER });
    for (let tries = 0; registry.lookup('t9') === null && tries < 200; tries += 1) await clock.sleep(5);
    expect(await access.authenticate('t9', Buffer.from(String(made.body.secret)))).toBeNull();
  });

  it('revokes a key at once, but never the last admin key', async () => {
    const id = String(keys.tester).split('_')[1];
    expect((await get('/lifts', keys.tester)).status).toBe(200);
    expect((await call('DELETE', `/api/v1/keys/${id}`, admin)).status).toBe(204);
    expect((await get('/lifts', keys.tester)).status).toBe(401);
    expect((await call('DELETE', `/api/v1/keys/${id}`, admin)).status).toBe(404);
    expect((await call('DELETE', `/api/v1/keys/${admin.split('_')[1]}`, admin)).status).toBe(409);
  });

  it('admits the terminals it knows while the database is down, and says why it refuses others', async () => {
    const access = app.get(TerminalAccess, { strict: false });
    await records.close();
    expect(await access.authenticate('t1', Buffer.from(secret))).toBeNull();
    expect(await access.authenticate('unheard-of', Buffer.from(secret))).toBe('directory-unavailable');
    expect((await get('/lifts', `lw_0123456789ab_${'a'.repeat(43)}`)).status).toBe(503);
  });
});
