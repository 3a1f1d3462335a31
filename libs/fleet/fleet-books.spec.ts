import { TerminalRegistry } from '#ingest';
import { TerminalAccess, type Withdrawal } from '#mqtt';
import { FleetApp } from './fleet-app.fixture.js';

const LIFT = '3110320107200709E722';
const OTHER = '311032011720181443';

let fleet: FleetApp;
beforeAll(async () => {
  fleet = await FleetApp.start();
  for (const [path, body] of [
    ['/districts', { code: '330922', name: '嵊泗县' }],
    ['/districts', { code: '500231', name: '垫江县' }],
    ['/firms', { id: 'f1', name: '海诚' }],
    ['/firms', { id: 'f2', name: '岛城' }],
    ['/users', { id: 'u1', name: '菜园物业' }],
    ['/lifts', { registrationCode: LIFT, district: '330922', address: '沙河路1号', firm: 'f1' }],
    ['/lifts', { registrationCode: OTHER, district: '330922', address: '沙河路2号', rescueCode: '654321' }],
  ] as const) {
    expect((await fleet.call('POST', path, body)).status).toBe(201);
  }
}, 60_000);
afterAll(() => fleet.stop());

const get = async (path: string) => (await fleet.call('GET', path)).body;
const lastEvents = async (count: number) => (await fleet.events()).slice(-count).map(({ type }) => type);
const items = async (path: string) => (await get(path)).items as Record<string, unknown>[];

describe('lifts', () => {
  it('changes what is given, keeps the rest, and says what changed', async () => {
    const position = { longitude: 122.45, latitude: 30.72, datum: 'GCJ-02' };
    const given = {
      useKind: 'hospital',
      installedOn: '2009-08-01',
      maker: '三菱',
      model: 'GPS-3',
      ...position,
    };
    const answer = await fleet.call('PATCH', `/lifts/${LIFT}`, { ...given, user: 'u1' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ ...given, user: 'u1', firm: 'f1', address: '沙河路1号', version: 2 });
    expect((await fleet.call('PATCH', `/lifts/${LIFT}`, given)).body.version).toBe(2);
    const [event] = (await fleet.records.readEvents(0, 500)).slice(-1);
    expect(event).toMatchObject({
      type: 'lift.changed',
      lift: LIFT,
      firm: 'f1',
      data: { by: expect.any(String), changes: { useKind: { from: null, to: 'hospital' } } },
    });
    expect(await items('/lifts?user=u1')).toMatchObject([{ registrationCode: LIFT }]);
  });

  it.each([
    [{ district: '110101' }, 400, 'district'],
    [{ firm: 'f9' }, 400, 'firm'],
    [{ user: 'u9' }, 400, 'user'],
    [{ district: null }, 400, 'district'],
    [{ address: null }, 400, 'address'],
    [{ datum: null }, 400, 'datum'],
    [{ latitude: 91 }, 400, 'latitude'],
    [{ installedOn: '2023-02-29' }, 400, 'installedOn'],
    [{ useKind: 'castle' }, 400, 'useKind'],
    [{ site: 'a\nb' }, 400, 'site'],
    [{ firm: 'f2', since: '2001-01-01T00:00:00Z' }, 400, 'since'],
    [{ firm: 'f2', since: '2026-01-01' }, 400, 'since'],
    [{ rescueCode: '654321' }, 409, null],
    [{ registrationCode: OTHER }, 400, 'registrationCode'],
  ])('refuses %j and changes nothing', async (change, status, field) => {
    const before = await get(`/lifts/${LIFT}`);
    const answer = await fleet.call('PATCH', `/lifts/${LIFT}`, change);
    expect([change, answer.status]).toEqual([change, status]);
    if (field !== null) expect(answer.body.errors).toMatchObject([{ field }]);
    expect(await get(`/lifts/${LIFT}`)).toEqual(before);
  });

  it('answers 404 for a lift that is not there', async () => {
    expect((await fleet.call('PATCH', '/lifts/T-404', { site: 'x' })).status).toBe(404);
    expect((await fleet.call('GET', '/lifts/T-404/history')).status).toBe(404);
  });

  it('lets one of two who read the same version write', async () => {
    const tag = (await fleet.call('GET', `/lifts/${OTHER}`)).headers.get('etag') ?? '';
    const change = (site: string, ifMatch: string) =>
      fleet.call('PATCH', `/lifts/${OTHER}`, { site }, { 'if-match': ifMatch });
    const first = await change('一期', tag);
    expect(first.status).toBe(200);
    expect((await change('二期', tag)).status).toBe(412);
    expect((await change('二期', `W/${first.headers.get('etag')}`)).status).toBe(412);
    expect((await change('二期', 'no tag')).status).toBe(400);
    expect((await change('二期', `"x", ${first.headers.get('etag')}`)).status).toBe(200);
    expect((await change('三期', '*')).status).toBe(200);
  });

  it('keeps who served the lift when, without gaps', async () => {
    const now = new Date().toISOString();
    await fleet.call('PATCH', `/lifts/${OTHER}`, { firm: 'f1' });
    await fleet.call('PATCH', `/lifts/${OTHER}`, { firm: 'f2', district: '500231', user: 'u1' });
    const history = await items(`/lifts/${OTHER}/history`);
    expect(history).toMatchObject([
      { kind: 'served', to: null, firm: 'f2', district: '500231', user: 'u1' },
      { kind: 'served', firm: 'f1', district: '330922', user: null },
      { kind: 'served', firm: null },
    ]);
    expect(history[1]?.to).toBe(history[0]?.from);
    expect(history[2]?.to).toBe(history[1]?.from);
    expect(String(history[0]?.from) >= now).toBe(true);
    const first = await get(`/lifts/${OTHER}/history?limit=2`);
    const second = await get(`/lifts/${OTHER}/history?limit=2&cursor=${String(first.next)}`);
    expect([...(first.items as unknown[]), ...(second.items as unknown[])]).toEqual(history);
  });

  it('takes a change of firm that was entered late', async () => {
    const since = String((await items(`/lifts/${OTHER}/history`))[0]?.from);
    const late = new Date(Date.parse(since) + 1).toISOString();
    await fleet.call('PATCH', `/lifts/${OTHER}`, { firm: 'f1', since: late });
    expect((await items(`/lifts/${OTHER}/history`)).slice(0, 2)).toMatchObject([
      { from: late, to: null, firm: 'f1' },
      { from: since, to: late, firm: 'f2' },
    ]);
  });
});

describe('districts, firms and users', () => {
  it.each([
    ['/districts/330922', 'code', '330922'],
    ['/firms/f1', 'id', 'f1'],
    ['/users/u1', 'id', 'u1'],
  ])('renames %s under its version', async (path, key, id) => {
    const tag = (await fleet.call('GET', path)).headers.get('etag') ?? '';
    const rename = (name: string) => fleet.call('PATCH', path, { name }, { 'if-match': tag });
    const renamed = await rename('新名');
    expect(renamed.body).toEqual({ [key]: id, name: '新名', version: 2 });
    expect((await rename('又名')).status).toBe(412);
    expect(await lastEvents(1)).toEqual([`${path.split('/')[1]?.slice(0, -1)}.changed`]);
    expect((await fleet.call('PATCH', `${path}9`, { name: 'x' })).status).toBe(404);
  });
});

describe('terminals', () => {
  const act = (id: string, what: string, body: object = {}) =>
    fleet.call('POST', `/terminals/${id}/${what}`, body);

  it('moves from lift to lift, and each lift remembers it', async () => {
    expect((await fleet.call('POST', '/terminals', { id: 'A1', profile: 'native-v1' })).status).toBe(201);
    expect((await act('A1', 'bind', { lift: LIFT })).body).toMatchObject({ lift: LIFT, version: 2 });
    expect((await act('A1', 'bind', { lift: LIFT })).body).toMatchObject({ version: 2 });
    await act('A1', 'bind', { lift: OTHER });
    expect(await lastEvents(2)).toEqual(['terminal.unbound', 'terminal.bound']);
    const entry = (await items(`/lifts/${LIFT}/history`)).find(({ kind }) => kind === 'terminal');
    expect(entry).toMatchObject({ terminal: 'A1', to: expect.any(String) });
    expect(await get(`/lifts/${OTHER}`)).toMatchObject({ terminal: { id: 'A1' } });
    expect((await act('A1', 'unbind')).body).toMatchObject({ lift: null });
    expect((await act('A1', 'unbind')).status).toBe(409);
    const past = { lift: LIFT, from: '2020-01-01T00:00:00Z', to: '2020-06-01T00:00:00+08:00' };
    expect((await act('A1', 'bind', past)).body).toMatchObject({ lift: null });
    expect((await act('A1', 'bind', { ...past, from: '2020-05-01T00:00:00Z' })).status).toBe(409);
    expect((await act('A1', 'bind', { lift: LIFT, from: '2020-05-01T00:00:00Z' })).status).toBe(409);
    expect((await act('A1', 'bind', { lift: 'T-404' })).status).toBe(400);
    expect((await act('A1', 'bind', { lift: LIFT, from: '2999-01-01T00:00:00Z' })).status).toBe(400);
    expect((await act('A9', 'bind', { lift: LIFT })).status).toBe(404);
  });

  it('gives ingest the changed owner of a lift and the changed lift of a terminal', async () => {
    const registry = fleet.app.get(TerminalRegistry, { strict: false });
    const known = async (wanted: object) => {
      for (let tries = 0; tries < 400; tries += 1) {
        const found = registry.lookup('A1');
        if (Object.entries(wanted).every(([key, value]) => found?.[key as 'lift'] === value)) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(registry.lookup('A1')).toMatchObject(wanted);
    };
    await act('A1', 'bind', { lift: LIFT });
    await known({ lift: LIFT, firm: 'f1', district: '330922' });
    await fleet.call('PATCH', `/lifts/${LIFT}`, { firm: 'f2', district: '500231', rescueCode: '111111' });
    await known({ lift: LIFT, firm: 'f2', district: '500231', rescueCode: '111111' });
    await act('A1', 'unbind');
    await known({ lift: null, firm: null });
  });

  it('tells the broker of a new secret and of a revocation, which is for good', async () => {
    const access = fleet.app.get(TerminalAccess, { strict: false });
    const told: [string, Withdrawal][] = [];
    const stop = access.onWithdrawn((id, withdrawal) => told.push([id, withdrawal]));
    const made = await fleet.call('POST', '/terminals', { id: 'B1', profile: 'native-v1', lift: LIFT });
    const admits = (secret: unknown) => access.authenticate('B1', Buffer.from(String(secret)));
    expect(await admits(made.body.secret)).toBeNull();
    const rotated = await act('B1', 'rotate-secret');
    expect(rotated.body.secret).not.toBe(made.body.secret);
    const heard = async (count: number) => {
      for (let tries = 0; told.length < count && tries < 400; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await heard(1);
    expect(await admits(made.body.secret)).toBe('wrong-secret');
    expect(await admits(rotated.body.secret)).toBeNull();
    expect((await act('B1', 'revoke')).body).toMatchObject({ lift: null, revokedAt: expect.any(String) });
    expect(await lastEvents(2)).toEqual(['terminal.revoked', 'terminal.unbound']);
    await heard(2);
    expect(told).toEqual([
      ['B1', 'secret-replaced'],
      ['B1', 'revoked'],
    ]);
    expect(await admits(rotated.body.secret)).toBe('revoked');
    expect(access.mayPublish('B1', 'lift/v1/B1/event')).toBe(false);
    expect([
      (await act('B1', 'rotate-secret')).status,
      (await act('B1', 'bind', { lift: LIFT })).status,
    ]).toEqual([409, 409]);
    expect((await act('B1', 'revoke')).status).toBe(200);
    expect((await fleet.call('POST', '/terminals', { id: 'B2', profile: 'jtc340', lift: LIFT })).status).toBe(
      201,
    );
    stop();
  });
});
