import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { EventLogContext, type LogEvent, type NewLogEvent, type SqlRecords, type Tx } from '#records';
import { Metrics, SystemClock } from '#runtime';
import { insertRule } from '../../libs/indicators/district-policies.js';
import { IndicatorFollower } from '../../libs/indicators/indicator-follower.controller.js';
import { ruleOf } from '../../libs/indicators/rule.dto.js';
import { percentiles } from './percentiles.js';
import { stolenTime } from './stolen-time.js';

/**
 * The first meet code that V8 has not compiled yet, and a database that has planned nothing: it takes some
 * 1,000 until the same work costs the same. A service runs for months.
 */
const WARM_EVENTS = 1_000;
const BLOCK_EVENTS = 250;
/** Calm blocks that are wanted, and most that are tried. */
const BLOCKS = 8;
const BLOCKS_MAX = 100;
/** A block in which the host took more of the machine's time is left out, and said. */
const STOLEN_MAX = 0.01;

/** A fault counted and put to three rules (county, firm, lift), begin and commit left out, ms. */
export interface Reevaluation {
  readonly p50: number;
  readonly p99: number;
  /** Looks at a scope by a rule, a fault. */
  readonly looks: number;
  /** One trip to the database and back, measured before each: what no statement is below. */
  readonly tripMs: Readonly<Record<'p50' | 'p99', number>>;
  /**
   * Blocks of 250 faults, and those of them that count: in the others the host gave more than 1 % of the time
   * to other machines. When it did so in all, all count.
   */
  readonly blocks: number;
  readonly calmBlocks: number;
  /** Of all blocks. */
  readonly p99OfAll: number;
}

/**
 * New faults of lifts all over the fleet, one after another, each in a transaction as a page of one event.
 * Throws when not every one was counted.
 */
export async function reevaluate(records: SqlRecords, lifts: number): Promise<Reevaluation> {
  const clock = new SystemClock();
  const metrics = new Metrics();
  const follower = new IndicatorFollower(clock, metrics);
  await records.write(async (tx) => {
    await insertRules(tx, clock.now());
    return { result: undefined, events: [] };
  });
  let faults = 0;
  const one = () => reevaluateOne(records, follower, faultOf(faults++, lifts, clock.now() - 60_000));
  while (faults < WARM_EVENTS) await one();
  const calm: Took[] = [];
  const all: Took[] = [];
  const stolen = stolenTime();
  while (calm.length < BLOCKS * BLOCK_EVENTS && all.length < BLOCKS_MAX * BLOCK_EVENTS) {
    const block: Took[] = [];
    while (block.length < BLOCK_EVENTS) block.push(await one());
    if (stolen() <= STOLEN_MAX) calm.push(...block);
    all.push(...block);
  }
  const counted = await sql<{ count: number }>`
    select count(*)::int as count from indicator_fact where id like 'bench-%'`.execute(records.db);
  if (counted.rows[0]?.count !== faults) throw new Error('Not every fault was counted.');
  const looks = (await metrics.registry.getSingleMetric('liftwarden_rate_rule_looks_total')?.get())?.values
    .filter(({ labels }) => labels.by === 'event')
    .reduce((sum, { value }) => sum + value, 0);
  const measured = calm.length > 0 ? calm : all;
  const { p50, p99 } = percentiles(measured.map(({ ms }) => ms));
  const trip = percentiles(measured.map(({ tripMs }) => tripMs));
  return {
    p50,
    p99,
    looks: (looks ?? 0) / faults,
    tripMs: { p50: trip.p50, p99: trip.p99 },
    blocks: all.length / BLOCK_EVENTS,
    calmBlocks: calm.length / BLOCK_EVENTS,
    p99OfAll: percentiles(all.map(({ ms }) => ms)).p99,
  };
}

async function insertRules(tx: Tx, now: number): Promise<void> {
  for (const scopeKind of ['county', 'firm', 'lift'] as const) {
    const rule = ruleOf(`bench-${scopeKind}`, 1, {
      indicator: 'fault-rate',
      scopeKind,
      threshold: 1,
      direction: 'at-most',
    });
    await insertRule(tx, rule, 'bench', now);
  }
  await sql`update rate_rule set seed_after = null`.execute(tx);
}

function faultOf(n: number, lifts: number, at: number): LogEvent {
  const lift = `L${String((n * 7_919) % lifts).padStart(7, '0')}`;
  const fault = { id: `bench-${n}`, lift, kind: 'door-held', raisedAt: at };
  return {
    id: n,
    type: 'fault.raised',
    recordedAt: at,
    lift,
    district: null,
    firm: null,
    data: { fault },
  };
}

interface Took {
  readonly ms: number;
  readonly tripMs: number;
}

function reevaluateOne(records: SqlRecords, follower: IndicatorFollower, event: LogEvent): Promise<Took> {
  return records.write(async (tx) => {
    const events: NewLogEvent[] = [];
    const context = new EventLogContext([tx, events]);
    // The first statement of a page, and BEGIN with it.
    await sql`update consumer_cursor set position = position where consumer = 'indicators'`.execute(tx);
    const sent = performance.now();
    await sql`select 1`.execute(tx);
    const began = performance.now();
    await follower.fault(event, context);
    await context.endPage();
    return { result: { ms: performance.now() - began, tripMs: began - sent }, events };
  });
}
