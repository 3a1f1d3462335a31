import type { NewLogEvent } from '#records';
import { IndicatorsApp } from './indicators-app.fixture.js';

/** A district's year as a regulator works with it: books by file, figures, rules, judgements, findings. */
const OPENED = Date.parse('2020-09-01T00:00:00+08:00');
const NOW = Date.parse('2021-01-05T12:00:00+08:00');
const DAY_MS = 86_400_000;
/**
 * Jiangsu's 40,171 orders on 610,490 lifts are held to their 0.55 % by the formula alone
 * (libs/domain/indicator-figure.spec.ts): such a fleet takes longer to import than the whole gate.
 */
/** Jinan 96333, fourth quarter of 2020 (DOMAIN §2): lifts, entrapments, % in all, % a month. */
const JINAN = [
  ['370102', 10, 1, '10.00', '3.33'],
  ['370103', 74, 5, '6.76', '2.25'],
  ['370104', 103, 5, '4.85', '1.62'],
  ['370105', 234, 10, '4.27', '1.42'],
  ['370112', 1, 1, '100.00', '33.33'],
] as const;

let app: IndicatorsApp;

beforeAll(async () => {
  app = await IndicatorsApp.start(OPENED);
  const lifts: string[] = [];
  const orders: string[] = [];
  for (const firm of ['f1', 'f2']) await app.good('POST', '/firms', { id: firm, name: firm });
  for (const [county, count, entrapments] of JINAN) {
    await app.good('POST', '/districts', { code: county, name: county });
    for (let n = 0; n < count; n += 1) lifts.push(`${county}-${n},${county},road,f${(n % 2) + 1}`);
    for (let n = 0; n < entrapments; n += 1) {
      const day = `2020-${10 + (n % 3)}-${String((n % 28) + 1).padStart(2, '0')}`;
      orders.push(`${county}o${n},${county}-${n},困人,${day} 08:00,${day} 08:13,${day} 08:18,${day} 09:00`);
    }
    orders.push(`${county}s,${county}-0,自行脱困,2020-11-11 08:00,,,2020-11-11 09:00`);
    orders.push(`${county}w,${county}-0,误报,2020-11-12 08:00,,,2020-11-12 09:00`);
  }
  await app.good('POST', '/imports/lifts', `注册代码,行政区划代码,地址,维保单位\n${lifts.join('\n')}\n`);
  app.clock.at = NOW;
  const file = `工单号,注册代码,工单类型,报警时间,到场时间,解救时间,办结时间\n${orders.join('\n')}\n`;
  expect(await app.good('POST', '/books/orders/import', file)).toMatchObject({
    registered: orders.length,
    refused: 0,
  });
  expect(await app.good('POST', '/books/orders/import', file)).toMatchObject({
    unchanged: orders.length,
    changed: 0,
  });
  await app.makeKey('county', 'regulator', { kind: 'district', prefix: '370103' });
  await app.makeKey('f1', 'firm', { kind: 'firm', firm: 'f1' });
  await app.settle();
}, 120_000);
afterAll(() => app?.stop(), 60_000);

interface Row {
  readonly indicator: string;
  readonly official: { readonly printed: string; readonly tiny: boolean; readonly numerator: number };
}

async function figure(scope: string, period: string, id: string, who = 'admin'): Promise<Row['official']> {
  const page = await app.good('GET', `/indicators?scope=${scope}&period=${period}`, undefined, who);
  const found = (page.figures as unknown as Row[]).find(({ indicator }) => indicator === id);
  if (found === undefined) throw new Error(`No ${id} in ${JSON.stringify(page).slice(0, 300)}`);
  return found.official;
}

describe('golden numbers from imported orders', () => {
  test.each(JINAN)('%s: %d lifts, %d entrapments', async (county, lifts, entrapments, total, monthly) => {
    expect(await figure(`county:${county}`, '2020-Q4', 'entrapment-rate-total')).toMatchObject({
      printed: total,
      numerator: entrapments,
      denominator: lifts,
      tiny: lifts < 30,
    });
    expect((await figure(`county:${county}`, '2020-Q4', 'entrapment-rate-monthly')).printed).toBe(monthly);
    expect((await figure(`county:${county}`, '2020-Q4', 'mean-arrival')).printed).toBe('13.0');
  });
});

test('every figure resolves to its rows', async () => {
  const page = await app.good('GET', '/indicators?scope=county:370105&period=2020-Q4');
  for (const { indicator, official, ...names } of page.figures as unknown as (Row & {
    unit: string;
    numeratorName: string;
  })[]) {
    if (official.numerator === 0 || names.unit === 'minutes') continue;
    const rows = await app.good(
      'GET',
      `/indicators/${indicator}/rows?scope=county:370105&period=2020-Q4&evidence=official&limit=500`,
    );
    // Lifts with several entrapments count once; here each order is another lift's.
    expect([indicator, rows.items.length]).toEqual([indicator, official.numerator]);
  }
  const lifts = await app.good(
    'GET',
    '/indicators/entrapment-rate-total/rows?scope=county:370105&period=2020-Q4&part=denominator&limit=500',
  );
  expect(lifts.items).toHaveLength(234);
  const first = await app.good(
    'GET',
    '/indicators/entrapment-rate-total/rows?scope=county:370105&period=2020-Q4&limit=4',
  );
  const rest = await app.good(
    'GET',
    `/indicators/entrapment-rate-total/rows?scope=county:370105&period=2020-Q4&limit=500&cursor=${first.next}`,
  );
  expect(new Set([...first.items, ...rest.items].map(({ id }) => id)).size).toBe(10);
});

test('a firm sees its own figures and rows and no others', async () => {
  expect(
    (await app.call('GET', '/indicators?scope=county:370105&period=2020-Q4', undefined, 'f1')).status,
  ).toBe(404);
  expect((await app.call('GET', '/indicators?scope=firm:f2&period=2020-Q4', undefined, 'f1')).status).toBe(
    404,
  );
  expect(
    (await app.call('GET', '/indicators?scope=firm:f1@370105&period=2020-Q4', undefined, 'county')).status,
  ).toBe(404);
  const rows = await app.good(
    'GET',
    '/indicators/entrapment-rate-total/rows?scope=firm:f1@370105&period=2020-Q4',
    undefined,
    'f1',
  );
  expect(rows.items.map(({ firm }) => firm)).toEqual(Array(5).fill('f1'));
  const ranking = await app.good(
    'GET',
    '/indicators/ranking?by=firm&indicator=entrapment-rate-total&period=2020-Q4&in=370105',
  );
  expect(ranking.items.map(({ scope, rank }) => [scope, rank])).toEqual([
    ['firm:f1@370105', 1],
    ['firm:f2@370105', 1],
  ]);
});

function raised(id: string, lift: string, at: number): NewLogEvent {
  const fault = { id, lift, kind: 'door-held', raisedAt: at };
  return {
    type: 'fault.raised',
    lift,
    district: '370103',
    firm: 'f1',
    data: { type: 'fault.raised', fault },
  };
}

test('a rule breaches as faults come, and a judgement withdraws it with its reason', async () => {
  const lift = '370103-0';
  await app.good('POST', '/terminals', { id: 't1', profile: 'native-v1', lift });
  const rule = {
    id: 'busy',
    indicator: 'fault-rate',
    scopeKind: 'lift',
    ids: [lift],
    threshold: 25,
    direction: 'at-most',
    minimumExposure: 0,
  };
  expect(await app.good('POST', '/rules', rule)).toMatchObject({
    version: 1,
    windowDays: 30,
    minimumExposure: 0,
  });
  app.clock.at = NOW + 3 * DAY_MS;
  await app.append(raised('x1', lift, app.clock.at - 1_000), raised('x2', lift, app.clock.at - 500));
  await app.settle();
  expect(await app.said()).toMatchObject([]);
  await app.records.db
    .insertInto('fault')
    .values({
      ...FAULT_ROW,
      id: 'x3',
      lift,
      raised_at: new Date(app.clock.at),
      received_at: new Date(app.clock.at),
    })
    .execute();
  await app.append(raised('x3', lift, app.clock.at - 200));
  await app.settle();
  expect(await app.said()).toMatchObject([
    {
      type: 'indicator.breached',
      data: {
        ruleId: 'busy',
        ruleVersion: 1,
        scope: { kind: 'lift', id: lift },
        threshold: 25,
        numerator: 3,
      },
    },
  ]);
  const rowsLink = String((await app.said())[0]?.data.rows).replace('/api/v1', '');
  expect((await app.good('GET', rowsLink)).items.map(({ id }) => id)).toEqual(['x1', 'x2', 'x3']);
  expect((await app.good('GET', '/rules/busy/states')).items).toMatchObject([
    { scope: `lift:${lift}`, state: 'breached' },
  ]);
  const verdict = { verdict: 'false', reason: '现场无故障' };
  expect((await app.call('POST', '/faults/x3/judgement', verdict, 'f1')).status).toBe(403);
  await app.good('POST', '/faults/x3/judgement', verdict, 'county');
  await app.settle();
  expect((await app.said())[1]).toMatchObject({
    type: 'indicator.withdrawn',
    data: { reason: 'fault-judged-false' },
  });
  const findings = await app.good('GET', '/findings?kind=faked-faults');
  expect(findings.items).toMatchObject([{ lift, count: 1, rows: ['x3'] }]);
  const [found] = findings.items;
  const at = Date.parse(String(found?.firstAt));
  const moment = (ms: number) => new Date(ms).toISOString();
  for (const [asked, there] of [
    [`district=${String(found?.district).slice(0, 6)}`, true],
    [`firm=${String(found?.firm)}&lift=${lift}`, true],
    ['district=990000', false],
    ['firm=another', false],
    ['lift=another', false],
    [`since=${moment(at)}&until=${moment(at + 1)}`, true],
    [`until=${moment(at)}`, false],
  ] as const) {
    const { items } = await app.good('GET', `/findings?kind=faked-faults&${asked}`);
    expect([asked, items.length]).toEqual([asked, Number(there)]);
  }
  expect((await app.call('GET', '/findings?kind=faked-faults&district=x')).status).toBe(400);
});

const FAULT_ROW = {
  district: '370103',
  firm: 'f1',
  terminal: 't1',
  kind: 'door-held',
  evidence: 'reported',
  priority: 'medium',
  state: 'open',
  reason: 'reported-by-terminal',
  cleared_at: null,
  clear_reason: null,
  profile: 'native-v1',
  code: '1',
  clock_suspect: false,
  attachments: 0,
  detail: null,
} as const;

test('stopped time: overlapping faults count once, an open one to now', async () => {
  const [lift, at] = ['370103-2', app.clock.at - 3_600_000];
  const fault = (id: string, kind: string, raisedAt: number) => ({ id, lift, kind, raisedAt });
  const event = { lift, district: '370103', firm: 'f1' };
  const began = (id: string, kind: string, raisedAt: number, clearedAt: number): NewLogEvent => ({
    ...event,
    type: 'fault.recorded',
    data: { type: 'fault.recorded', fault: fault(id, kind, raisedAt), clearedAt },
  });
  await app.append(
    began('s1', 'entrapment', at, at + 600_000),
    began('s2', 'stopped-outside-zone', at + 300_000, at + 900_000),
    began('s3', 'door-held', at, at + 3_000_000),
    {
      ...event,
      type: 'fault.raised',
      data: { type: 'fault.raised', fault: fault('s4', 'safety-chain-open', at + 3_500_000) },
    },
  );
  await app.settle();
  const trend = await app.good('GET', `/indicators/stopped-share/trend?scope=lift:${lift}&points=1`);
  const [point] = trend.items as unknown as readonly { figure: { provisional: { numerator: number } } }[];
  expect(point?.figure.provisional.numerator).toBe(900_000 + 100_000);
});

test('a backtest says what the live rule says of the same facts', async () => {
  const at = app.clock.at + DAY_MS;
  app.clock.at = at;
  const rule = {
    indicator: 'entrapment-rate-monthly',
    scopeKind: 'county',
    threshold: 0.5,
    direction: 'at-most',
    windowDays: 120,
    minimumExposure: 0,
  };
  const test = await app.good('POST', '/rules/backtest', {
    ...rule,
    from: new Date(OPENED + 35 * DAY_MS).toISOString(),
  });
  await app.good('POST', '/rules', { ...rule, id: 'live' });
  await app.settle();
  const live = await app.good('GET', '/rules/live/states');
  expect(live.items.length).toBeGreaterThan(0);
  expect([...(test.standing as unknown as string[])].sort()).toEqual(live.items.map(({ scope }) => scope));
  expect(test.facts).toBe(22);
  expect(test.events).toMatchObject(
    [{ type: 'indicator.breached' }, {}, {}, {}, {}].slice(0, Number(test.breaches)),
  );
});

test('a policy makes its targets rules, and its end ends them', async () => {
  const policy = { profile: 'dianjiang-2021', fromOn: '2020-10-01' };
  expect((await app.call('PUT', '/districts/370104/policies', policy, 'county')).status).toBe(404);
  expect((await app.call('PUT', '/districts/370103/policies', { ...policy, profile: 'none' })).status).toBe(
    400,
  );
  await app.good('PUT', '/districts/370103/policies', policy, 'county');
  const page = await app.good('GET', '/indicators?scope=county:370103&period=2020-12', undefined, 'county');
  const targets = page.targets as unknown as { id: string; verdict: string; figure: Row }[];
  expect(targets.find(({ id }) => id === 'mean-arrival')).toMatchObject({ verdict: 'unjudged' });
  expect(targets.find(({ id }) => id === 'entrapments')).toMatchObject({ verdict: 'missed-not-due' });
  const paperless = 'policy:dianjiang-2021:paperless-maintenance@370103';
  expect(await app.good('GET', `/rules/${paperless}`)).toMatchObject({ enabled: true, district: '370103' });
  expect((await app.call('DELETE', `/rules/${paperless}`)).status).toBe(409);
  expect((await app.call('DELETE', '/districts/370103/policies?profile=dianjiang-2021')).status).toBe(204);
  expect(await app.good('GET', `/rules/${paperless}`)).toMatchObject({ enabled: false, version: 2 });
});

test('findings: repeats, and a visit that the lift did not see', async () => {
  const items = [1, 2].map((n) => ({
    number: `r${n}`,
    lift: '370103-1',
    kind: 'entrapment',
    calledAt: `2020-12-1${n} 08:00`,
  }));
  expect(await app.good('POST', '/books/orders', { items })).toMatchObject({ registered: 2, refused: 0 });
  await app.settle();
  const repeats = await app.good(
    'GET',
    '/findings?kind=repeat-entrapments-month&since=2020-12-20T00:00:00Z',
    undefined,
    'county',
  );
  expect(repeats.items).toMatchObject([{ lift: '370103-1', rows: expect.arrayContaining(['r1', 'r2']) }]);
  const doneAt = '2021-01-06 10:00';
  const visits = [
    {
      number: 'm1',
      lift: '370103-0',
      kind: 'half-month',
      dueOn: '2021-01-06',
      doneAt,
      signed: true,
      byCard: true,
    },
  ];
  await app.good('POST', '/books/maintenance', { items: visits });
  await app.settle();
  // Nothing was heard that day: no proof of anything.
  expect((await app.good('GET', '/findings?kind=fake-maintenance')).items).toEqual([]);
  const statistics = (doorCycles: number) => ({ ...STATISTICS, door_cycles: doorCycles });
  await app.records.db.insertInto('lift_statistics').values(statistics(0)).execute();
  expect((await app.good('GET', '/findings?kind=fake-maintenance')).items).toMatchObject([
    { lift: '370103-0', rows: ['m1'] },
  ]);
  const within = async (asked: string) =>
    (await app.good('GET', `/findings?kind=fake-maintenance&${asked}`)).items.length;
  expect(await within('district=370103&until=2021-01-06T03:00:00Z')).toBe(1);
  expect(await within('until=2021-01-06T02:00:00Z')).toBe(0);
  expect(await within('lift=370103-1')).toBe(0);
  const repeatsOf = async (asked: string) =>
    (await app.good('GET', `/findings?kind=repeat-entrapments-month&since=2020-12-20T00:00:00Z&${asked}`))
      .items.length;
  expect([await repeatsOf('district=3701'), await repeatsOf('district=370105')]).toEqual([1, 0]);
  await app.records.db.updateTable('lift_statistics').set({ door_cycles: 4 }).execute();
  expect((await app.good('GET', '/findings?kind=fake-maintenance')).items).toEqual([]);
});

test('trend, rows and ranking take the parameters of the figure they belong to', async () => {
  const arrival = '/indicators/on-time-arrival-share';
  const [quarter, scope] = ['period=2020-Q4&evidence=official', 'scope=county:370105'];
  const arrived = async (parameters: string) =>
    (await app.good('GET', `${arrival}/rows?${scope}&${quarter}&limit=500${parameters}`)).items.length;
  // Every order of the file was arrived at after 13 minutes; the indicator's own limit is 30.
  expect([await arrived(''), await arrived('&limitMinutes=13'), await arrived('&limitMinutes=12')]).toEqual([
    10, 10, 0,
  ]);
  const trend = await app.good('GET', `${arrival}/trend?${scope}&by=quarter&points=2&limitMinutes=12`);
  expect(trend.items).toMatchObject([
    { period: { label: '2020-Q4' }, figure: { limitMinutes: 12, atLeast: null, official: { numerator: 0 } } },
    { period: { label: '2021-Q1' } },
  ]);
  const ranked = async (parameters: string) =>
    (
      await app.good(
        'GET',
        `/indicators/ranking?by=county&in=370105&indicator=on-time-arrival-share&${quarter}${parameters}`,
      )
    ).items;
  expect(await ranked('')).toMatchObject([{ scope: 'county:370105', figure: { value: 100 } }]);
  expect(await ranked('&limitMinutes=12')).toMatchObject([{ figure: { value: 0 } }]);
  const repeats = async (parameters: string) =>
    (
      await app.good(
        'GET',
        `/indicators/repeat-entrapment-lifts-month/rows?scope=county:370103&period=2020-12${parameters}`,
      )
    ).items.map(({ id }) => id);
  expect(await repeats('')).toEqual(['r1', 'r2']);
  expect(await repeats('&atLeast=1')).toEqual(['370103o2', 'r1', 'r2']);
  expect(await repeats('&atLeast=3')).toEqual([]);
});

test.each([
  ['on-time-arrival-share/rows?period=2020-Q4&limitMinutes=0', 'limitMinutes'],
  ['on-time-arrival-share/rows?period=2020-Q4&limitMinutes=1441', 'limitMinutes'],
  ['on-time-arrival-share/trend?atLeast=2', 'atLeast'],
  ['fault-rate/trend?limitMinutes=5', 'limitMinutes'],
  ['repeat-entrapment-lifts-month/rows?period=2020-12&atLeast=0', 'atLeast'],
  ['repeat-entrapment-lifts-month/rows?period=2020-12&atLeast=1.5', 'atLeast'],
])('%s is refused by the name of the field', async (path, field) => {
  const { status, body } = await app.call('GET', `/indicators/${path}&scope=county:370105`);
  expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(`"field":"${field}"`)]);
});

const STATISTICS = {
  lift: '370103-0',
  terminal: 't1',
  profile: 'native-v1',
  period_start: new Date('2021-01-06T00:00:00+08:00'),
  period_end: new Date('2021-01-07T00:00:00+08:00'),
  runs: 0,
  run_minutes: 0,
  run_metres: 0,
  raw: '{}',
  received_at: new Date('2021-01-07T01:00:00+08:00'),
};
