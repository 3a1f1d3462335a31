import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import type { OpenApiDocument } from '#service';
import { OpenApiChecker } from '../harness/open-api-checker.js';
import { PlatformApp } from '../harness/platform-app.js';
import { until } from '../harness/platform-process.js';
import { PROJECT_ROOT } from '../harness/project-root.js';
import { breaches } from '../harness/route-matrix.js';
import { ROUTE_RULES } from '../harness/route-rules.js';
import {
  alarmOf,
  type Caller,
  everyCaller,
  firmOf,
  liftOf,
  raiseAlarm,
  SIDES,
  seedTwoSides,
} from '../harness/two-sides.js';

/** The API of the running modules: who may what, and whether the published contract says what is answered. */
let app: PlatformApp;
let admin: string;
let callers: readonly Caller[];
let api: OpenApiChecker;

beforeAll(async () => {
  app = await PlatformApp.start();
  admin = (await app.makeKey({ label: 'matrix', role: 'admin', scope: { kind: 'all' } })).text;
  await seedTwoSides(app, admin);
  callers = await everyCaller(app);
  api = new OpenApiChecker(JSON.parse((await app.send('GET', '/api/openapi.json')).text) as OpenApiDocument);
}, 120_000);
afterAll(() => app?.stop(), 60_000);

const asAdmin = () => ({ authorization: `Bearer ${admin}` });
const operations = () =>
  app.routes.map(({ method, path }) => ({ method, path, operation: api.operation(method, path) }));

/**
 * Every route × role × scope: allowed, 403 or 404 as designed, and no byte of a side to whoever does not see
 * it. The routes are those that the running modules serve: a new one without a rule fails here.
 */
describe('every route × role × scope', () => {
  test('every route has a rule, and every rule a route', () => {
    expect(app.routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      Object.keys(ROUTE_RULES).sort(),
    );
  });

  test.each(Object.entries(ROUTE_RULES))('%s', async (name, rule) => {
    const sides = typeof rule.path === 'function' ? SIDES : [null];
    const asked = sides.flatMap((side) => callers.map((caller) => breaches(app, name, caller, side)));
    expect((await Promise.all(asked)).flat()).toEqual([]);
  });
});

test('a session alone changes nothing: without its CSRF token every change is refused', async () => {
  const made = await app.send('POST', '/api/v1/session', {}, { key: admin });
  const cookie = made.headers.get('set-cookie')?.split(';')[0] ?? '';
  const changes = app.routes.filter(({ method, access }) => method !== 'GET' && access?.public === false);
  expect(changes.length).toBeGreaterThan(10);
  for (const { method, path } of changes) {
    const answer = await app.send(method, path.replaceAll(/\{\w+\}/g, 'none'), { cookie }, {});
    expect([method, path, answer.status, JSON.parse(answer.text).title]).toEqual([
      method,
      path,
      403,
      'CSRF token missing',
    ]);
  }
  expect((await app.send('GET', '/api/v1/session', { cookie })).status).toBe(200);
});

test('a stream ends with its session and with its key, and a narrowed scope reaches it', async () => {
  const { facts, text } = await app.makeKey({ label: 'x', role: 'dispatcher', scope: { kind: 'all' } });
  const asAdmin = { authorization: `Bearer ${admin}` };
  const signedIn = await app.send('POST', '/api/v1/session', {}, { key: text });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { csrfToken } = JSON.parse(signedIn.text) as { csrfToken: string };
  const [bySession, byKey] = [
    await app.listen({ cookie }),
    await app.listen({ authorization: `Bearer ${text}` }),
  ];
  await app.send('DELETE', '/api/v1/session', { cookie, 'x-csrf-token': csrfToken });
  await bySession.ended(5_000);
  expect(byKey.isOpen).toBe(true);
  const scope = { kind: 'firm', firm: 'firm-MARKA' };
  expect((await app.send('PATCH', `/api/v1/keys/${facts.id}`, asAdmin, { scope })).status).toBe(200);
  await raiseAlarm(app, 'B', 'narrowed-b');
  await raiseAlarm(app, 'A', 'narrowed-a');
  await byKey.heard('narrowed-a', 5_000);
  expect(byKey.text).not.toContain('MARKB');
  expect((await app.send('DELETE', `/api/v1/keys/${facts.id}`, asAdmin)).status).toBe(204);
  await byKey.ended(5_000);
});

describe('OpenAPI', () => {
  test('describes every route that is open to anybody', () => {
    const undescribed = app.routes.filter(({ access, answers }) => access !== null && answers === null);
    expect(undescribed.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(api.document.openapi).toBe('3.1.0');
  });

  test('names each operation once and declares the parameters of its path', () => {
    const ids = operations().map(({ operation }) => operation?.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation?.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect([path, declared?.toSorted()]).toEqual([path, named.toSorted()]);
    }
  });

  test('resolves every reference, and every schema compiles', () => {
    for (const name of Object.keys(api.document.components.schemas)) {
      expect(() => api.validator({ $ref: `#/components/schemas/${name}` })).not.toThrow();
    }
    const text = JSON.stringify(api.document);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(api.document.components.schemas)).toContain(name);
    }
  });

  test('says what every GET really answers', async () => {
    const faults: string[] = [];
    for (const { method, path, operation } of operations()) {
      if (method !== 'GET' || operation === undefined) continue;
      const rule = ROUTE_RULES[`GET ${path}`];
      const asked = typeof rule?.path === 'function' ? rule.path('A') : (rule?.path ?? path);
      const answer = await app.send('GET', asked, asAdmin());
      faults.push(...api.faults(operation, answer).map((fault) => `GET ${asked}: ${fault}`));
    }
    expect(faults).toEqual([]);
  });

  test('says how every route refuses: without key, with a wrong body, for what is not there', async () => {
    const faults: string[] = [];
    for (const { method, path, operation } of operations()) {
      if (operation === undefined || path.startsWith('/health')) continue;
      const concrete = path.replaceAll(/\{\w+\}/g, 'none');
      const body = method === 'GET' || method === 'DELETE' ? undefined : { none: 1 };
      for (const headers of [{}, asAdmin()]) {
        const answer = await app.send(method, concrete, headers, body);
        faults.push(...api.faults(operation, answer).map((fault) => `${method} ${concrete}: ${fault}`));
      }
    }
    expect(faults).toEqual([]);
  });

  test.each([
    ['POST', '/api/v1/session', '/api/v1/session', () => ({ key: admin })],
    [
      'POST',
      '/api/v1/keys',
      '/api/v1/keys',
      () => ({ label: 'c', role: 'tester', scope: { kind: 'firm', firm: 'f' } }),
    ],
    [
      'POST',
      '/api/v1/alarms/{id}/acknowledge',
      `/api/v1/alarms/${alarmOf('A')}/acknowledge`,
      () => ({ note: 'seen' }),
    ],
    ['POST', '/api/v1/alarms/{id}/close', `/api/v1/alarms/${alarmOf('A')}/close`, () => ({ note: 'done' })],
    [
      'PATCH',
      '/api/v1/lifts/{registrationCode}',
      `/api/v1/lifts/${liftOf('A')}`,
      () => ({ site: 'New site' }),
    ],
  ])('a good %s %s is as documented, body and answer', async (method, path, concrete, bodyOf) => {
    const operation = api.operation(method, path);
    if (operation === undefined) throw new Error(`${method} ${path} is not documented`);
    const body = bodyOf();
    const schema = operation.requestBody?.content['application/json']?.schema ?? {};
    const validate = api.validator(schema);
    expect([validate(body), validate.errors ?? []]).toEqual([true, []]);
    expect(validate({ none: 1 })).toBe(false);
    const answer = await app.send(method, concrete, asAdmin(), body);
    expect(api.faults(operation, answer)).toEqual([]);
    expect(answer.status).not.toBe(400);
  });
});

test('the example follows the alarms of its key', async () => {
  const source = readFileSync(join(PROJECT_ROOT, 'docs/api/follow-alarms.ts'), 'utf8');
  const program = transformSync(source, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }).code;
  const { text } = await app.makeKey({
    label: 'example',
    role: 'firm',
    scope: { kind: 'firm', firm: firmOf('A') },
  });
  const child = spawn(process.execPath, ['--input-type=module'], {
    env: { LIFTWARDEN_URL: app.url, LIFTWARDEN_KEY: text },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  child.stdin.end(program);
  try {
    await until('the alarm that was open', () => said.includes('critical entrapment LIFT-MARKA'), 15_000);
    await raiseAlarm(app, 'B', 'example-b');
    await raiseAlarm(app, 'A', 'example-a');
    await until('the alarm that came', () => said.split('\n').length > 2, 15_000);
    expect(said).not.toContain('MARKB');
  } finally {
    child.kill();
  }
}, 40_000);
