import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { wallClock } from '../clock.js';
import {
  type Command,
  CommandError,
  numberOption,
  type OptionSpec,
  optional,
  parseOptions,
  required,
  seedOption,
  UsageError,
  urlOption,
} from '../command-line.js';
import { type FleetTerminal, readFleet } from '../fleet/fleet-file.js';
import { ProgressLine, untilInterrupted } from '../progress.js';
import { Director } from './director.js';
import { Ledger } from './ledger.js';
import { parseScenario, type ScenarioStep } from './scenario.js';
import { Simulation, type SimulationStats } from './simulation.js';

const USAGE = `run --fleet FILE --url mqtt://host:port [options]
  Simulates a lift and its terminal for each native-v1 terminal of the fleet file.
  --seed N          repeat an earlier run (0 to 4294967295; default: drawn, printed)
  --scenario FILE   scripted faults, YAML or JSON (simulators/README.md)
  --seconds S       stop after S seconds (default: until Ctrl-C)
  --speed N         simulated seconds a second, 0.1 to 20 (default 1)
  --ledger FILE     write each scripted fault as a JSON line when it begins
  --fault-rate R    random scripted faults a lift and month (default 0: none)
  --peaks           passengers follow the hours of the day`;

const OPTIONS: OptionSpec = {
  fleet: { type: 'string' },
  url: { type: 'string' },
  seed: { type: 'string' },
  scenario: { type: 'string' },
  seconds: { type: 'string' },
  speed: { type: 'string' },
  ledger: { type: 'string' },
  'fault-rate': { type: 'string' },
  peaks: { type: 'boolean' },
};
const GRACE_MS = 5000;
/** Start times listed for each kind in the summary. */
const TIMES_SHOWN = 12;

export interface RunOptions {
  readonly fleet: string;
  readonly url: string;
  readonly seed: number;
  readonly scenario?: string | undefined;
  readonly seconds?: number | undefined;
  readonly speed: number;
  readonly ledger?: string | undefined;
  readonly faultRate: number;
  readonly peaks: boolean;
}

export const runCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = parseOptions(args, OPTIONS);
    const options: RunOptions = {
      fleet: required(values, 'fleet'),
      url: urlOption(values, 'url', ['mqtt:', 'mqtts:']),
      seed: seedOption(values),
      scenario: optional(values, 'scenario'),
      seconds: numberOption(values, 'seconds', { min: 1, max: 31_536_000, fraction: true }),
      speed: numberOption(values, 'speed', { min: 0.1, max: 20, fraction: true }) ?? 1,
      ledger: optional(values, 'ledger'),
      faultRate: numberOption(values, 'fault-rate', { min: 0, max: 100_000, fraction: true }) ?? 0,
      peaks: values.peaks === true,
    };
    const interrupted = untilInterrupted();
    try {
      return await simulate(options, interrupted.signal);
    } finally {
      interrupted.release();
    }
  },
};

/** Runs until `signal` or the time is over. Answers 0, or 1 when no terminal ever connected. */
export async function simulate(options: RunOptions, signal: AbortSignal): Promise<number> {
  const terminals = (await readFleet(options.fleet)).filter((entry) => entry.profile === 'native-v1');
  if (terminals.length === 0) throw new CommandError(`${options.fleet}: no native-v1 terminal in it`);
  const steps = options.scenario === undefined ? [] : await readScenario(options.scenario, terminals);
  const ledger = new Ledger(options.ledger);
  const { url, seed, faultRate, speed, peaks } = options;
  const simulation = new Simulation({
    ...{ url, seed, faultRate, speed, peaks, terminals, steps, ledger },
    clock: wallClock,
  });
  const progress = new ProgressLine();
  progress.say(`simulating ${terminals.length} terminals, seed ${seed}, ${steps.length} scripted steps`);
  simulation.start();
  const endsAt = performance.now() + (options.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  let everConnected = 0;
  for (;;) {
    const leftMs = Math.min(1000, endsAt - performance.now());
    if (leftMs <= 0 || signal.aborted) break;
    await sleep(leftMs, undefined, { signal }).catch(() => undefined);
    const stats = simulation.stats();
    everConnected = Math.max(everConnected, stats.connected);
    progress.show(progressText(stats));
  }
  await simulation.stop(GRACE_MS);
  const failure = await ledger.close();
  progress.say(summaryText(simulation.stats(), ledger));
  if (failure) throw new CommandError(`${options.ledger}: the ledger is incomplete: ${failure.message}`);
  return everConnected > 0 ? 0 : 1;
}

async function readScenario(
  path: string,
  terminals: readonly FleetTerminal[],
): Promise<readonly ScenarioStep[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`--scenario ${path}: ${error.message}`);
  });
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new UsageError(`--scenario ${path}: ${scenario.problem}`);
  const actors = terminals.map((identity) => ({ identity, free: true }));
  const missing = Director.missingLift(scenario.steps, actors);
  if (missing !== null) throw new UsageError(`--scenario ${path}: ${missing}`);
  return scenario.steps;
}

function progressText(stats: SimulationStats): string {
  const { terminals, connected, sent, acked, inFlight, queued, activeFaults, problem } = stats;
  const counts = `${sent} sent, ${acked} acknowledged, ${inFlight} in flight, ${queued} waiting`;
  return `${connected}/${terminals} connected, ${counts}, ${activeFaults} scripted faults active${
    problem ? ` — ${problem}` : ''
  }`;
}

function summaryText(stats: SimulationStats, ledger: Ledger): string {
  const { sent, acked, samplesDropped, eventsDropped, problem } = stats;
  const left = stats.inFlight + stats.queued;
  const lines = [`sent ${sent}, acknowledged ${acked}, left unsent or unacknowledged ${left}`];
  if (samplesDropped + eventsDropped > 0) {
    lines.push(`dropped for want of room: ${samplesDropped} samples, ${eventsDropped} events`);
  }
  if (problem) lines.push(problem);
  const kinds = ledger.byKind();
  lines.push(kinds.length === 0 ? 'scripted faults: none' : 'scripted faults:');
  for (const { kind, count, at } of kinds) {
    const times = at.slice(-TIMES_SHOWN).map((ms) => new Date(ms).toISOString());
    lines.push(`  ${kind} × ${count}: ${count > times.length ? '… ' : ''}${times.join(', ')}`);
  }
  return lines.join('\n');
}
