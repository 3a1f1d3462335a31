import fc from 'fast-check';
import { sql } from 'kysely';
import {
  dayStart,
  exposureOf,
  type Interval,
  indicator,
  type OrderKind,
  type RateRule,
  readPeriod,
  shanghaiDay,
} from '#domain';
import type { FaultKind } from '#protocol';
import { insertRule } from './district-policies.js';
import { figureFrom, readSums } from './figure-reader.js';
import { IndicatorRig } from './indicator-rig.fixture.js';
import { readScope } from './scope-keys.js';

/**
 * Whatever order facts, corrections and changes of the books arrive in, the sums are those of a recomputation
 * from what is known in the end, by code that shares nothing with them but the formulas.
 */
const MONTH = mustRead('2026-02');
const NOW = MONTH.to + 3 * 86_400_000;
const START = MONTH.from - 40 * 86_400_000;
const DISTRICTS = ['500231001', '500231002', '330922104'] as const;
const FIRMS = ['f1', 'f2', null] as const;
const LIFTS = ['L1', 'L2', 'L3'] as const;
const KINDS: readonly FaultKind[] = ['entrapment', 'door-held', 'terminal-offline', 'mains-lost'];

interface Served extends Interval {
  readonly district: string;
  readonly firm: string | null;
}
interface ModelFault {
  lift: string;
  kind: FaultKind;
  at: number;
  ended: boolean;
  withdrawn: boolean;
  verdict: 'false' | 'genuine' | null;
}
interface ModelOrder {
  readonly lift: string;
  readonly kind: OrderKind;
  readonly at: number;
  readonly closed: boolean;
}
interface Model {
  readonly served: Map<string, Served[]>;
  readonly bound: Map<string, Interval[]>;
  readonly stopped: Map<string, Interval[]>;
  readonly faults: Map<string, ModelFault>;
  readonly orders: Map<string, ModelOrder>;
}

let rig: IndicatorRig;
beforeAll(async () => {
  rig = await IndicatorRig.start(NOW);
}, 60_000);
afterAll(() => rig?.stop());

const lift = fc.constantFrom(...LIFTS);
const moment = fc.integer({ min: START, max: NOW - 1 }).map((at) => at - (at % 1_000));
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('raise' as const),
      lift,
      kind: fc.constantFrom(...KINDS),
      at: moment,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'withdraw' as const), nth: fc.nat(20) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('judge-false' as const, 'judge-genuine' as const),
      nth: fc.nat(20),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      number: fc.constantFrom('o1', 'o2', 'o3', 'o4'),
      lift,
      kind: fc.constantFrom<OrderKind>('entrapment', 'self-freed', 'fault'),
      at: moment,
      closed: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      lift,
      at: moment,
      district: fc.constantFrom(...DISTRICTS),
      firm: fc.constantFrom(...FIRMS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('bind' as const),
      lift,
      at: moment,
      forMs: fc.integer({ min: 1_000, max: 40 * 86_400_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('stop' as const),
      lift,
      at: moment,
      forMs: fc.integer({ min: 1_000, max: 20 * 86_400_000 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('the sums after any history are those of a recomputation', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const model = await begin();
      for (const each of steps) await apply(model, each);
      await expectCounts(model);
      await expectFigures(model);
      await expectRule(model);
    }),
    { numRuns: 6, includeErrorInReport: true },
  );
}, 120_000);

async function begin(): Promise<Model> {
  const { records } = rig;
  await rig.clear();
  const model: Model = {
    served: new Map(),
    bound: new Map(),
    stopped: new Map(),
    faults: new Map(),
    orders: new Map(),
  };
  await sql`insert into district (code, name) select code, code from unnest(${[...DISTRICTS]}::text[]) as d (code)`.execute(
    records.db,
  );
  await sql`insert into firm (id, name) values ('f1', 'one'), ('f2', 'two')`.execute(records.db);
  for (const code of LIFTS) {
    await sql`insert into terminal (id, profile, secret_hash, registered_at) values (${`T-${code}`}, 'native-v1', 'x', now())`.execute(
      records.db,
    );
    await sql`insert into lift (registration_code, district, address, created_at, firm)
      values (${code}, ${DISTRICTS[0]}, 'a', now(), 'f1')`.execute(records.db);
    model.served.set(code, [{ from: START - 1_000, to: null, district: DISTRICTS[0], firm: 'f1' }]);
    await writeBooks(model, code);
  }
  await records.db
    .transaction()
    .execute((tx) => insertRule(tx, { ...RULE, id: 'r', version: 1, enabled: true }, 'test', NOW));
  await rig.follow({
    type: 'lift.registered',
    lift: null,
    district: null,
    firm: null,
    data: { lifts: [...LIFTS] },
  });
  return model;
}

/** Of any month: what was raised in the last 60 days counts. */
const RULE: Omit<RateRule, 'id' | 'version' | 'enabled'> = {
  indicator: 'fault-rate',
  parameters: {},
  evidence: 'provisional',
  scopeKind: 'county',
  scopeFilter: null,
  threshold: 1,
  direction: 'at-most',
  window: { kind: 'days', days: 60 },
  minimumExposure: 0,
  hysteresis: 0,
  holdMs: 0,
};

async function apply(model: Model, each: Step): Promise<void> {
  const owner = { lift: 'lift' in each ? each.lift : null, district: null, firm: null };
  const nth = 'nth' in each ? [...model.faults.keys()][each.nth % Math.max(1, model.faults.size)] : undefined;
  const fault = nth === undefined ? undefined : model.faults.get(nth);
  switch (each.do) {
    case 'raise': {
      const id = `f${model.faults.size}`;
      const { lift: code, kind, at } = each;
      model.faults.set(id, { lift: code, kind, at, ended: false, withdrawn: false, verdict: null });
      const data = { type: 'fault.raised', fault: { id, lift: code, kind, raisedAt: at } };
      return rig.follow({ type: 'fault.raised', ...owner, data }, { type: 'fault.raised', ...owner, data });
    }
    case 'clear':
    case 'withdraw': {
      if (fault === undefined || fault.ended) return;
      const type = each.do === 'clear' ? 'fault.cleared' : 'fault.withdrawn';
      fault.ended = true;
      fault.withdrawn = each.do === 'withdraw';
      return rig.follow({ type, ...owner, data: { faultId: nth, lift: fault.lift, at: fault.at + 60_000 } });
    }
    case 'judge-false':
    case 'judge-genuine':
      if (fault === undefined) return;
      fault.verdict = each.do === 'judge-false' ? 'false' : 'genuine';
      return rig.follow({
        type: 'fault.judged',
        ...owner,
        data: { faultId: nth, lift: fault.lift, verdict: fault.verdict },
      });
    case 'order':
      return putOrder(model, each);
    case 'move':
      return move(model, each);
    case 'bind': {
      const list = model.bound.get(each.lift) ?? [];
      list.push({ from: each.at, to: each.at + each.forMs });
      model.bound.set(each.lift, list);
      await writeBooks(model, each.lift);
      return rig.follow({ type: 'terminal.bound', ...owner, data: {} });
    }
    case 'stop': {
      const list = model.stopped.get(each.lift) ?? [];
      list.push({ from: each.at, to: each.at + each.forMs });
      model.stopped.set(each.lift, list);
      await writeBooks(model, each.lift);
      return rig.follow({
        type: 'out-of-service.recorded',
        ...owner,
        lift: null,
        data: { lifts: [each.lift] },
      });
    }
  }
}

async function putOrder(model: Model, order: Extract<Step, { do: 'order' }>): Promise<void> {
  const { number, lift: code, kind, at, closed } = order;
  model.orders.set(number, { lift: code, kind, at, closed });
  await sql`insert into rescue_order (number, lift, kind, channel, called_at, closed_at, recorded_at)
    values (${number}, ${code}, ${kind}, 'phone', ${new Date(at)}, ${closed ? new Date(at + 1) : null}, now())
    on conflict (number) do update set lift = excluded.lift, kind = excluded.kind, called_at = excluded.called_at,
      closed_at = excluded.closed_at`.execute(rig.records.db);
  await rig.follow({
    type: 'order.recorded',
    lift: null,
    district: null,
    firm: null,
    data: { numbers: [number] },
  });
}

/** From `at` on the lift is another firm's, or elsewhere: what was known of later is overwritten. */
async function move(
  model: Model,
  { lift: code, at, district, firm }: Extract<Step, { do: 'move' }>,
): Promise<void> {
  const list = (model.served.get(code) ?? []).filter(({ from }) => from < at);
  const last = list.at(-1);
  if (last !== undefined) list[list.length - 1] = { ...last, to: at };
  model.served.set(code, [...list, { from: at, to: null, district, firm }]);
  await writeBooks(model, code);
  await rig.follow({ type: 'lift.changed', lift: code, district: null, firm: null, data: {} });
}

async function writeBooks(model: Model, code: string): Promise<void> {
  const { db } = rig.records;
  await sql`delete from lift_period where lift = ${code}`.execute(db);
  await sql`delete from terminal_binding where lift = ${code}`.execute(db);
  await sql`delete from lift_out_of_service where lift = ${code}`.execute(db);
  for (const { from, to, district, firm } of model.served.get(code) ?? [])
    await sql`insert into lift_period (lift, from_at, to_at, district, firm)
      values (${code}, ${new Date(from)}, ${to === null ? null : new Date(to)}, ${district}, ${firm})`.execute(
      db,
    );
  for (const { from, to } of model.bound.get(code) ?? [])
    await sql`insert into terminal_binding (terminal, lift, bound_at, unbound_at)
      values (${`T-${code}`}, ${code}, ${new Date(from)}, ${new Date(to ?? 0)})`.execute(db);
  for (const [place, { from, to }] of (model.stopped.get(code) ?? []).entries())
    await sql`insert into lift_out_of_service (number, lift, from_at, to_at, reason, recorded_at)
      values (${`${code}-${place}`}, ${code}, ${new Date(from)}, ${new Date(to ?? 0)}, 'x', now())`.execute(
      db,
    );
}

/** Independent of the code under test: who served the lift at a time, and what it is called. */
function keysAt(model: Model, code: string, at: number): readonly string[] {
  const list = model.served.get(code) ?? [];
  const { district, firm } = list.findLast(({ from }) => from <= at) ??
    list[0] ?? { district: '', firm: null };
  const county = district.slice(0, 6);
  return [
    'all:all',
    `county:${county}`,
    `township:${district}`,
    ...(firm === null ? [] : [`firm:${firm}`, `firm:${firm}@${county}`]),
  ];
}

const METRIC: Readonly<Record<string, string>> = {
  entrapment: 'faults.entrapment',
  'door-held': 'faults.other-of-lift',
  'terminal-offline': 'faults.of-terminal',
  'mains-lost': 'faults.of-supply',
};

async function expectCounts(model: Model): Promise<void> {
  const expected = new Map<string, [number, number]>();
  const add = (code: string, at: number, metric: string, official: boolean) => {
    for (const scope of keysAt(model, code, at)) {
      const key = `${scope} ${metric} ${shanghaiDay(at)}`;
      const [provisional, closed] = expected.get(key) ?? [0, 0];
      expected.set(key, [provisional + 1, closed + (official ? 1 : 0)]);
    }
  };
  for (const fault of model.faults.values()) {
    if (fault.verdict === 'false' || (fault.withdrawn && fault.verdict === null)) continue;
    add(fault.lift, fault.at, METRIC[fault.kind] ?? '', fault.ended || fault.verdict === 'genuine');
  }
  for (const order of model.orders.values()) add(order.lift, order.at, `orders.${order.kind}`, order.closed);
  const { rows } = await sql<{ key: string; provisional: number; official: number }>`
    select scope || ' ' || metric || ' ' || day as key, provisional, official from indicator_count
    where (provisional <> 0 or official <> 0)
      and split_part(scope, ':', 1) in ('all', 'county', 'township', 'firm')`.execute(rig.records.db);
  const found = Object.fromEntries(rows.map((row) => [row.key, [row.provisional, row.official]]));
  expect(found).toEqual(Object.fromEntries(expected));
}

function presences(model: Model, scope: string) {
  return LIFTS.map((code) => ({
    present: (model.served.get(code) ?? []).filter(({ from }) => keysAt(model, code, from).includes(scope)),
    outOfService: model.stopped.get(code) ?? [],
    monitored: model.bound.get(code) ?? [],
  }));
}

async function expectFigures(model: Model): Promise<void> {
  for (const key of ['all:all', 'county:500231', 'county:330922', 'firm:f1', 'firm:f2@500231']) {
    const scope = readScope(key);
    if (scope === null) throw new Error(key);
    const wanted = indicator('fault-rate');
    const sums = await readSums(rig.records.db, scope, [wanted], MONTH, ['provisional']);
    const exposure = exposureOf(presences(model, key), MONTH);
    for (const [name, value] of Object.entries(exposure))
      expect([
        key,
        name,
        Object.entries(sums.exposure?.exposure ?? {}).find(([each]) => each === name)?.[1],
      ]).toEqual([key, name, expect.closeTo(value, 9)]);
    expect(figureFrom(sums, wanted, 'provisional').numerator).toBe(
      countedFaults(model, key, MONTH.from, MONTH.to),
    );
  }
}

function countedFaults(model: Model, key: string, from: number, to: number): number {
  return [...model.faults.values()].filter(
    (fault) =>
      (fault.kind === 'entrapment' || fault.kind === 'door-held') &&
      fault.at >= from &&
      fault.at < to &&
      (fault.verdict === 'genuine' || (fault.verdict === null && !fault.withdrawn)) &&
      keysAt(model, fault.lift, fault.at).includes(key),
  ).length;
}

/** With no hold and no hysteresis a rule that judges is breached if and only if the figure is beyond. */
async function expectRule(model: Model): Promise<void> {
  const from = dayStart(shanghaiDay(NOW) - 59);
  const { rows } = await sql<{ scope: string; state: string }>`select scope, state from rate_breach`.execute(
    rig.records.db,
  );
  for (const { scope, state } of rows) {
    const months = exposureOf(presences(model, scope), { from, to: NOW })['lift-months.monitored'];
    if (months <= 0) continue;
    const faults = countedFaults(model, scope, from, NOW);
    expect([scope, state, faults, months]).toEqual([
      scope,
      faults / months > 1 ? 'breached' : 'within',
      faults,
      months,
    ]);
  }
}

function mustRead(label: string) {
  const read = readPeriod(label);
  if (!read.ok) throw new Error(`${label}: ${read.refusal}`);
  return read.period;
}
