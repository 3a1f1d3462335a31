import { createHmac } from 'node:crypto';
import { until } from '../../test/harness/platform-process.js';
import { alarmEvent, faultRaised, Inbox, WebhookRig } from './webhook-rig.fixture.js';

/** Written from the text of Standard Webhooks 1.0.0, of the receiver's side; shares nothing with the signer. */
function verifies(secret: string, headers: Readonly<Record<string, string>>, body: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', key).update(content).digest('base64');
  return (headers['webhook-signature'] ?? '')
    .split(' ')
    .some((each) => each.split(',')[0] === 'v1' && each.split(',')[1] === expected);
}

interface Made {
  readonly id: string;
  readonly secret: string;
  readonly state: string;
}

let rig: WebhookRig;
let inbox: Inbox;
let keys: Record<'admin' | 'firmA' | 'firmB' | 'west', string>;

beforeAll(async () => {
  rig = await WebhookRig.start();
  inbox = await Inbox.open();
  await rig.seedFleet();
  keys = {
    admin: await rig.key({ role: 'admin', scope: { kind: 'all' } }),
    firmA: await rig.key({ role: 'firm', scope: { kind: 'firm', firm: 'firm-a' } }),
    firmB: await rig.key({ role: 'firm', scope: { kind: 'firm', firm: 'firm-b' } }),
    west: await rig.key({ role: 'regulator', scope: { kind: 'district', prefix: '4201' } }),
  };
}, 60_000);
afterAll(async () => {
  await inbox.close();
  await rig.stop();
}, 30_000);
beforeEach(() => {
  inbox.received.length = 0;
  inbox.reply = (_request, response) => response.writeHead(204).end();
  rig.clock.aheadMs = 0;
});

/** Each test ends as it began: no endpoint, and the lift with its first firm. */
afterEach(async () => {
  const { body } = await rig.call<{ items: Made[] }>(keys.admin, 'GET', '/webhooks?limit=500');
  for (const { id } of body.items) await rig.call(keys.admin, 'DELETE', `/webhooks/${id}`);
  await giveLiftTo('firm-a');
});

async function giveLiftTo(firm: string | null): Promise<void> {
  const { db } = rig.records;
  await db.updateTable('lift').set({ firm }).where('registration_code', '=', 'LIFT-A').execute();
}

async function make<T extends Made = Made>(key: string, path: string, choices: object = {}): Promise<T> {
  const answer = await rig.call<T>(key, 'POST', '/webhooks', {
    label: path,
    url: `${inbox.url}${path}`,
    ...choices,
  });
  expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ state: 'enabled' })]);
  return answer.body;
}

const came = (path: string, count: number) =>
  until(`${count} at ${path}`, () => inbox.at(path).length >= count, 10_000);
const bodies = (path: string) => inbox.at(path).map(({ body }) => JSON.parse(body));

interface DeliveryItem {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly attempts: number;
  readonly type: string;
}
async function deliveries(made: Made): Promise<readonly DeliveryItem[]> {
  const answer = await rig.call<{ items: DeliveryItem[] }>(
    keys.admin,
    'GET',
    `/webhooks/${made.id}/deliveries`,
  );
  return answer.body.items;
}
const settled = (made: Made, state: string, count = 1) =>
  until(
    `${count} ${state}`,
    async () => (await deliveries(made)).filter((each) => each.state === state).length >= count,
    10_000,
  );

it('sends a signed event to the firm of the lift and to nobody else, within a second', async () => {
  const [own, other] = [await make(keys.firmA, '/own'), await make(keys.firmB, '/other')];
  await make(keys.west, '/west');
  await make(keys.admin, '/all');
  const began = performance.now();
  await rig.append(faultRaised('f-1'), alarmEvent('alarm.raised', 'a-1'));
  await came('/own', 2);
  expect((inbox.at('/own')[0]?.at ?? 0) - began).toBeLessThan(1_000);
  await came('/all', 2);
  expect([inbox.at('/other'), inbox.at('/west')]).toEqual([[], []]);
  const [first] = inbox.at('/own');
  if (first === undefined) throw new Error('nothing came');
  expect(verifies(own.secret, first.headers, first.body)).toBe(true);
  expect(verifies(own.secret, first.headers, JSON.stringify(JSON.parse(first.body), null, 1))).toBe(false);
  expect(verifies(other.secret, first.headers, first.body)).toBe(false);
  const raised = bodies('/own').find(({ type }) => type === 'fault.raised');
  expect(raised).toMatchObject({
    timestamp: '2026-04-24T03:06:40.000Z',
    data: {
      sequence: 1,
      faultId: 'f-1',
      kind: 'entrapment',
      evidence: 'inferred',
      lift: { registrationCode: 'LIFT-A', rescueCode: '100237', address: 'Road of LIFT-A', firm: 'firm-a' },
      links: { lift: '/api/v1/lifts/LIFT-A', about: '/api/v1/faults/f-1' },
    },
  });
  expect(
    bodies('/own')
      .map(({ data }) => data.sequence)
      .sort(),
  ).toEqual([1, 2]);
});

it('filters by type, kind, priority and district', async () => {
  await make(keys.admin, '/types', { types: ['alarm.raised'] });
  await make(keys.admin, '/kinds', { kinds: ['door-held'] });
  await make(keys.admin, '/urgent', { priorities: ['critical'], types: ['fault.raised'] });
  await make(keys.admin, '/place', { district: '4201' });
  await rig.append(
    faultRaised('f-2'),
    faultRaised('f-3', 'LIFT-B', 'door-held', 'firm-b'),
    alarmEvent('alarm.raised', 'a-2'),
  );
  await Promise.all([came('/types', 1), came('/kinds', 1), came('/urgent', 1), came('/place', 1)]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const said = ['/types', '/kinds', '/urgent', '/place'].map((path) =>
    bodies(path).map(({ type, data }) => `${type} ${data.faultId}`),
  );
  expect(said).toEqual([
    ['alarm.raised f-a-2'],
    ['fault.raised f-3'],
    ['fault.raised f-2'],
    ['fault.raised f-3'],
  ]);
});

it('retries a critical one after a second with the same id, and keeps every attempt', async () => {
  const made = await make(keys.firmA, '/flaky');
  inbox.reply = (_request, response, nth) => {
    response.writeHead(nth === 1 ? 500 : 200, { 'x-nth': String(nth) }).end(`<b>nth ${nth}</b>`);
  };
  await rig.append(faultRaised('f-4'));
  await settled(made, 'delivered');
  const [one, two] = inbox.at('/flaky');
  expect([one?.headers['webhook-id'], one?.body]).toEqual([two?.headers['webhook-id'], two?.body]);
  expect((two?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThanOrEqual(990);
  const [delivery] = await deliveries(made);
  const { body } = await rig.call<{ items: { outcome: string; head: string; body: string }[] }>(
    keys.firmA,
    'GET',
    `/webhooks/${made.id}/deliveries/${delivery?.id}/attempts`,
  );
  expect(body.items.map(({ outcome }) => outcome)).toEqual(['refused-status', 'accepted']);
  expect(body.items[0]).toMatchObject({ status: 500, body: '<b>nth 1</b>', number: 1 });
  expect(body.items[0]?.head).toContain('x-nth: 1');
});

it('an endpoint that says 410 is disabled, with an event for the alarm and nothing left waiting', async () => {
  const made = await make(keys.firmA, '/gone');
  inbox.reply = (_request, response) => response.writeHead(410).end();
  await rig.append(faultRaised('f-5'));
  await until('disabled', async () => {
    const { body } = await rig.call<Made>(keys.firmA, 'GET', `/webhooks/${made.id}`);
    return body.state === 'disabled';
  });
  const events = await rig.records.readEvents(0, 500);
  expect(events.filter(({ type }) => type === 'webhook.disabled').at(-1)).toMatchObject({
    firm: 'firm-a',
    data: { endpointId: made.id, firm: 'firm-a', reason: 'gone', host: new URL(inbox.url).host },
  });
  await rig.append(faultRaised('f-6'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await deliveries(made)).map(({ state, reason }) => [state, reason])).toEqual([
    ['cancelled', 'endpoint-disabled'],
  ]);
  inbox.reply = (_request, response) => response.writeHead(200).end();
  await rig.call(keys.firmA, 'PATCH', `/webhooks/${made.id}`, { enabled: true });
  const range = { since: '2020-01-01T00:00:00Z', missed: true };
  const again = await rig.call(keys.firmA, 'POST', `/webhooks/${made.id}/redeliver`, range);
  expect(again.status).toBe(202);
  await until('f-6 too', () => bodies('/gone').some(({ data }) => data.faultId === 'f-6'));
});

it('a lift that changes hands: what waits is cancelled with that reason, open alarms go to the new firm', async () => {
  const old = await make(keys.firmA, '/old');
  await make(keys.firmB, '/new');
  inbox.reply = ({ path }, response) => response.writeHead(path === '/old' ? 503 : 200).end();
  await rig.append(
    alarmEvent('alarm.raised', 'a-7', 'LIFT-A', 'medium'),
    alarmEvent('alarm.raised', 'a-8', 'LIFT-A', 'medium'),
    alarmEvent('alarm.closed', 'a-8', 'LIFT-A', 'medium'),
  );
  await came('/old', 1);
  await giveLiftTo('firm-b');
  await rig.append({
    type: 'lift.changed',
    lift: 'LIFT-A',
    district: '330922104',
    firm: 'firm-b',
    data: { by: 'test', changes: { firm: { from: 'firm-a', to: 'firm-b' } }, since: null },
  });
  const transfers = () => bodies('/new').filter(({ type }) => type === 'alarm.transferred');
  await until('a-7', () => transfers().some(({ data }) => data.alarmId === 'a-7'));
  const transferred = transfers();
  expect(transferred.map(({ data }) => [data.alarmId, data.previousFirm, data.lift.firm])).toContainEqual([
    'a-7',
    'firm-a',
    'firm-b',
  ]);
  expect(transferred.map(({ data }) => data.alarmId)).not.toContain('a-8');
  await settled(old, 'cancelled', 3);
  expect(new Set((await deliveries(old)).map(({ reason }) => reason))).toEqual(
    new Set(['lift-changed-firm']),
  );
  // Asked for again, it is cancelled again before anything is sent.
  const before = inbox.at('/old').length;
  const [delivery] = await deliveries(old);
  await rig.call(keys.firmA, 'POST', `/webhooks/${old.id}/deliveries/${delivery?.id}/redeliver`);
  await until('cancelled again', async () =>
    (await deliveries(old)).every(({ state }) => state === 'cancelled'),
  );
  expect(inbox.at('/old').length).toBe(before);
});

it('the scope is asked again at the attempt itself, without any event', async () => {
  const made = await make(keys.firmA, '/moved');
  inbox.reply = (_request, response) => response.writeHead(500).end();
  await rig.append(faultRaised('f-9'));
  await came('/moved', 1);
  await giveLiftTo(null);
  await settled(made, 'cancelled');
  expect((await deliveries(made))[0]).toMatchObject({ reason: 'lift-changed-firm' });
});

it('a rotated secret signs beside the new one for 24 hours', async () => {
  type OldSecret = { readonly oldSecretUntil: string | null };
  const made = await make<Made & OldSecret>(keys.firmA, '/rotate', { signatures: ['v1', 'v1a', 'kone'] });
  const rotated = await rig.call<Made & OldSecret>(keys.firmA, 'POST', `/webhooks/${made.id}/rotate-secret`);
  expect(rotated.status).toBe(200);
  const oldUntil = async () => {
    const { body } = await rig.call<OldSecret>(keys.firmA, 'GET', `/webhooks/${made.id}`);
    return body.oldSecretUntil;
  };
  expect(made.oldSecretUntil).toBeNull();
  const holdsFor = Date.parse((await oldUntil()) ?? '') - rig.clock.now();
  expect(Math.abs(holdsFor - 24 * 3_600_000)).toBeLessThan(5_000);
  expect(rotated.body.oldSecretUntil).toBe(await oldUntil());
  const send = async (count: number) => {
    expect((await rig.call(keys.firmA, 'POST', `/webhooks/${made.id}/test`)).status).toBe(202);
    await came('/rotate', count);
    return inbox.at('/rotate')[count - 1];
  };
  const both = await send(1);
  rig.clock.aheadMs = 24 * 3_600_000 + 1_000;
  const one = await send(2);
  expect(await oldUntil()).toBeNull();
  const by = (secret: string, each = both) => verifies(secret, each?.headers ?? {}, each?.body ?? '');
  expect([by(made.secret), by(rotated.body.secret)]).toEqual([true, true]);
  expect([by(made.secret, one), by(rotated.body.secret, one)]).toEqual([false, true]);
  expect(both?.headers['webhook-signature']?.split(' ')).toHaveLength(4);
  const [t = '', v1 = ''] =
    /^t=(\d+),v1=([0-9a-f]{64})/.exec(one?.headers['kone-signature'] ?? '')?.slice(1) ?? [];
  expect(createHmac('sha256', rotated.body.secret).update(`${t}.${one?.body}`).digest('hex')).toBe(v1);
  rig.clock.aheadMs = 0;
});

it('a hanging endpoint holds nobody up, and a redirect is not followed', async () => {
  await make(keys.firmA, '/hangs', { concurrency: 1 });
  await make(keys.firmA, '/turns');
  await make(keys.firmA, '/quick');
  inbox.reply = ({ path }, response) => {
    if (path === '/turns') response.writeHead(302, { location: `${inbox.url}/elsewhere` }).end();
    else if (path === '/quick') response.writeHead(200).end();
  };
  await rig.append(faultRaised('f-10'), faultRaised('f-11'), faultRaised('f-12'));
  await came('/quick', 3);
  await Promise.all([came('/turns', 1), came('/hangs', 1)]);
  expect([inbox.at('/hangs').length, inbox.at('/elsewhere').length]).toEqual([1, 0]);
});

it('answers of any size and shape are read to 4 KiB and judged by their status', async () => {
  const made = await make(keys.firmA, '/huge');
  inbox.reply = (_request, response) => {
    response.writeHead(200, { 'content-length': String(100 * 1024 * 1024) });
    const piece = Buffer.alloc(64 * 1024, 'x');
    const pour = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', pour);
    pour();
  };
  await rig.call(keys.firmA, 'POST', `/webhooks/${made.id}/test`);
  await settled(made, 'delivered');
  const [delivery] = await deliveries(made);
  const path = `/webhooks/${made.id}/deliveries/${delivery?.id}/attempts`;
  const { body } = await rig.call<{ items: { body: string }[] }>(keys.firmA, 'GET', path);
  expect(body.items[0]?.body).toHaveLength(4_096);
});

it('keeps firms, districts and strangers apart, and a change needs the version it was read at', async () => {
  const [a, b] = [await make(keys.firmA, '/a'), await make(keys.firmB, '/b')];
  const ids = async (key: string) => {
    const { body } = await rig.call<{ items: Made[] }>(key, 'GET', '/webhooks?limit=500');
    return body.items.map(({ id }) => id);
  };
  expect(await ids(keys.firmA)).toEqual([a.id]);
  expect(await ids(keys.firmB)).toEqual([b.id]);
  expect(await ids(keys.west)).toEqual([]);
  expect(new Set(await ids(keys.admin))).toEqual(new Set([a.id, b.id]));
  for (const [method, rest] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/rotate-secret'],
    ['POST', '/test'],
    ['GET', '/deliveries'],
    ['GET', '/statistics'],
  ] as const) {
    const answer = await rig.call(
      keys.firmA,
      method,
      `/webhooks/${b.id}${rest}`,
      method === 'PATCH' ? {} : undefined,
    );
    expect([method, rest, answer.status]).toEqual([method, rest, 404]);
  }
  const read = await rig.call<Made>(keys.firmA, 'GET', `/webhooks/${a.id}`);
  expect(read.body.secret).toBeUndefined();
  const tag = { 'if-match': read.headers.get('etag') ?? '' };
  expect((await rig.call(keys.firmA, 'PATCH', `/webhooks/${a.id}`, { label: 'n' }, tag)).status).toBe(200);
  expect((await rig.call(keys.firmA, 'PATCH', `/webhooks/${a.id}`, { label: 'm' }, tag)).status).toBe(412);
  expect(
    (await rig.call(keys.firmA, 'POST', '/webhooks', { label: 'x', url: a.id, firm: 'firm-b' })).status,
  ).toBe(422);
  const forFirm = { label: 'x', url: `${inbox.url}/x`, firm: 'firm-b' };
  expect((await rig.call(keys.firmA, 'POST', '/webhooks', forFirm)).status).toBe(400);
});

it('the feed gives every event once, in order, within the scope, and waits when asked', async () => {
  interface Feed {
    readonly items: readonly {
      readonly id: string;
      readonly type: string;
      readonly body: { readonly data: { readonly faultId: string } };
    }[];
    readonly next: string;
  }
  const drain = async (key: string, query: string) => {
    let [after, all] = ['', [] as Feed['items'][number][]];
    for (;;) {
      const { status, body } = await rig.call<Feed>(key, 'GET', `/events?limit=2${query}${after}`);
      expect(status).toBe(200);
      all = [...all, ...body.items];
      after = `&after=${body.next}`;
      if (body.items.length === 0) return { all, next: body.next };
    }
  };
  const { next } = await drain(keys.admin, '');
  const waiting = rig.call<Feed>(keys.firmB, 'GET', `/events?wait=10&after=${next}`);
  await rig.append(faultRaised('f-20'), faultRaised('f-21', 'LIFT-B', 'door-held', 'firm-b'));
  expect((await waiting).body.items.map(({ body }) => body.data.faultId)).toEqual(['f-21']);
  const rest = (await drain(keys.admin, '')).all.map(({ id }) => id);
  expect(new Set(rest).size).toBe(rest.length);
  const west = await drain(keys.west, '&types=fault.raised');
  expect(west.all.length).toBeGreaterThan(0);
  expect(new Set(west.all.map(({ body }) => body.data.faultId)).has('f-20')).toBe(false);
  expect((await rig.call(keys.admin, 'GET', '/events?after=nonsense')).status).toBe(400);
});

it('deliveries are found by a half-open range of time, and one by its id within the scope', async () => {
  const [made, other] = [await make(keys.firmA, '/range'), await make(keys.firmA, '/beside')];
  await make(keys.firmB, '/foreign');
  for (const aheadMs of [0, 60_000]) {
    rig.clock.aheadMs = aheadMs;
    expect((await rig.call(keys.firmA, 'POST', `/webhooks/${made.id}/test`)).status).toBe(202);
  }
  await settled(made, 'delivered', 2);
  type Dated = DeliveryItem & { readonly createdAt: string };
  const path = `/webhooks/${made.id}/deliveries`;
  const found = async (query: string) => {
    const { status, body } = await rig.call<{ items: Dated[] }>(keys.firmA, 'GET', `${path}?${query}`);
    return status === 200 ? body.items : status;
  };
  const all = await found('limit=10');
  if (typeof all === 'number') throw new Error(`status ${all}`);
  const [late, early] = all;
  if (late === undefined || early === undefined) throw new Error('not two deliveries');
  expect(await found(`until=${early.createdAt}`)).toEqual([]);
  expect(await found(`until=${late.createdAt}`)).toEqual([early]);
  expect(await found(`since=${early.createdAt}&until=${late.createdAt}`)).toEqual([early]);
  expect(await found(`since=${late.createdAt}`)).toEqual([late]);
  expect(await found('until=yesterday')).toBe(400);

  const one = (key: string, at: string) => rig.call<Dated>(key, 'GET', at);
  expect(await one(keys.firmA, `${path}/${early.id}`)).toMatchObject({ status: 200, body: early });
  for (const [key, at] of [
    [keys.firmA, `${path}/none`],
    [keys.firmA, `/webhooks/${other.id}/deliveries/${early.id}`],
    [keys.firmB, `${path}/${early.id}`],
    [keys.west, `${path}/${early.id}`],
  ] as const) {
    expect((await one(key, at)).status).toBe(404);
  }
});

it('statistics say when the next attempt is due, and that none is', async () => {
  const made = await make(keys.firmA, '/next');
  const next = async () => {
    const path = `/webhooks/${made.id}/statistics`;
    return (await rig.call<{ nextAttemptAt: string | null }>(keys.firmA, 'GET', path)).body.nextAttemptAt;
  };
  expect(await next()).toBeNull();
  inbox.reply = (_request, response) => response.writeHead(500).end();
  for (let count = 0; count < 2; count += 1) await rig.call(keys.firmA, 'POST', `/webhooks/${made.id}/test`);
  const waiting = await until('two that wait', async () => {
    const items = (await deliveries(made)) as readonly (DeliveryItem & { readonly dueAt: string })[];
    return items.length === 2 && items.every(({ attempts }) => attempts === 1) ? items : null;
  });
  expect(await next()).toBe(waiting.map(({ dueAt }) => dueAt).sort()[0]);
  await rig.call(keys.firmA, 'PATCH', `/webhooks/${made.id}`, { enabled: false });
  expect(await next()).toBeNull();
});

it('statistics and metrics show what went where', async () => {
  const made = await make(keys.firmA, '/stats');
  await rig.append(faultRaised('f-30'));
  await settled(made, 'delivered');
  const { body } = await rig.call<Record<string, number>>(
    keys.firmA,
    'GET',
    `/webhooks/${made.id}/statistics`,
  );
  expect(body).toMatchObject({ delivered: 1, pending: 0, attempts: 1 });
  expect(body.latencyP99Ms).toBeLessThan(1_000);
  const metrics = await rig.metrics.registry.metrics();
  expect(metrics).toContain(`liftwarden_webhook_attempts_total{endpoint="${made.id}",outcome="accepted"} 1`);
  expect(metrics).toContain('liftwarden_webhook_latency_seconds_bucket');
});
