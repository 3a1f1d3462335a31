import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFleet } from '../../simulators/fleet/fleet-file.js';
import type { IngestBenchOptions } from './ingest-options.js';
import { type BareRound, bareRound, type CandidateRound, candidateRound } from './ingest-round.js';
import { benchFleet } from './ingest-stand.js';
import { rounded, type Spread, spreadOf } from './spread.js';

/** Beyond it the store has not kept up, and what was acknowledged is no durable rate. */
const STORE_LAG_MAX_MS = 2_000;

/** One JSON line; rates are missing from a run that failed. */
export interface IngestBenchResult {
  readonly ok: boolean;
  readonly line: Readonly<Record<string, unknown>>;
}

interface Rounds {
  readonly bare: readonly BareRound[];
  readonly candidate: readonly CandidateRound[];
}

/**
 * Floods the platform with a recorded morning, and a bare broker with the same, in turn. Needs a machine
 * that does nothing else. `say` gets a line for each round.
 */
export async function benchIngest(
  options: IngestBenchOptions,
  say: (text: string) => void,
): Promise<IngestBenchResult> {
  const bare: BareRound[] = [];
  const candidate: CandidateRound[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const baseline = async () => {
      const done = await inFolder((folder) => bareFleet(options, folder));
      bare.push(done);
      say(`round ${round + 1}: bare broker ${done.flood.ratePerSecond}/s`);
    };
    const platform = async () => {
      const done = await inFolder((folder) => candidateRound(options, folder));
      candidate.push(done);
      const problems = problemsOf(done, options.outage);
      const { flood, verified, faults } = done;
      const rate = problems.length > 0 ? problems.join('; ') : `${flood.ratePerSecond}/s`;
      const found = `${faults.found} of ${faults.expected} faults`;
      say(`round ${round + 1}: platform ${rate}, ${verified.acked} verified, ${found}`);
    };
    // Whoever comes second meets a warmer machine, so they take turns at that too.
    for (const part of round % 2 === 0 ? [baseline, platform] : [platform, baseline]) await part();
  }
  return resultOf(options, { bare, candidate });
}

/** A bare broker lets everybody in, so that the fleet need not be registered. */
async function bareFleet(options: IngestBenchOptions, folder: string): Promise<BareRound> {
  const terminals = benchFleet(options.terminals).lifts.map((lift) => ({
    ...{ id: lift.terminalId, secret: 'none', profile: 'native-v1', lift: lift.registrationCode },
    ...{ rescueCode: lift.rescueCode, district: lift.district, address: lift.address, floors: lift.floors },
  }));
  await writeFleet(join(folder, 'fleet.json'), Date.now(), terminals);
  return bareRound(options, folder);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'liftwarden-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why a round's rate must not be shown; empty = it may. */
function problemsOf(round: CandidateRound, outage: boolean): string[] {
  const behind = `the store was ${Math.round(round.storeLagMs)} ms behind`;
  return [...wrongIn(round), ...(isBehind(round) && !outage ? [behind] : [])];
}

function isBehind({ storeLagMs }: CandidateRound): boolean {
  return storeLagMs >= STORE_LAG_MAX_MS;
}

/** What must never be, whatever the rate; with it no figure of the run is worth anything. */
function wrongIn({ verified, faults, flood }: CandidateRound): string[] {
  const problems: string[] = [];
  if (verified.missing > 0) problems.push(`${verified.missing} acknowledged messages are missing`);
  if (verified.duplicated > 0) problems.push(`${verified.duplicated} messages are duplicated`);
  if (verified.acked !== flood.ackedInAll) {
    problems.push(`the ledger has ${verified.acked} messages and the generator counted ${flood.ackedInAll}`);
  }
  if (faults.expected === 0) problems.push('the morning was too short to hold a fault');
  if (faults.found < faults.expected) {
    problems.push(`${faults.found} of ${faults.expected} faults were found`);
  }
  return problems;
}

function resultOf(options: IngestBenchOptions, rounds: Rounds): IngestBenchResult {
  const { rate, ...given } = options;
  const failures = rounds.candidate.flatMap((round, n) =>
    problemsOf(round, options.outage).map((problem) => `round ${n + 1}: ${problem}`),
  );
  const sum = (of: (round: CandidateRound) => number) =>
    rounds.candidate.reduce((total, round) => total + of(round), 0);
  const proof = {
    faultsExpected: sum(({ faults }) => faults.expected),
    faultsFound: sum(({ faults }) => faults.found),
    faultsUnexpected: sum(({ faults }) => faults.unexpected),
    verified: {
      acked: sum(({ verified }) => verified.acked),
      missing: sum(({ verified }) => verified.missing),
      duplicated: sum(({ verified }) => verified.duplicated),
      extra: sum(({ verified }) => verified.extra),
    },
  };
  const head = { bench: 'ingest', ...given, rate: rate ?? 'max' };
  if (rounds.candidate.some((round) => wrongIn(round).length > 0)) {
    const details = rounds.candidate.flatMap(({ verified, faults }) => [
      ...verified.discrepancies,
      ...faults.notFound,
    ]);
    return { ok: false, line: { ...head, failures, ...proof, details: details.slice(0, 20) } };
  }
  const isDurable = !options.outage && !rounds.candidate.some(isBehind);
  const figures = figuresOf(rounds, isDurable);
  if (failures.length > 0) return { ok: false, line: { ...head, failures, ...figures, ...proof } };
  return { ok: true, line: { ...head, ...figures, ...proof } };
}

/**
 * Medians of the rounds; `spread` has the least and the greatest of each. Where the store was stopped or too
 * far behind there is no durable rate, and no ratio.
 */
function figuresOf({ bare, candidate }: Rounds, isDurable: boolean): Readonly<Record<string, unknown>> {
  const spread: Record<string, readonly [number, number]> = {};
  const figure = (name: string, values: readonly (number | null)[], digits = 0): number | null => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return null;
    const { median, min, max }: Spread = spreadOf(known);
    spread[name] = [rounded(min, digits), rounded(max, digits)];
    return rounded(median, digits);
  };
  const alarms = candidate.flatMap(({ alarmsMs }) => alarmsMs).sort((a, b) => a - b);
  const ratios = candidate.map(
    (round, n) => round.flood.ratePerSecond / (bare[n]?.flood.ratePerSecond ?? Number.NaN),
  );
  const percentiles = (name: string, of: readonly BareRound[]) => {
    const each = (quantile: 'p50' | 'p99' | 'p999') =>
      figure(
        `${name}.${quantile}`,
        of.map(({ flood }) => flood.pubackMs[quantile]),
        2,
      );
    return { p50: each('p50'), p99: each('p99'), p999: each('p999') };
  };
  const rate = isDurable ? 'durablePerSecond' : 'acknowledgedPerSecond';
  const figures = {
    [rate]: figure(
      rate,
      candidate.map(({ flood }) => flood.ratePerSecond),
    ),
    bareBrokerPerSecond: figure(
      'bareBrokerPerSecond',
      bare.map(({ flood }) => flood.ratePerSecond),
    ),
    ...(isDurable ? { ratio: figure('ratio', ratios, 3) } : {}),
    ingestCpuMicros: figure(
      'ingestCpuMicros',
      candidate.map((round) => round.cpuMicros),
      2,
    ),
    ingestCores: figure(
      'ingestCores',
      candidate.map((round) => round.cores),
      2,
    ),
    bareBrokerCpuMicros: figure(
      'bareBrokerCpuMicros',
      bare.map((round) => round.cpuMicros),
      2,
    ),
    storeCpuMicros: figure(
      'storeCpuMicros',
      candidate.map((round) => round.storeCpuMicros),
      2,
    ),
    brokerCpuMicros: figure(
      'brokerCpuMicros',
      candidate.map((round) => round.brokerCpuMicros),
      2,
    ),
    generatorCpuMicros: figure(
      'generatorCpuMicros',
      candidate.map(({ flood }) => flood.cpuMicrosPerMessage),
      2,
    ),
    pubackMs: percentiles('pubackMs', candidate),
    bareBrokerPubackMs: percentiles('bareBrokerPubackMs', bare),
    dueNotSent: figure(
      'dueNotSent',
      candidate.map(({ flood }) => flood.dueNotSent),
    ),
    storeLagMs: figure(
      'storeLagMs',
      candidate.map((round) => round.storeLagMs),
    ),
    rssMb: figure(
      'rssMb',
      candidate.map((round) => round.rssMb),
    ),
    rssMbByMinute: candidate.map((round) => round.rssMbByMinute),
    alarmMs: { p50: quantile(alarms, 0.5), p99: quantile(alarms, 0.99), count: alarms.length },
    faultTransitionsPerSecond: figure(
      'faultTransitionsPerSecond',
      candidate.map((round) => round.faultTransitionsPerSecond),
      1,
    ),
  };
  return { ...figures, spread };
}

/** Of sorted values; null without any. */
function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : rounded(value, 1);
}
