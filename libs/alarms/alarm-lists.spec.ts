import { sql } from 'kysely';
import type { Principal } from '#access';
import { alarmPage } from './alarm-list.js';
import { AlarmListQuery } from './list.query.js';
import { AlarmPlatform } from './testing/alarm-platform.js';
import { ended, raised, T0 } from './testing/fault-effects.js';

const platform = new AlarmPlatform();
// The embedded database takes its time to start on a busy machine.
beforeAll(() => platform.start(), 120_000);
afterAll(() => platform.stop());

describe('the list of alarms', () => {
  beforeAll(async () => {
    const live = await platform.follow('admin');
    await platform.commit(
      raised('list-1', 'L-list', 'door-held', 1),
      raised('list-2', 'L-list', 'entrapment', 2, 'inferred'),
      raised('list-3', 'L-list', 'mains-lost', 3),
      raised('list-4', 'L-list', 'entrapment', 4),
      raised('list-5', 'L-list', 'door-held', 3),
      ended('list-1', 'L-list', 'door-held', 'fault.withdrawn'),
      raised('list-6', 'L-list', 'mains-lost', 9),
    );
    await live.alarm('alarm.raised', 'list-6');
    live.close();
  });
  const all = ['list-4', 'list-2', 'list-6', 'list-5', 'list-3', 'list-1'];

  test('puts the most urgent first, then the newest, whatever the size of its pages', async () => {
    for (const limit of [1, 2, 5, 6]) {
      const seen: (string | null | undefined)[] = [];
      let next = '';
      do {
        const { body } = await platform.call(
          'admin',
          `/alarms?lift=L-list&limit=${limit}${next && `&cursor=${next}`}`,
        );
        expect(body.items.length).toBeLessThanOrEqual(limit);
        seen.push(...body.items.map((alarm) => alarm.faultId));
        next = body.next ?? '';
      } while (next);
      expect(seen).toEqual(all);
    }
  });

  test.each([
    ['state=raised', all.slice(0, 5)],
    ['state=cleared-unconfirmed', ['list-1']],
    ['state=raised,cleared-unconfirmed', all],
    ['state=raised&state=cleared-unconfirmed', all],
    ['priority=critical', ['list-4', 'list-2']],
    ['kind=door-held', ['list-5', 'list-1']],
    ['kind=door-held,mains-lost&state=raised', ['list-6', 'list-5', 'list-3']],
    ['district=330922', all],
    ['district=330922002', []],
    ['district=4403,330922', all],
    ['district=4403&district=44', []],
    ['firm=firm-a', []],
    ['firm=firm-a,firm-b', []],
    ['open=true', all],
    ['open=false', []],
    ['lift=%00', []],
  ])('?%s', async (query, expected) => {
    const lift = query.startsWith('lift') ? '' : '&lift=L-list';
    expect(await platform.faults('admin', `${query}${lift}`)).toEqual(expected);
  });

  test.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'state=open',
    'priority=urgent',
    'kind=flying',
    'district=33%25',
    'district=33,x',
    `district=${Array(51).fill('33')}`,
    `firm=${'f'.repeat(65)}`,
    'firm=',
    'open=1',
    'colour=red',
    'cursor=abc',
    `cursor=${Buffer.from('[9,1,"a"]').toString('base64url')}`,
    `cursor=${Buffer.from('[0.5,1,"a"]').toString('base64url')}`,
    `cursor=${Buffer.from('[0,1e300,"a"]').toString('base64url')}`,
  ])('?%s is refused with 400', async (query) => {
    expect((await platform.call('admin', `/alarms?${query}`)).status).toBe(400);
  });

  test('an id that cannot be stored is not found', async () => {
    expect((await platform.call('admin', '/alarms/%00')).status).toBe(404);
    expect((await platform.call('admin', '/faults/%00')).status).toBe(404);
  });
});

describe('the query behind the list', () => {
  const everything: Principal = { keyId: 'k', role: 'admin', scope: { kind: 'all' }, label: 'plan' };
  const cursor = Buffer.from('[1,1700000000000,"a"]').toString('base64url');

  test.each([
    ['alarm_order', {}],
    ['alarm_order', { cursor }],
    ['alarm_open_order', { open: true }],
    ['alarm_open_order', { open: true, cursor }],
  ])('walks along %s for %j and sorts nothing', async (index, part) => {
    const query = Object.assign(new AlarmListQuery(), part);
    const plan = await platform.records.db.transaction().execute(async (tx) => {
      // The few rows of a test are read faster without any index.
      await sql`set local enable_seqscan = off`.execute(tx);
      await sql`set local enable_bitmapscan = off`.execute(tx);
      return JSON.stringify(await alarmPage(tx, query, everything).explain());
    });
    expect(plan).toContain(`using ${index} `);
    expect(plan).not.toContain('Sort');
    if ('cursor' in part) expect(plan).toContain('Index Cond');
  });
});

describe('faults and quarantine', () => {
  const at = (minute: number) => new Date(T0 + minute * 60_000);

  beforeAll(async () => {
    const fault = {
      lift: 'LA',
      district: '330922001',
      firm: 'firm-a',
      terminal: 'T-LA',
      kind: 'door-held',
      evidence: 'reported',
      priority: 'medium',
      state: 'open',
      reason: 'reported-by-terminal',
      received_at: at(0),
      cleared_at: null,
      clear_reason: null,
      profile: 'native-v1',
      code: 'door-held',
      clock_suspect: false,
      attachments: 2,
      detail: JSON.stringify({ raw: '-2B' }),
    } as const;
    const message = {
      received_at: at(1),
      terminal: 'T-LA',
      lift: 'LA',
      district: '330922001',
      topic: 'lift/v1/T-LA/telemetry',
      reason: 'malformed-json',
      detail: 'at 1',
      length: 6,
      sha256: 'ab',
    };
    await platform.records.db
      .insertInto('fault')
      .values([
        { ...fault, id: 'f-1', raised_at: at(1) },
        {
          ...fault,
          id: 'f-2',
          raised_at: at(2),
          lift: 'LB',
          firm: 'firm-b',
          kind: 'entrapment',
          evidence: 'inferred',
        },
        { ...fault, id: 'f-3', raised_at: at(3), state: 'suppressed', clear_reason: 'inspection' },
      ])
      .execute();
    await platform.records.db
      .insertInto('quarantine')
      .values([
        { ...message, lsn: 1, body: Buffer.from('{电梯', 'utf8').subarray(0, 6), length: 7 },
        { ...message, lsn: 2, body: Buffer.from([0xff, 0, 1]), reason: 'not-utf8', length: 3 },
        {
          ...message,
          lsn: 3,
          body: Buffer.from('hi'),
          length: 2,
          terminal: null,
          lift: null,
          district: null,
          reason: 'unknown-terminal',
        },
      ])
      .execute();
  });

  test.each([
    ['admin', '', ['f-3', 'f-2', 'f-1']],
    ['a', '', ['f-3', 'f-1']],
    ['elsewhere', '', []],
    ['admin', 'lift=LB', ['f-2']],
    ['admin', 'kind=entrapment', ['f-2']],
    ['admin', 'state=open', ['f-2', 'f-1']],
    ['admin', 'evidence=inferred', ['f-2']],
    ['admin', 'district=3309', ['f-3', 'f-2', 'f-1']],
    ['admin', 'since=2026-05-01T16:02:00%2B08:00', ['f-3', 'f-2']],
  ])('%s lists faults ?%s', async (who, query, expected) => {
    const { body } = await platform.call(who, `/faults?${query}`);
    expect(body.items.map(({ id }) => id)).toEqual(expected);
  });

  test('a fault reads as recorded, in its scope only', async () => {
    expect((await platform.call('a', '/faults/f-1')).body).toMatchObject({
      id: 'f-1',
      state: 'open',
      raisedAt: '2026-05-01T08:01:00.000Z',
      attachments: 2,
      detail: { raw: '-2B' },
    });
    expect((await platform.call('b', '/faults/f-1')).status).toBe(404);
    const first = await platform.call('admin', '/faults?limit=2');
    const rest = await platform.call('admin', `/faults?limit=2&cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ id: 'f-1' }], next: null });
    for (const since of ['yesterday', '2026-05-01', '2026-13-01T00:00:00Z', '2026-05-01T08:00:00']) {
      expect((await platform.call('admin', `/faults?since=${since}`)).status).toBe(400);
    }
  });

  test('quarantine shows bytes and text, and to a district only what is known to be of it', async () => {
    const { body } = await platform.call('admin', '/quarantine');
    expect(body.items).toMatchObject([
      { reason: 'unknown-terminal', body: 'aGk=', preview: 'hi', truncated: false },
      { reason: 'not-utf8', body: '/wAB', preview: null },
      { reason: 'malformed-json', preview: '{电', truncated: true, length: 7 },
    ]);
    expect((await platform.call('tester', '/quarantine')).body.items).toHaveLength(2);
    expect((await platform.call('admin', '/quarantine?reason=not-utf8')).body.items).toHaveLength(1);
    expect((await platform.call('admin', '/quarantine?terminal=T-LA&lift=LA&limit=1')).body).toMatchObject({
      items: [{ reason: 'not-utf8' }],
      next: expect.any(String),
    });
  });
});
