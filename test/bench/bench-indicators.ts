import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { DAY_MS, dayStart, rollingPeriod, shanghaiDay } from '#domain';
import { SqlRecords } from '#records';
import { keepAnswersYoung, Metrics, SystemClock } from '#runtime';
import { PlatformProcess } from '../harness/platform-process.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { countyCode, seedIndicators } from './indicators-seed.js';
import { percentiles } from './percentiles.js';
import { type Reevaluation, reevaluate } from './reevaluation.js';

const PAGES = 20;

export interface IndicatorBench {
  readonly bench: 'indicators';
  readonly lifts: number;
  readonly facts: number;
  /** A county's figures by HTTP, month and year, and the slowest. */
  readonly profilePageMs: Readonly<Record<'p50' | 'max' | 'yearP50', number>>;
  /** By size of the fleet. */
  readonly reevaluationMs: Readonly<Record<string, Reevaluation>>;
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
  const to = dayStart(shanghaiDay(Date.now()));
  try {
    const reevaluationMs: Record<string, Reevaluation> = {};
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

async function overHttp(databaseUrl: string, lifts: number, to: number, say: (text: string) => void) {
  const platform = await PlatformProcess.create({ DATABASE_URL: databaseUrl });
  try {
    await platform.start();
    await putPolicies(platform);
    const month = new Date(to - 15 * DAY_MS).toISOString().slice(0, 7);
    const month1 = await pages(platform, month);
    const year = await pages(platform, rollingPeriod(365, to - DAY_MS).label);
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
