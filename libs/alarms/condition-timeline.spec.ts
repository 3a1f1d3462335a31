import type { Scope } from '#domain';
import { AlarmPlatform } from './testing/alarm-platform.js';
import { indicatorEvent, webhookEvent } from './testing/condition-events.js';
import { raised } from './testing/fault-effects.js';
import type { Follower, Told } from './testing/follower.js';

const platform = new AlarmPlatform();
// The embedded database takes its time to start on a busy machine.
beforeAll(() => platform.start(), 120_000);
afterAll(() => platform.stop());

/** Each test has a rule of its own, so that none meets the alarms of another. */
const told = (follower: Follower, event: string, key: string, version: number): Promise<Told> =>
  follower.until(
    ({ event: name, data }) =>
      name === event && data.alarm?.sourceKey === key && data.alarm.version === version,
  );

describe('a broken rate of a county', () => {
  const scope: Scope = { kind: 'county', id: '330922' };
  const key = 'county-rule:county:330922';
  const rule = { ruleId: 'county-rule' };

  test('is raised, seen, renewed, restored, comes back, is corrected, and closed by a person', async () => {
    const live = await platform.follow('county');
    await platform.tell(indicatorEvent('indicator.breached', scope, rule));
    const first = await told(live, 'alarm.raised', key, 1);
    const { alarm } = first.data;
    expect(alarm).toMatchObject({
      id: expect.stringMatching(/^alarm-indicator-\d+$/),
      source: 'indicator',
      lift: null,
      faultId: null,
      evidence: null,
      address: null,
      district: '330922',
      firm: null,
      kind: 'indicator-breached',
      priority: 'medium',
      state: 'raised',
      reason: 'beyond-threshold-held',
      subject: {
        type: 'indicator',
        ruleId: 'county-rule',
        scope,
        value: 0.8,
        numerator: 8,
        denominator: 1_000,
        unit: 'percent-per-month',
        from: '2026-04-01T08:00:00.000Z',
        to: '2026-05-01T08:00:00.000Z',
      },
    });
    const path = `/alarms/${alarm?.id}`;
    expect((await platform.call('county', path)).body).toEqual(alarm);
    expect(await platform.call('county', `${path}/close`, { note: 'x' })).toMatchObject({
      status: 409,
      body: { title: 'fault-still-open' },
    });
    expect((await platform.call('county', `${path}/acknowledge`, {})).body).toMatchObject({
      state: 'acknowledged',
      version: 2,
    });

    await platform.tell(indicatorEvent('indicator.breached', scope, { ...rule, value: 1.1, numerator: 11 }));
    expect((await told(live, 'alarm.updated', key, 3)).data.alarm).toMatchObject({
      id: alarm?.id,
      state: 'acknowledged',
      subject: { value: 1.1, numerator: 11 },
    });
    await platform.tell(indicatorEvent('indicator.restored', scope, rule));
    expect((await told(live, 'alarm.cleared', key, 4)).data.alarm).toMatchObject({
      state: 'cleared',
      reason: 'recovered',
      closedAt: null,
    });
    await platform.tell(indicatorEvent('indicator.breached', scope, { ...rule, priority: 'high' }));
    expect((await told(live, 'alarm.raised', key, 5)).data.alarm).toMatchObject({
      id: alarm?.id,
      state: 'raised',
      priority: 'high',
      acknowledgedBy: null,
      clearedAt: null,
    });
    await platform.tell(
      indicatorEvent('indicator.withdrawn', scope, { ...rule, reason: 'fault-judged-false' }),
    );
    expect((await told(live, 'alarm.cleared', key, 6)).data.alarm).toMatchObject({
      state: 'cleared-unconfirmed',
      reason: 'fault-judged-false',
    });
    expect((await platform.call('county', `${path}/close`, { note: 'two were false' })).body).toMatchObject({
      state: 'closed',
      version: 7,
    });
    live.close();
  });

  test('once closed, the next breach is another alarm', async () => {
    const live = await platform.follow('admin');
    await platform.tell(indicatorEvent('indicator.breached', scope, rule));
    const next = await told(live, 'alarm.raised', key, 1);
    const { body } = await platform.call('admin', `/alarms?source=indicator&district=330922`);
    const ids = body.items.filter((alarm) => alarm.sourceKey === key).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(ids).toContain(next.data.alarm?.id);
    live.close();
  });
});

describe('a disabled endpoint', () => {
  test('is told to its firm and the regulator, stands until enabled, and a person closes it', async () => {
    const [a, b] = [await platform.follow('a'), await platform.follow('b')];
    await platform.tell(webhookEvent('webhook.disabled', 'firm-a'));
    const { alarm } = (await told(a, 'alarm.raised', 'ep-1', 1)).data;
    expect(alarm).toMatchObject({
      source: 'webhook',
      kind: 'webhook-endpoint-disabled',
      priority: 'high',
      lift: null,
      firm: 'firm-a',
      district: '330922001',
      reason: 'failing-five-days',
      subject: {
        type: 'webhook-endpoint',
        endpointId: 'ep-1',
        host: 'hooks.example.cn',
        since: '2026-04-26T08:00:00.000Z',
      },
    });
    const path = `/alarms/${alarm?.id}`;
    expect((await platform.call('county', path)).status).toBe(200);
    expect((await platform.call('b', path)).status).toBe(404);
    expect((await platform.call('a', `${path}/acknowledge`, {})).status).toBe(200);
    await platform.tell(webhookEvent('webhook.enabled', 'firm-a', { reason: 'by-person' }));
    expect((await told(a, 'alarm.cleared', 'ep-1', 3)).data.alarm).toMatchObject({ state: 'cleared' });
    expect((await platform.call('county', `${path}/close`, { note: 'works again' })).status).toBe(200);
    platform.clock.beat();
    await b.until(({ event }) => event === 'heartbeat');
    expect(b.told.filter(({ event }) => event.startsWith('alarm.'))).toEqual([]);
    for (const stream of [a, b]) stream.close();
  });
});

describe('a mixture', () => {
  const rule = { ruleId: 'mixed' };
  const firmA: Scope = { kind: 'firm', id: 'firm-a' };
  const firmB: Scope = { kind: 'firm', id: 'firm-b' };
  const lift: Scope = { kind: 'lift', id: 'LA' };

  beforeAll(async () => {
    const live = await platform.follow('admin');
    await platform.commit(raised('mix-trap', 'LA', 'entrapment'), raised('mix-door', 'LB', 'door-held'));
    await platform.tell(
      indicatorEvent('indicator.breached', firmA, rule),
      indicatorEvent('indicator.breached', firmB, rule),
      indicatorEvent('indicator.breached', lift, rule, { district: '330922001', firm: 'firm-a' }),
      webhookEvent('webhook.disabled', 'firm-b', { endpointId: 'mixed' }),
    );
    await told(live, 'alarm.raised', 'mixed', 1);
    live.close();
  });

  const keys = { a: 'mixed:firm:firm-a', b: 'mixed:firm:firm-b', lift: 'mixed:lift:LA' };

  test.each([
    ['admin', '', ['mix-trap', 'mixed', keys.lift, keys.b, keys.a, 'mix-door']],
    ['a', '', ['mix-trap', keys.a]],
    ['b', '', ['mixed', keys.b, 'mix-door']],
    ['county', '', ['mix-trap', 'mixed', keys.lift, 'mix-door']],
    ['admin', 'source=indicator', [keys.lift, keys.b, keys.a]],
    ['admin', 'source=webhook,fault', ['mix-trap', 'mixed', 'mix-door']],
    ['admin', 'kind=indicator-breached,entrapment', ['mix-trap', keys.lift, keys.b, keys.a]],
    ['admin', 'lift=LA', ['mix-trap', keys.lift]],
    ['admin', 'firm=firm-b', ['mixed', keys.b, 'mix-door']],
    ['admin', 'firm=firm-a,firm-b&district=330922', ['mix-trap', 'mixed', 'mix-door']],
  ])('%s lists ?%s', async (who, query, expected) => {
    const { body } = await platform.call(who, `/alarms?${query}`);
    const ours = body.items.map(({ sourceKey }) => sourceKey ?? '').filter((key) => key.startsWith('mix'));
    expect(ours).toEqual(expected);
  });

  test('of a lift carries the facts of the lift', async () => {
    const { body } = await platform.call('admin', '/alarms?lift=LA&source=indicator');
    expect(body.items).toMatchObject([{ lift: 'LA', address: 'LA Road 1', rescueCode: '330001' }]);
  });

  test.each(['source=weather', 'kind=indicator'])('?%s is refused with 400', async (query) => {
    expect((await platform.call('admin', `/alarms?${query}`)).status).toBe(400);
  });
});

describe('what moves no alarm', () => {
  test('an end of what is not open, and an event without its data', async () => {
    const live = await platform.follow('admin');
    const scope: Scope = { kind: 'county', id: '330922' };
    await platform.tell(
      indicatorEvent('indicator.restored', scope, { ruleId: 'quiet' }),
      webhookEvent('webhook.enabled', null, { endpointId: 'quiet' }),
      { type: 'indicator.breached', lift: null, district: null, firm: null, data: { ruleId: 'quiet' } },
      indicatorEvent('indicator.breached', scope, { ruleId: 'after' }),
    );
    await told(live, 'alarm.raised', 'after:county:330922', 1);
    const alarms = live.told.filter(({ event }) => event.startsWith('alarm.'));
    expect(alarms).toHaveLength(1);
    const ignored = await platform.ignored();
    expect(ignored).toContain('{type="indicator.restored",reason="no-such-alarm"} 1');
    expect(ignored).toContain('{type="webhook.enabled",reason="no-such-alarm"} 1');
    expect(ignored).toContain('{type="indicator.breached",reason="malformed-event"} 1');
    live.close();
  });
});
