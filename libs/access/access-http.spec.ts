import { AccessGround, type AccessProcess, ADMIN, COUNTY, within5s } from './access.fixture.js';
import { keyText, newKey } from './key-text.js';
import { SESSION_IDLE_MS, SESSION_LIFE_MS, SESSIONS_PER_KEY_MAX } from './sessions.js';
import { FREE_TRIES } from './wrong-keys.js';

const ground = new AccessGround();
let here: AccessProcess;
/** Another process on the same records: it learns of changes by the event log alone. */
let there: AccessProcess;
let admin: string;

beforeAll(async () => {
  await ground.open();
  here = await ground.process();
  there = await ground.process();
  admin = (await here.keys.create(ADMIN)).text;
}, 60_000);
afterAll(() => ground.close(), 60_000);

const makeKey = async (key = COUNTY) => (await here.keys.create(key)).facts;

describe('signing in', () => {
  test('exchanges a key for a cookie that script cannot read', async () => {
    const { facts, text } = await here.keys.create(COUNTY);
    const browser = await here.signIn(text);
    expect(browser.answer.body).toEqual({
      role: 'regulator',
      name: 'county',
      scope: { kind: 'district', prefix: '330922' },
      csrfToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(browser.setCookie).toMatch(
      /^liftwarden_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    const { status, body } = await browser.send('GET', '/session');
    expect([status, { ...body, expiresAt: 0 }]).toEqual([200, { ...browser.answer.body, expiresAt: 0 }]);
    const stored = await ground.records.db.selectFrom('session').selectAll().execute();
    expect(stored.map((row) => row.key_id)).toContain(facts.id);
    expect(JSON.stringify(stored)).not.toContain(browser.cookie.split('=')[1]);
    const logged = JSON.stringify(await ground.records.readEvents(0, 500));
    expect(logged).toContain('session.started');
    expect(logged).not.toContain(browser.cookie.split('=')[1]);
    expect(logged).not.toContain(text.slice(text.indexOf(facts.id) + facts.id.length + 1));
  });

  test.each([
    ['no body', undefined, 400],
    ['a form, as another site could send it', 'key=lw_x', 415],
    ['a key that is none', { key: 'lw_x' }, 401],
    ['more than a key', { key: 'lw_x', role: 'admin' }, 400],
  ])('is refused with %s', async (_case, body, status) => {
    const form = typeof body === 'string' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    const answer = await here.send('POST', '/session', form, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  test('ends the session that the browser had before', async () => {
    const first = await here.signIn(admin);
    const again = await here.send('POST', '/session', { cookie: first.cookie }, { key: admin });
    expect(again.status).toBe(201);
    expect((await first.send('GET', '/session')).status).toBe(401);
  });
});

describe('a session', () => {
  test('changes nothing without its CSRF token, and everything its key may with it', async () => {
    const browser = await here.signIn(admin);
    const other = await here.signIn(admin);
    const { cookie, csrf } = browser;
    const make = (headers: Record<string, string>) =>
      here.send('POST', '/keys', headers, { label: 'x', role: 'tester', scope: { kind: 'all' } });
    expect((await make({ cookie })).status).toBe(403);
    expect((await make({ cookie, 'x-csrf-token': '' })).status).toBe(403);
    expect((await make({ cookie, 'x-csrf-token': other.csrf })).status).toBe(403);
    expect((await make({ cookie, 'x-csrf-token': csrf })).status).toBe(201);
    expect((await here.send('DELETE', '/session', { cookie })).status).toBe(403);
    expect((await here.send('GET', '/keys', { cookie })).status).toBe(200);
  });

  test('a key in the header goes before the cookie, and needs no CSRF token', async () => {
    const county = await here.keys.create(COUNTY);
    const { cookie } = await here.signIn(admin);
    const asCounty = { cookie, authorization: `Bearer ${county.text}` };
    expect((await here.send('GET', '/keys', asCounty)).status).toBe(403);
    expect((await here.send('GET', '/keys', { cookie, authorization: 'Basic eA==' })).status).toBe(401);
    expect((await here.byKey(admin, 'GET', '/session')).status).toBe(401);
  });

  test.each(['liftwarden_session=', 'liftwarden_session=x', 'other=1'])(
    'the cookie %j is none',
    async (cookie) => {
      expect((await here.send('GET', '/session', { cookie })).status).toBe(401);
    },
  );

  test('ends by signing out, in every process; others of its key go on', async () => {
    const [one, two] = [await here.signIn(admin), await here.signIn(admin)];
    expect((await one.send('GET', '/session', undefined, there)).status).toBe(200);
    const out = await one.send('DELETE', '/session');
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toBe(
      'liftwarden_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    );
    expect((await one.send('GET', '/session')).status).toBe(401);
    await within5s('the other process to know', async () => {
      return (await one.send('GET', '/session', undefined, there)).status === 401;
    });
    expect((await two.send('GET', '/session')).status).toBe(200);
  });

  test('is kept by the database: a process that starts later knows it', async () => {
    const browser = await here.signIn(admin);
    const restarted = await ground.process();
    expect((await browser.send('GET', '/session', undefined, restarted)).status).toBe(200);
  });

  test('ends unused after a shift, and used after a week', async () => {
    const [idle, used] = [await here.signIn(admin), await here.signIn(admin)];
    const began = ground.clock.now();
    const step = SESSION_IDLE_MS - 60_000;
    for (let age = 0; age < SESSION_LIFE_MS; age = ground.clock.now() - began) {
      const { status, body } = await used.send('GET', '/session');
      expect([age, status]).toEqual([age, 200]);
      const leftMs = Date.parse(String(body.expiresAt)) - ground.clock.now();
      expect(leftMs).toBeLessThanOrEqual(Math.min(SESSION_IDLE_MS, SESSION_LIFE_MS - age + 1_000));
      if (age > SESSION_IDLE_MS) expect((await idle.send('GET', '/session')).status).toBe(401);
      ground.clock.pass(Math.min(step, SESSION_LIFE_MS - age));
    }
    expect((await used.send('GET', '/session')).status).toBe(401);
    // The next sign-in clears away what is over.
    await here.signIn(admin);
    expect(await ground.records.db.selectFrom('session').selectAll().execute()).toHaveLength(1);
  });

  test(`of a key there are ${SESSIONS_PER_KEY_MAX}; one more ends the one longest unused`, async () => {
    const { text } = await here.keys.create(COUNTY);
    const browsers = [];
    for (let n = 0; n <= SESSIONS_PER_KEY_MAX; n += 1) {
      browsers.push(await here.signIn(text));
      ground.clock.pass(1_000);
    }
    const states = await Promise.all(
      browsers.map(async (each) => (await each.send('GET', '/session')).status),
    );
    expect(states).toEqual([401, ...browsers.slice(1).map(() => 200)]);
  });
});

describe('rights that are taken away', () => {
  test('a revoked key and its sessions are refused in every process within 5 s', async () => {
    const { facts, text } = await here.keys.create(COUNTY);
    const browser = await here.signIn(text);
    expect((await there.byKey(text, 'GET', '/keys')).status).toBe(403);
    expect((await browser.send('GET', '/session', undefined, there)).status).toBe(200);
    expect((await here.byKey(admin, 'DELETE', `/keys/${facts.id}`)).status).toBe(204);
    expect((await here.byKey(text, 'GET', '/keys')).status).toBe(401);
    expect((await browser.send('GET', '/session')).status).toBe(401);
    await within5s('the other process to refuse both', async () => {
      const [key, session] = [
        await there.byKey(text, 'GET', '/keys'),
        await browser.send('GET', '/session', undefined, there),
      ];
      return key.status === 401 && session.status === 401;
    });
  });

  test('a narrowed scope reaches open sessions in every process within 5 s', async () => {
    const { facts, text } = await here.keys.create(COUNTY);
    const browser = await here.signIn(text);
    expect((await browser.send('GET', '/session', undefined, there)).body.scope).toEqual(COUNTY.scope);
    const scope = { kind: 'district', prefix: '330922104' };
    expect((await here.byKey(admin, 'PATCH', `/keys/${facts.id}`, { scope })).status).toBe(200);
    expect((await browser.send('GET', '/session')).body.scope).toEqual(scope);
    await within5s('the other process to know', async () => {
      const { body } = await browser.send('GET', '/session', undefined, there);
      return JSON.stringify(body.scope) === JSON.stringify(scope);
    });
  });

  test('a key changed by hand in the database is felt within 5 s', async () => {
    const { facts, text } = await here.keys.create(ADMIN);
    expect((await here.byKey(text, 'GET', '/keys')).status).toBe(200);
    await ground.records.db
      .updateTable('api_key')
      .set({ revoked_at: new Date(0) })
      .where('id', '=', facts.id)
      .execute();
    expect((await here.byKey(text, 'GET', '/keys')).status).toBe(200);
    ground.clock.pass(4_500);
    expect((await here.byKey(text, 'GET', '/keys')).status).toBe(401);
  });
});

describe('keys', () => {
  test('change by label and scope, with If-Match, and every change is in the log', async () => {
    const made = await makeKey();
    const path = `/keys/${made.id}`;
    const read = await here.byKey(admin, 'GET', path);
    const tag = read.headers.get('etag') ?? '';
    expect(read.body).toEqual({ ...made });
    const patch = (body: unknown, ifMatch?: string) =>
      here.send(
        'PATCH',
        path,
        { authorization: `Bearer ${admin}`, ...(ifMatch && { 'if-match': ifMatch }) },
        body,
      );
    expect((await patch({ label: 'night' }, tag)).body).toMatchObject({ label: 'night', scope: made.scope });
    expect((await patch({ label: 'late' }, tag)).status).toBe(412);
    expect((await patch({ label: 'late' }, '*')).status).toBe(200);
    for (const wrong of [{ role: 'admin' }, { scope: { kind: 'firm' } }, { label: '' }, { scope: 'all' }]) {
      expect([wrong, (await patch(wrong)).status]).toEqual([wrong, 400]);
    }
    expect((await here.byKey(admin, 'PATCH', '/keys/0123', { label: 'x' })).status).toBe(404);
    expect((await here.byKey(admin, 'DELETE', path)).status).toBe(204);
    expect((await patch({ label: 'x' })).status).toBe(404);
    expect((await here.byKey(admin, 'GET', path)).body.revokedAt).not.toBeNull();
    const events = (await ground.records.readEvents(0, 500)).filter(({ data }) => data.keyId === made.id);
    expect(events.map(({ type, data }) => [type, data.label])).toEqual([
      ['key.created', 'county'],
      ['key.changed', 'night'],
      ['key.changed', 'late'],
      ['key.revoked', 'late'],
    ]);
    expect(events.at(-1)?.data.by).toMatchObject({ label: 'first' });
  });

  test('a firm keeps the scope of a firm', async () => {
    const firm = await makeKey({ label: 'f', role: 'firm', scope: { kind: 'firm', firm: 'f1' } });
    const all = { scope: { kind: 'all' } };
    expect((await here.byKey(admin, 'PATCH', `/keys/${firm.id}`, all)).status).toBe(400);
  });
});

describe('wrong keys', () => {
  let alone: AccessProcess;
  beforeAll(async () => {
    alone = await ground.process();
  });
  const wrongKey = () => keyText(newKey());

  test('wrong keys lock their address with back-off, and leave those alone who were right before', async () => {
    const { text: known } = await alone.keys.create(ADMIN);
    const { text: fresh } = await alone.keys.create(ADMIN);
    expect((await alone.byKey(known, 'GET', '/keys')).status).toBe(200);
    const browser = await alone.signIn(known);
    for (let n = 0; n < FREE_TRIES; n += 1) {
      expect((await alone.send('POST', '/session', {}, { key: wrongKey() })).status).toBe(401);
    }
    expect((await alone.byKey(wrongKey(), 'GET', '/keys')).status).toBe(401);
    const locked = await alone.send('POST', '/session', {}, { key: fresh });
    expect(locked.status).toBe(429);
    expect(locked.headers.get('retry-after')).toBe('1');
    expect(locked.body).toMatchObject({ title: 'Locked out', status: 429 });
    expect((await alone.byKey(fresh, 'GET', '/keys')).status).toBe(429);
    expect((await alone.byKey(known, 'GET', '/keys')).status).toBe(200);
    expect((await browser.send('GET', '/session')).status).toBe(200);
    ground.clock.pass(1_000);
    expect((await alone.byKey(wrongKey(), 'GET', '/keys')).status).toBe(401);
    expect((await alone.byKey(fresh, 'GET', '/keys')).headers.get('retry-after')).toBe('2');
    ground.clock.pass(2_000);
    expect((await alone.byKey(fresh, 'GET', '/keys')).status).toBe(200);
    const refused = await alone.metrics.registry.getSingleMetricAsString('liftwarden_access_refused_total');
    expect(refused).toContain('{reason="locked-out"} 2');
    const signIns = await alone.metrics.registry.getSingleMetricAsString('liftwarden_sign_ins_total');
    expect(signIns).toContain('{outcome="wrong-key"} 5');
    expect(signIns).toContain('{outcome="locked-out"} 1');
  });

  test('an unknown key and a wrong secret of a known one are told nothing apart', async () => {
    const { facts } = await alone.keys.create(ADMIN);
    ground.clock.pass(3_600_000);
    const { secret } = newKey();
    const [unknown, wrong] = [
      await alone.byKey(wrongKey(), 'GET', '/keys'),
      await alone.byKey(keyText({ id: facts.id, secret }), 'GET', '/keys'),
    ];
    expect(unknown.body).toEqual(wrong.body);
    expect(unknown.status).toBe(401);
  });

  test('while the database is stopped nobody is let in unchecked', async () => {
    const { text } = await alone.keys.create(ADMIN);
    expect((await alone.byKey(text, 'GET', '/keys')).status).toBe(200);
    ground.clock.pass(5_000);
    await ground.records.close();
    expect((await alone.byKey(text, 'GET', '/keys')).status).toBe(503);
    const cookie = `liftwarden_session=${'a'.repeat(43)}`;
    expect((await alone.send('GET', '/session', { cookie })).status).toBe(503);
  });
});
