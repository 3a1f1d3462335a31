import { readFileSync } from 'node:fs';
import { wallClock } from '../clock.js';
import {
  type Command,
  CommandError,
  numberOption,
  type OptionSpec,
  type OptionValues,
  optional,
  parseOptions,
  required,
  seedOption,
  UsageError,
} from '../command-line.js';
import { type FleetTerminal, readFleet } from '../fleet/fleet-file.js';
import { untilInterrupted } from '../progress.js';
import { Rng } from '../random.js';
import { type BrokerAddress, dialler } from './dial-socket.js';
import { scriptOf, writeFaultScript } from './fault-script.js';
import { LedgerWriter } from './ledger.js';
import { LoadLedger } from './load-ledger.js';
import { JsonReport, type LoadReport, TextReport } from './load-report.js';
import { LoadRun } from './load-run.js';
import { morningStart, recordMorning } from './morning.js';
import { openFilesMax, requireOpenFiles } from './open-files.js';
import { PublishFrames, type Qos } from './publish-frames.js';
import { WriteSlab } from './write-slab.js';

const USAGE = `load --fleet FILE --rate R|max --seconds S --ledger FILE [options]
  Plays a simulated morning of the fleet's native terminals, and notes what the broker acknowledged.
  --rate R|max        messages a second over all terminals, sent at their moments whatever the platform does;
                      max: as fast as the windows allow; 0: connect and stay
  --seconds S         measured time, after the warm-up
  --ledger FILE       acknowledged (terminal, boot, seq), for 'verify'; must not exist yet
  --url URL           mqtt://host:port or mqtts://host:port (default mqtt://localhost:1883)
  --tls, --ca FILE    TLS as with mqtts://; the authority to trust, PEM (default the system's)
  --qos 0|1|2         (default 1; with 0 nothing is acknowledged, and no ledger is kept)
  --window N          unacknowledged messages a terminal, 1 to 1000 (default 20)
  --payload-bytes N   least size of a payload, to 65000 (default as it is: about 350)
  --terminals N       only the first N of the fleet
  --connect-rate R    connections opened a second (default 1000)
  --warmup S          seconds before measuring (default 0)
  --seed N            repeat an earlier morning (default: drawn, printed)
  --faults FILE       writes the faults the morning holds, before the first message; must not exist yet
  --json              a JSON line for each phase, second and the result`;

const OPTIONS: OptionSpec = {
  fleet: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  ledger: { type: 'string' },
  url: { type: 'string' },
  tls: { type: 'boolean' },
  ca: { type: 'string' },
  qos: { type: 'string' },
  window: { type: 'string' },
  'payload-bytes': { type: 'string' },
  terminals: { type: 'string' },
  'connect-rate': { type: 'string' },
  warmup: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  json: { type: 'boolean' },
};
const RATE_MAX = 10_000_000;
const PLAIN_PORT = 1_883;
const TLS_PORT = 8_883;

interface LoadOptions {
  readonly fleet: string;
  readonly address: BrokerAddress;
  readonly rate: number | null;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly ledger: string | null;
  readonly faults: string | null;
  readonly qos: Qos;
  readonly window: number;
  readonly payloadBytes: number;
  readonly terminals: number | null;
  readonly connectRate: number;
  readonly seed: number;
}

export const loadCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = parseOptions(args, OPTIONS);
    const options = readOptions(values);
    const report = values.json === true ? new JsonReport() : new TextReport();
    const interrupted = untilInterrupted();
    try {
      return await load(options, report, interrupted.signal);
    } finally {
      interrupted.release();
    }
  },
};

function readOptions(values: OptionValues): LoadOptions {
  const whole = (name: string, min: number, max: number) => numberOption(values, name, { min, max });
  const seconds = whole('seconds', 1, 86_400);
  if (seconds === undefined) throw new UsageError('--seconds is missing');
  const rate = required(values, 'rate') === 'max' ? null : (whole('rate', 0, RATE_MAX) ?? 0);
  const qos = whole('qos', 0, 2) ?? 1;
  const ledger = qos === 0 ? null : required(values, 'ledger');
  if (qos === 0 && optional(values, 'ledger') !== undefined) {
    throw new UsageError('--ledger: nothing is acknowledged with QoS 0');
  }
  return {
    fleet: required(values, 'fleet'),
    address: addressOf(values),
    ...{ rate, seconds, ledger, qos: qos as Qos },
    warmupSeconds: whole('warmup', 0, 3_600) ?? 0,
    faults: optional(values, 'faults') ?? null,
    window: whole('window', 1, 1_000) ?? 20,
    payloadBytes: whole('payload-bytes', 0, 65_000) ?? 0,
    terminals: whole('terminals', 1, 1_000_000) ?? null,
    connectRate: whole('connect-rate', 1, 100_000) ?? 1_000,
    seed: seedOption(values),
  };
}

function addressOf(values: OptionValues): BrokerAddress {
  const text = optional(values, 'url') ?? 'mqtt://localhost';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.hostname === '') {
    throw new UsageError(`--url ${text}: must look like mqtt://host:port or mqtts://host:port`);
  }
  const secure = url.protocol === 'mqtts:' || values.tls === true;
  const ca = optional(values, 'ca');
  if (ca !== undefined && !secure) throw new UsageError('--ca: needs --tls or an mqtts:// address');
  const port = url.port === '' ? (secure ? TLS_PORT : PLAIN_PORT) : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    tls: secure ? { ca: ca === undefined ? null : readCa(ca) } : null,
  };
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--ca ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Answers 0; 1 when it was interrupted. */
async function load(options: LoadOptions, report: LoadReport, signal: AbortSignal): Promise<number> {
  const terminals = await terminalsOf(options);
  const filesMax = openFilesMax();
  report.begin({ ...options, ulimit: filesMax, terminals: terminals.length });
  requireOpenFiles(terminals.length, filesMax);
  const { seed, qos, window, payloadBytes, address } = options;
  const startedAt = wallClock();
  const startAt = morningStart(startedAt);
  const morning = recordMorning(terminals, seed);
  if (options.faults !== null) {
    await writeFaultScript(options.faults, { startAt, seed, faults: scriptOf(morning, terminals) });
  }
  const frames = new PublishFrames({ morning, terminals, qos, startAt, payloadBytes });
  const writer = options.ledger === null ? null : new LedgerWriter(options.ledger, startedAt);
  const run = new LoadRun({
    accounts: terminals,
    wire: {
      ...{ frames, qos, window, slab: new WriteSlab(), plain: address.tls === null },
      ...{ dial: dialler(address), rng: new Rng(seed, 'load') },
    },
    ledger: writer === null ? null : new LoadLedger(writer, frames, terminals.length),
    rate: options.rate,
    seconds: options.seconds,
    warmupSeconds: options.warmupSeconds,
    connectRate: options.connectRate,
    signal,
    onPhase: (phase) => report.phase(phase),
    onSecond: (state) => report.second(state),
  });
  const result = await run.run();
  report.end(result);
  return result.interrupted ? 1 : 0;
}

async function terminalsOf(options: LoadOptions): Promise<readonly FleetTerminal[]> {
  const native = (await readFleet(options.fleet)).filter(({ profile }) => profile === 'native-v1');
  const wanted = options.terminals ?? native.length;
  if (native.length === 0 || native.length < wanted) {
    throw new CommandError(
      `${options.fleet}: has ${native.length} native-v1 terminals, ${wanted || 'some'} needed`,
    );
  }
  return native.slice(0, wanted);
}
