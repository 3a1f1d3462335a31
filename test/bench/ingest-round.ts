import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Comparison } from '../../simulators/load/compare-sources.js';
import { type FaultScriptFile, faultsExpected, readFaultScript } from '../../simulators/load/fault-script.js';
import { type Ledger, readLedger } from '../../simulators/load/ledger.js';
import { STEPS_A_BOOT } from '../../simulators/load/morning.js';
import { liftsOf, verify } from '../../simulators/load/verify-command.js';
import { type PlatformProcess, until } from '../harness/platform-process.js';
import { AlarmProbe, probesFor } from './alarm-probe.js';
import { BareBroker } from './bare-broker.js';
import { type FloodResult, flood } from './generator-process.js';
import type { IngestBenchOptions } from './ingest-options.js';
import { benchFleet, IngestStand } from './ingest-stand.js';
import { type FaultMatch, type ListedFault, matchFaults } from './match-faults.js';
import { cpuMicros, MemoryByMinute, rssMb } from './process-usage.js';

/** The longest the store is waited for behind the flood. */
const CATCH_UP_MS = 300_000;
/** So often without anything more arriving, so far apart, and nothing more will. */
const REST_LOOKS = 5;
const REST_LOOK_MS = 2_000;
const LAG = 'liftwarden_journal_reader_lag_entries';
const EFFECTS = 'liftwarden_fault_effects_total';

export interface BareRound {
  readonly flood: FloodResult;
  /** CPU of the broker for one message, microseconds. */
  readonly cpuMicros: number;
}

export interface CandidateRound extends BareRound {
  /** CPU of the store's and the external broker's process for one message; null = there is none. */
  readonly storeCpuMicros: number | null;
  readonly brokerCpuMicros: number | null;
  /** How far the series store was behind when the flood ended: see `storeLag`. */
  readonly storeLagMs: number;
  readonly rssMb: number;
  /** The most of each whole minute of the flood. */
  readonly rssMbByMinute: readonly number[];
  /** Processors the platform kept busy while the flood was measured and drained. */
  readonly cores: number;
  readonly alarmsMs: readonly number[];
  readonly faults: FaultMatch;
  readonly faultTransitionsPerSecond: number;
  readonly verified: Comparison;
}

/** The flood on a broker that does nothing but acknowledge. */
export async function bareRound(options: IngestBenchOptions, folder: string): Promise<BareRound> {
  const broker = await BareBroker.start(options.broker);
  try {
    const usage = new Usage({ platform: broker.pid, store: null, broker: null });
    const result = await flood(
      { ...options, url: broker.url, ...filesIn(folder) },
      { measuring: (acked) => usage.begin(acked), draining: () => undefined },
    );
    return { flood: result, cpuMicros: usage.micros(result).platform ?? 0 };
  } finally {
    await broker.stop();
  }
}

/** The flood on the platform, started for it alone, and everything it must show afterwards. */
export async function candidateRound(options: IngestBenchOptions, folder: string): Promise<CandidateRound> {
  const stand = await IngestStand.start(options.store, options.broker, options.influxNice);
  const minutes = new MemoryByMinute();
  try {
    const { platform } = stand;
    const files = filesIn(folder);
    const probes = await stand.register(
      benchFleet(options.terminals),
      files.fleet,
      probesFor(options.seconds),
    );
    const probe = await AlarmProbe.connect(platform, probes);
    const pids = stand.pids();
    const usage = new Usage(options.outage ? { ...pids, store: null } : pids);
    let outage = Promise.resolve();
    let effectsBefore = Promise.resolve(0);
    let memory = 0;
    const result = await flood(
      { ...options, url: platform.mqttUrl, ...files },
      {
        measuring: (acked) => {
          if (options.outage) outage = stand.stopStore();
          usage.begin(acked);
          effectsBefore = platform.metric(EFFECTS);
          probe.start();
          minutes.start(pids.platform);
        },
        draining: () => {
          probe.pause();
          minutes.stop();
          memory = rssMb(usage.pids.platform);
        },
      },
    );
    const cpu = usage.micros(result);
    const cores = usage.cores();
    await outage;
    if (options.outage) await stand.startStore();
    const storeLagMs = await storeLag(platform, result.ratePerSecond);
    const effects = (await platform.metric(EFFECTS)) - (await effectsBefore);
    const alarmsMs = await probe.finish();
    const ledger = readLedger(files.ledger);
    return {
      flood: result,
      cpuMicros: cpu.platform ?? 0,
      storeCpuMicros: cpu.store,
      brokerCpuMicros: cpu.broker,
      ...{ storeLagMs, rssMb: memory, rssMbByMinute: minutes.whole(), cores, alarmsMs },
      faultTransitionsPerSecond: effects / result.seconds,
      verified: await verifiedAtRest(platform, ledger, files.fleet),
      faults: await faultsFound(platform, await readFaultScript(files.faults), ledger),
    };
  } finally {
    minutes.stop();
    await stand.dispose();
  }
}

/** The flood's files. */
export function filesIn(folder: string) {
  const file = (name: string) => join(folder, name);
  return { fleet: file('fleet.json'), ledger: file('acked.ledger'), faults: file('faults.jsonl') };
}

/** CPU time of several processes between two moments. */
class Usage {
  private before: Readonly<Record<string, number>> = {};
  private ackedBefore = 0;
  private begunAtMs = 0;

  constructor(
    readonly pids: {
      readonly platform: number;
      readonly store: number | null;
      readonly broker: number | null;
    },
  ) {}

  begin(ackedBefore: number): void {
    this.before = this.now();
    this.ackedBefore = ackedBefore;
    this.begunAtMs = performance.now();
  }

  /** Processors that the platform kept busy since `begin`. */
  cores(): number {
    const micros = (this.now().platform ?? 0) - (this.before.platform ?? 0);
    return micros / 1_000 / (performance.now() - this.begunAtMs);
  }

  /** Microseconds a message since `begin`; null for a process that is not there. */
  micros({ ackedInAll }: FloodResult): {
    readonly platform: number | null;
    readonly store: number | null;
    readonly broker: number | null;
  } {
    const now = this.now();
    const messages = Math.max(1, ackedInAll - this.ackedBefore);
    const each = (name: keyof typeof this.pids) => {
      const [until, since] = [now[name], this.before[name]];
      return until === undefined || since === undefined ? null : (until - since) / messages;
    };
    return { platform: each('platform'), store: each('store'), broker: each('broker') };
  }

  private now(): Readonly<Record<string, number>> {
    const entries = Object.entries(this.pids).flatMap(([name, pid]) =>
      pid === null ? [] : [[name, cpuMicros(pid)] as const],
    );
    return Object.fromEntries(entries);
  }
}

/**
 * How far the store was behind at the end: the longer of the entries it had yet to write, at the rate they
 * came in, and the time it then took for them. Resolves when every reader of the journal has caught up.
 */
async function storeLag(platform: PlatformProcess, perSecond: number): Promise<number> {
  const endedAt = performance.now();
  const entries = await platform.metric(LAG, { reader: 'series' });
  await until(
    'the store to catch up',
    async () => (await platform.metric(LAG, { reader: 'series' })) === 0,
    CATCH_UP_MS,
  );
  const tookMs = performance.now() - endedAt;
  await caughtUp(platform);
  return Math.max(tookMs, (entries / Math.max(1, perSecond)) * 1_000);
}

/**
 * Holds the ledger against the store when all has come to rest: an external broker may have acknowledged what
 * it has yet to deliver, so what is missing is waited for as long as it becomes less.
 */
export async function verifiedAtRest(
  platform: PlatformProcess,
  ledger: Ledger,
  fleetFile: string,
): Promise<Comparison> {
  const lifts = await liftsOf(ledger, fleetFile);
  const look = async () => {
    await caughtUp(platform);
    return verify(ledger, { url: platform.url, key: platform.adminKey }, lifts);
  };
  let seen = await look();
  for (let idle = 0; seen.missing > 0 && idle < REST_LOOKS; idle++) {
    await sleep(REST_LOOK_MS);
    const next = await look();
    if (next.missing < seen.missing) idle = -1;
    seen = next;
  }
  return seen;
}

/** Resolves when every reader of the journal is at its end and every fault is recorded. */
export async function caughtUp(platform: PlatformProcess): Promise<void> {
  await until('the readers to catch up', async () => (await platform.metric(LAG)) === 0, CATCH_UP_MS);
  await until(
    'the last faults to be recorded',
    async () => (await platform.metric('liftwarden_fault_effects_waiting')) === 0,
    CATCH_UP_MS,
  );
}

/** The faults that the platform lists, held against the script for what was acknowledged. */
export async function faultsFound(
  platform: PlatformProcess,
  script: FaultScriptFile,
  acked: Ledger,
): Promise<FaultMatch> {
  const listed = await platform.list<ListedFault & { readonly terminal: string }>('/faults');
  const whole = new Map(
    [...acked].map(([terminal, boots]) => [
      terminal,
      new Map([...boots.keys()].map((boot) => [boot, [[1, STEPS_A_BOOT]] as const])),
    ]),
  );
  // The probes' own faults are no part of the morning.
  const played = listed.filter(({ terminal }) => acked.has(terminal));
  return matchFaults(faultsExpected(script, acked), faultsExpected(script, whole), played);
}
