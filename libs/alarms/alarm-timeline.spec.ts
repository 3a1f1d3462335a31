import type { FaultEffect } from '#domain';
import { AlarmPlatform } from './testing/alarm-platform.js';
import { ended, raised, T0 } from './testing/fault-effects.js';

const platform = new AlarmPlatform();
// The embedded database takes its time to start on a busy machine.
beforeAll(() => platform.start(), 120_000);
afterAll(() => platform.stop());

describe('one door fault, from raise to close', () => {
  test('is raised, listed, streamed, acknowledged, cleared, and resumed from the middle', async () => {
    const live = await platform.follow('a');
    expect(live.headers.get('content-type')).toContain('text/event-stream');
    expect(live.headers.get('cache-control')).toContain('no-store');
    expect(live.headers.get('x-accel-buffering')).toBe('no');
    await platform.commit(raised('door-1', 'LA', 'door-held'));
    const told = await live.alarm('alarm.raised', 'door-1');
    expect(told.data.alarm).toEqual({
      id: 'alarm-door-1',
      source: 'fault',
      sourceKey: 'door-1',
      faultId: 'door-1',
      lift: 'LA',
      rescueCode: '330001',
      address: 'LA Road 1',
      district: '330922001',
      districtName: '菜园镇',
      firm: 'firm-a',
      kind: 'door-held',
      priority: 'medium',
      evidence: 'reported',
      state: 'raised',
      reason: 'reported-by-terminal',
      subject: null,
      raisedAt: '2026-05-01T08:00:00.000Z',
      recordedAt: expect.stringMatching(/Z$/),
      acknowledgedAt: null,
      acknowledgedBy: null,
      clearedAt: null,
      closedAt: null,
      closedBy: null,
      note: null,
      attachments: 0,
      clockSuspect: false,
      version: 1,
      recorded: true,
    });
    expect((await platform.call('county', '/alarms/alarm-door-1')).body).toEqual(told.data.alarm);
    expect((await platform.call('a', '/alarms')).body).toEqual({ items: [told.data.alarm], next: null });

    const acknowledged = await platform.call('a', '/alarms/alarm-door-1/acknowledge', { note: '路上' });
    expect(acknowledged).toMatchObject({
      status: 200,
      body: {
        state: 'acknowledged',
        acknowledgedBy: `a (${platform.key('a').id})`,
        note: '路上',
        version: 2,
      },
    });
    const heard = await live.alarm('alarm.acknowledged', 'door-1');
    expect(heard.data.alarm).toEqual(acknowledged.body);

    await platform.commit(ended('door-1', 'LA', 'door-held', 'fault.cleared'));
    const closed = await live.alarm('alarm.closed', 'door-1');
    expect(closed.data.alarm).toMatchObject({
      state: 'closed',
      reason: 'cleared-after-acknowledgement',
      clearedAt: '2026-05-01T08:10:00.000Z',
      closedBy: null,
    });
    live.close();

    const again = await platform.follow('a', told.id ?? '');
    await again.alarm('alarm.closed', 'door-1');
    expect(again.told.map(({ event, id }) => [event, id])).toEqual([
      ['hello', null],
      ['alarm.acknowledged', heard.id],
      ['alarm.closed', closed.id],
    ]);
    again.close();
    expect(
      await platform.metrics.registry.getSingleMetricAsString('liftwarden_alarm_stream_seconds'),
    ).toMatch(/liftwarden_alarm_stream_seconds_count [1-9]/);
  });
});

describe('an entrapment', () => {
  test('stands after its clear until a person closes it, with a note', async () => {
    const live = await platform.follow('county');
    await platform.commit(raised('trap-1', 'LA', 'entrapment'));
    await live.alarm('alarm.raised', 'trap-1');
    expect(await platform.call('county', '/alarms/alarm-trap-1/close', { note: 'x' })).toMatchObject({
      status: 409,
      body: { title: 'fault-still-open', status: 409 },
    });
    await platform.commit(
      {
        lift: 'LA',
        effect: {
          type: 'fault.attached',
          faultId: 'trap-1',
          lift: 'LA',
          kind: 'entrapment',
          at: T0,
          receivedAt: T0,
          attachment: 'mechanic-may-be-inside',
          profile: null,
          code: null,
          detail: null,
        },
      },
      ended('trap-1', 'LA', 'entrapment', 'fault.cleared'),
    );
    const updated = await live.alarm('alarm.updated', 'trap-1');
    expect(updated.data.alarm).toMatchObject({ attachments: 1, reason: 'mechanic-may-be-inside' });
    const cleared = await live.alarm('alarm.cleared', 'trap-1');
    expect(cleared.data.alarm).toMatchObject({ state: 'cleared-unconfirmed', reason: 'terminal-cleared' });
    expect((await platform.call('county', '/alarms/alarm-trap-1/acknowledge', {})).body).toMatchObject({
      state: 'cleared-unconfirmed',
    });
    for (const body of [
      {},
      { note: '' },
      { note: '  ' },
      { note: 'x'.repeat(1_001) },
      { note: 'x', by: 'me' },
    ]) {
      expect(await platform.call('county', '/alarms/alarm-trap-1/close', body)).toMatchObject({
        status: 400,
      });
    }
    expect(
      await platform.call('county', '/alarms/alarm-trap-1/close', { note: 'all out\u0000' }),
    ).toMatchObject({
      status: 200,
      body: { state: 'closed', closedBy: `county (${platform.key('county').id})`, note: 'all out\ufffd' },
    });
    await live.alarm('alarm.closed', 'trap-1');
    expect(await platform.call('county', '/alarms/alarm-trap-1/acknowledge', {})).toMatchObject({
      status: 409,
      body: { title: 'already-closed' },
    });
    live.close();
  });
});

describe('what moves no alarm', () => {
  test('a repeated raise, history, a suppressed fault, a clear of nothing and a broken event', async () => {
    const live = await platform.follow('admin');
    const again = raised('once-1', 'LA', 'mains-lost');
    const { fault } = again.effect as Extract<FaultEffect, { type: 'fault.raised' }>;
    await platform.commit(
      again,
      again,
      {
        lift: 'LA',
        effect: {
          type: 'fault.recorded',
          fault: { ...fault, id: 'past-1' },
          clearedAt: T0,
          clearReason: 'terminal-cleared',
        },
      },
      {
        lift: 'LA',
        effect: { type: 'fault.suppressed', fault: { ...fault, id: 'quiet-1' }, suppressedBy: 'inspection' },
      },
      ended('never-1', 'LA', 'door-held', 'fault.cleared'),
    );
    await platform.records.write(async () => ({
      result: null,
      events: [{ type: 'fault.raised', lift: 'LA', district: '330922001', firm: null, data: { type: 7 } }],
    }));
    await platform.commit(raised('after-1', 'LA', 'mains-lost'));
    await live.alarm('alarm.raised', 'after-1');
    expect(live.faults).toEqual(['once-1', 'after-1']);
    const ignored = await platform.metrics.registry.getSingleMetricAsString(
      'liftwarden_alarm_inputs_ignored_total',
    );
    expect(ignored).toContain('{type="fault.raised",reason="already-raised"} 1');
    expect(ignored).toContain('{type="fault.raised",reason="malformed-event"} 1');
    expect(ignored).toContain('{type="fault.cleared",reason="no-such-alarm"} 1');
    live.close();
  });
});

describe('scope and role', () => {
  test('a firm never sees or touches what is of another firm, in lists, by id or live', async () => {
    const [a, b, elsewhere] = [
      await platform.follow('a'),
      await platform.follow('b'),
      await platform.follow('elsewhere'),
    ];
    await platform.commit(
      raised('of-a', 'LA', 'door-held'),
      raised('of-b', 'LB', 'door-held'),
      raised('of-none', 'LC', 'door-held'),
      raised('of-a-2', 'LA', 'door-cycling'),
      raised('of-b-2', 'LB', 'door-cycling'),
    );
    await a.alarm('alarm.raised', 'of-a-2');
    await b.alarm('alarm.raised', 'of-b-2');
    expect(a.faults).toEqual(['of-a', 'of-a-2']);
    expect(b.faults).toEqual(['of-b', 'of-b-2']);
    platform.clock.beat();
    await elsewhere.until(({ event }) => event === 'heartbeat');
    expect(elsewhere.faults).toEqual([]);
    for (const stream of [a, b, elsewhere]) stream.close();
    expect(await platform.faults('b')).toEqual(['of-b-2', 'of-b']);
    expect(await platform.faults('b', 'firm=firm-a')).toEqual([]);
    expect(await platform.faults('elsewhere')).toEqual([]);
    expect(await platform.call('b', '/alarms/alarm-of-a')).toMatchObject({ status: 404 });
    expect(await platform.call('b', '/alarms/alarm-of-a/acknowledge', {})).toMatchObject({ status: 404 });
    expect(await platform.call('elsewhere', '/alarms/alarm-of-a/close', { note: 'x' })).toMatchObject({
      status: 404,
    });
    expect((await platform.call('admin', '/alarms/alarm-of-a')).body).toMatchObject({
      state: 'raised',
      version: 1,
    });
  });

  test.each([
    ['a', 'POST', '/alarms/alarm-of-a/close'],
    ['tester', 'POST', '/alarms/alarm-of-a/acknowledge'],
    ['tester', 'POST', '/alarms/alarm-of-a/close'],
    ['a', 'GET', '/quarantine'],
    ['county', 'GET', '/quarantine'],
  ])('%s may not %s %s', async (who, method, path) => {
    expect((await platform.call(who, path, method === 'POST' ? { note: 'x' } : undefined)).status).toBe(403);
  });

  test('of two who acknowledge at once, one is told that the other did', async () => {
    await platform.commit(raised('both-1', 'LA', 'door-held'));
    const live = await platform.follow('admin', '0');
    await live.alarm('alarm.raised', 'both-1');
    const answers = await Promise.all(
      ['a', 'county', 'admin'].map((who) => platform.call(who, '/alarms/alarm-both-1/acknowledge', {})),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    await platform.commit(raised('both-2', 'LA', 'door-held'));
    await live.alarm('alarm.raised', 'both-2');
    const acknowledged = live.told.filter(
      ({ event, data }) => event === 'alarm.acknowledged' && data.alarm?.faultId === 'both-1',
    );
    expect(acknowledged).toHaveLength(1);
    live.close();
  });

  test('a revoked key loses its stream at the next beat', async () => {
    await platform.makeKey('gone', 'dispatcher', { kind: 'all' });
    const live = await platform.follow('gone');
    expect(await platform.revoke('gone')).toBe('revoked');
    platform.clock.beat();
    await live.whenEnded();
    expect((await fetch(`${platform.url}/alarms/stream`)).status).toBe(401);
  });
});

describe('a stream whose id is too old or not of this log', () => {
  test('is reset and goes on from the head', async () => {
    const live = await platform.follow('admin', '999999');
    const reset = await live.until(({ event }) => event === 'reset');
    expect(reset.id).toBe(String(reset.data.head));
    await platform.commit(raised('reset-1', 'LA', 'door-held'));
    await live.alarm('alarm.raised', 'reset-1');
    expect(live.faults).toEqual(['reset-1']);
    live.close();
  });
});
