import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Discrepancy } from '../../simulators/load/compare-sources.js';
import { readFaultScript } from '../../simulators/load/fault-script.js';
import { readLedger } from '../../simulators/load/ledger.js';
import { Rng } from '../../simulators/random.js';
import { flood } from '../bench/generator-process.js';
import type { BrokerName, StoreName } from '../bench/ingest-options.js';
import { faultsFound, filesIn, verifiedAtRest } from '../bench/ingest-round.js';
import { benchFleet, IngestStand } from '../bench/ingest-stand.js';

/** Which engines a round runs on, in turn. */
const COMBINATIONS: readonly { readonly broker: BrokerName; readonly store: StoreName }[] = [
  { broker: 'edge', store: 'duckdb' },
  { broker: 'edge', store: 'influx' },
  { broker: 'mosquitto', store: 'duckdb' },
  { broker: 'mosquitto', store: 'influx' },
];
/** Few enough that each lives through minutes of its morning within a round, with faults in them. */
const TERMINALS = 100;

export interface ChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Messages a second. */
  readonly rate: number;
  /** Length of the flood, seconds; the process is killed once within it. */
  readonly seconds: number;
}

/** What one round showed; what it must show is in `wrong`. */
export interface ChaosRound {
  readonly round: number;
  readonly broker: BrokerName;
  readonly store: StoreName;
  readonly killedAfterMs: number;
  readonly acked: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly faultsExpected: number;
  readonly faultsFound: number;
  readonly faultsUnexpected: number;
  /** Empty = nothing acknowledged was lost or doubled, and the faults are those of the script. */
  readonly wrong: readonly string[];
  /** Where ledger, script and what platform and store held are kept, of a round with something wrong. */
  readonly kept?: string;
}

/**
 * Floods the platform, kills it (SIGKILL) at a random moment, starts it again, lets the flood end, and holds
 * the ledger of what was acknowledged against the store, and the script against the faults. `onRound` hears
 * of each round as it ends. The files of a round with something wrong are kept.
 */
export async function chaosIngest(
  options: ChaosOptions,
  onRound: (round: ChaosRound) => void,
): Promise<readonly ChaosRound[]> {
  const rounds: ChaosRound[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'liftwarden-chaos-'));
    let kept: string | undefined;
    try {
      const done = await chaosRound(options, round, folder);
      kept = done.kept;
      rounds.push(done);
      onRound(done);
    } finally {
      if (kept === undefined) await rm(folder, { recursive: true, force: true });
    }
  }
  return rounds;
}

async function chaosRound(options: ChaosOptions, round: number, folder: string): Promise<ChaosRound> {
  const { rate, seconds, seed } = options;
  const engines = COMBINATIONS[round % COMBINATIONS.length] ?? { broker: 'edge', store: 'duckdb' };
  const stand = await IngestStand.start(engines.store, engines.broker);
  try {
    const { platform } = stand;
    const files = filesIn(folder);
    await stand.register(benchFleet(TERMINALS), files.fleet, 0);
    const killedAfterMs = new Rng(seed, round).int(200, seconds * 1_000 - 200);
    let killing: Promise<void> = Promise.resolve();
    const killAndStart = async () => {
      await sleep(killedAfterMs);
      await platform.kill();
      await platform.start();
    };
    const flooding = { url: platform.mqttUrl, rate, seconds, warmupSeconds: 0, seed: seed + round };
    const result = await flood(
      { ...flooding, qos: 1, ...files },
      {
        measuring: () => {
          killing = killAndStart();
        },
        draining: () => undefined,
      },
    );
    await killing;
    const ledger = readLedger(files.ledger);
    const verified = await verifiedAtRest(platform, ledger, files.fleet);
    const faults = await faultsFound(platform, await readFaultScript(files.faults), ledger);
    const shown = {
      acked: verified.acked,
      missing: verified.missing,
      duplicated: verified.duplicated,
      faultsExpected: faults.expected,
      faultsFound: faults.found,
      faultsUnexpected: faults.unexpected,
    };
    const wrong = wrongIn(shown, result.ackedInAll, verified.discrepancies);
    if (wrong.length > 0) await stand.copyTo(folder);
    const kept = wrong.length > 0 ? { kept: folder } : {};
    return { round: round + 1, ...engines, killedAfterMs, ...shown, wrong, ...kept };
  } finally {
    await stand.dispose();
  }
}

type Shown = Omit<ChaosRound, 'round' | 'broker' | 'store' | 'killedAfterMs' | 'wrong' | 'kept'>;

function wrongIn(shown: Shown, ackedByGenerator: number, worst: readonly Discrepancy[]): readonly string[] {
  const wrong: string[] = [];
  if (shown.missing > 0) {
    const where = JSON.stringify(worst);
    wrong.push(`${shown.missing} acknowledged messages are missing, the most of ${where}`);
  }
  if (shown.duplicated > 0) wrong.push(`${shown.duplicated} messages are doubled`);
  if (shown.faultsFound < shown.faultsExpected) {
    wrong.push(`${shown.faultsExpected - shown.faultsFound} scripted faults were not found`);
  }
  if (shown.faultsUnexpected > 0) wrong.push(`${shown.faultsUnexpected} faults are in no script`);
  if (shown.acked !== ackedByGenerator) {
    wrong.push(`the ledger has ${shown.acked} messages, the generator counted ${ackedByGenerator}`);
  }
  return wrong;
}
