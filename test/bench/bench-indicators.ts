import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { EventLogContext, type LogEvent, type NewLogEvent, SqlRecords } from '#records';
import { keepAnswersYoung, Metrics, SystemClock } from '#runtime';
import { insertRule } from '../../libs/indicators/district-policies.js';
import { IndicatorFollower } from '../../libs/indicators/indicator-follower.controller.js';
import { ruleOf } from '../../libs/indicators/rule.dto.js';
import { PlatformProcess } from '../harness/platform-process.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { countyCode, seedIndicators } from './indicators-seed.js';
import { percentiles } from './percentiles.js';

const DAY_MS = 86_400_000;
/**
 * The first meet code that V8 has not compiled yet, and a database that has planned nothing: it takes some
 * 1,000 until the same work costs the same. A service runs for months.
 */
const WARM_EVENTS = 1_000;
const EVENTS = 2_000;
const PAGES = 20;

export interface IndicatorBench {
  readonly bench: 'indicators';
  readonly lifts: number;
  readonly facts: number;
  /** A county's figures by HTTP, month and year, and the slowest. */
  readonly profilePageMs: Readonly<Record<'p50' | 'max' | 'yearP50', number>>;
  /**
   * A fault counted and put to three rules (county, firm, lift), begin and commit left out; by size of the
   * fleet.
   */
  readonly reevaluationMs: Readonly<Record<string, Readonly<Record<'p50' | 'p99' | 'looks', number>>>>;
  readonly backtestSeconds: number;
  readonly backtestFacts: number;
  readonly seedSeconds: number;
}

/** On a PostgreSQL of its own. Throws when a figure is not what was seeded. */
export async function benchIndicators(
  { lifts }: { readonly lifts: number },
  say: (text: string) => void,
): Promise<IndicatorBench> {
  // As in a service.
  keepAnswersYoung();
  const postgres = await PostgresServer.start();
  const to = Math.floor((Date.now() + 8 * 3_600_000) / DAY_MS) * DAY_MS - 8 * 3_600_000;
  try {
    const reevaluationMs: Record<string, { p50: number; p99: number; looks: number }> = {};
    let seedSeconds = 0;
    const sizes = [...new Set([2_000, 20_000, lifts].filter((size) => size <= lifts))];
    for (const size of sizes) {
      const began = performance.now();
      const records = await openDatabase(postgres, `fleet_${size}`);
      await seedIndicators(records.db, size, to);
      seedSeconds = Math.round((performance.now() - began) / 1_000);
      say(`${size} lifts seeded in ${seedSeconds} s`);
      reevaluationMs[size] = await reevaluate(records, size);
      say(`${size}: ${JSON.stringify(reevaluationMs[size])}`);
      await records.close();
    }
    const rest = await overHttp(postgres.url(`fleet_${lifts}`), lifts, to, say);
    return { bench: 'indicators', lifts, ...rest, reevaluationMs, seedSeconds };
  } finally {
    await postgres.dispose();
  }
}

async function openDatabase(postgres: PostgresServer, name: string): Promise<SqlRecords> {
  const clock = new SystemClock();
  const first = new SqlRecords({ databaseUrl: postgres.url(), folder: '', clock, metrics: new Metrics() });
  await first.open();
  await sql`create database ${sql.id(name)}`.execute(first.db);
  await first.close();
  const records = new SqlRecords({
    databaseUrl: postgres.url(name),
    folder: '',
    clock,
    metrics: new Metrics(),
  });
  await records.open();
  return records;
}

/**
 * New faults of lifts all over the fleet, one after another, each in a transaction as a page of one event.
 */
async function reevaluate(
  records: SqlRecords,
  lifts: number,
): Promise<{ p50: number; p99: number; looks: number }> {
  const clock = new SystemClock();
  const metrics = new Metrics();
  const follower = new IndicatorFollower(clock, metrics);
  await records.write(async (tx) => {
    for (const scopeKind of ['county', 'firm', 'lift'] as const) {
      const rule = ruleOf(`bench-${scopeKind}`, 1, {
        indicator: 'fault-rate',
        scopeKind,
        threshold: 1,
        direction: 'at-most',
      });
      await insertRule(tx, rule, 'bench', clock.now());
    }
    await sql`update rate_rule set seed_after = null`.execute(tx);
    return { result: undefined, events: [] };
  });
  const took: number[] = [];
  for (let n = 0; n < WARM_EVENTS + EVENTS; n += 1) {
    const lift = `L${String((n * 7_919) % lifts).padStart(7, '0')}`;
    const at = clock.now() - 60_000;
    const fault = { id: `bench-${n}`, lift, kind: 'door-held', raisedAt: at };
    const event: LogEvent = {
      id: n,
      type: 'fault.raised',
      recordedAt: at,
      lift,
      district: null,
      firm: null,
      data: { fault },
    };
    await records.write(async (tx) => {
      const emitted: NewLogEvent[] = [];
      const context = new EventLogContext([tx, emitted]);
      // The first statement of a page, and BEGIN with it.
      await sql`update consumer_cursor set position = position where consumer = 'indicators'`.execute(tx);
      const began = performance.now();
      await follower.fault(event, context);
      await context.endPage();
      if (n >= WARM_EVENTS) took.push(performance.now() - began);
      return { result: undefined, events: emitted };
    });
  }
  const counted = await sql<{
    count: number;
  }>`select count(*)::int as count from indicator_fact where id like 'bench-%'`.execute(records.db);
  if (counted.rows[0]?.count !== WARM_EVENTS + EVENTS) throw new Error('Not every fault was counted.');
  const looks = (await metrics.registry.getSingleMetric('liftwarden_rate_rule_looks_total')?.get())?.values
    .filter(({ labels }) => labels.by === 'event')
    .reduce((sum, { value }) => sum + value, 0);
  const { p50, p99 } = percentiles(took);
  return { p50, p99, looks: (looks ?? 0) / (WARM_EVENTS + EVENTS) };
}

async function overHttp(databaseUrl: string, lifts: number, to: number, say: (text: string) => void) {
  const platform = await PlatformProcess.create({ DATABASE_URL: databaseUrl });
  try {
    await platform.start();
    await putPolicies(platform);
    const month = new Date(to - 15 * DAY_MS).toISOString().slice(0, 7);
    const month1 = await pages(platform, month);
    const year = await pages(
      platform,
      `365d@${new Date(to - DAY_MS + 8 * 3_600_000).toISOString().slice(0, 10)}`,
    );
    say(`page: month ${JSON.stringify(month1)}, year ${JSON.stringify(year)}`);
    const test = (await platform.api('POST', '/rules/backtest', {
      indicator: 'fault-rate',
      scopeKind: 'county',
      threshold: 1,
      direction: 'at-most',
      windowDays: 30,
      from: new Date(to - 335 * DAY_MS).toISOString(),
    })) as { facts: number; seconds: number; looks: number };
    if (test.facts < lifts * 10) throw new Error(`The backtest saw ${test.facts} facts of ${lifts} lifts.`);
    return {
      facts: lifts * 12,
      profilePageMs: { p50: month1.p50, max: Math.max(month1.max, year.max), yearP50: year.p50 },
      backtestSeconds: test.seconds,
      backtestFacts: test.facts,
    };
  } finally {
    await platform.dispose();
  }
}

async function putPolicies(platform: PlatformProcess): Promise<void> {
  for (const profile of ['dianjiang-2021', 'tongbai-2022'])
    await platform.api('PUT', `/districts/${countyCode(1)}/policies`, { profile, fromOn: '2024-01-01' });
}

async function pages(platform: PlatformProcess, period: string) {
  const took: number[] = [];
  for (let n = 0; n < PAGES; n += 1) {
    const began = performance.now();
    const page = (await platform.api(
      'GET',
      `/indicators?scope=county:${countyCode(1)}&period=${period}`,
    )) as {
      figures: { indicator: string; provisional: { numerator: number } }[];
      targets: unknown[];
    };
    if (n > 1) took.push(performance.now() - began);
    const rate = page.figures.find(({ indicator }) => indicator === 'fault-rate');
    if ((rate?.provisional.numerator ?? 0) === 0 || page.targets.length === 0)
      throw new Error(`A page without figures: ${JSON.stringify(page).slice(0, 300)}`);
  }
  return percentiles(took);
}
