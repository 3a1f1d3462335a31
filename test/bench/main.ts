import { parseArgs } from 'node:util';
import { benchAlarms } from './bench-alarms.js';
import { benchConnections } from './bench-connections.js';
import { benchImport } from './bench-import.js';
import { benchIndicators } from './bench-indicators.js';
import { benchIngest } from './bench-ingest.js';
import { benchWebhooks } from './bench-webhooks.js';
import type { BrokerName, IngestBenchOptions, StoreName } from './ingest-options.js';

/** What a bench prints, and whether it may be believed. */
interface Outcome {
  readonly ok: boolean;
  readonly line: object;
}

/** Text options of all benches; each reads its own. */
type Values = Readonly<Record<string, string | undefined>>;

const BENCHES: ReadonlyMap<string, (values: Values) => Promise<Outcome>> = new Map([
  ['alarms', alarms],
  ['connections', connections],
  ['import', importing],
  ['indicators', indicators],
  ['ingest', ingest],
  ['webhooks', webhooks],
]);
const HELP = `Usage: npm run bench -- alarms|connections|import|indicators|ingest|webhooks [options] [--json]
  alarms   a terminal's message to the event of the alarm stream, milliseconds, on the embedded parts
           with every lift sending its telemetry beside it
           [--lifts 120] [--events 240]
  connections
           idle terminals held by the edge broker and by a bare aedes: bytes each after garbage collection,
           and connections accepted a second, authenticated [--connections 15000] [--rate 1000]
  import   lifts imported by HTTP into the embedded database, then the same file again, seconds
           [--lifts 10000]
  indicators  a county's figures, a fault's re-evaluation and a backtest on PostgreSQL, twelve months of facts
           [--lifts 200000]
  ingest   messages a second that are acknowledged, stored and looked into, against a bare broker under the
           same flood; exit 1 and no rate when one is missing or a scripted fault was not found
           [--store duckdb|influx] [--broker edge|mosquitto] [--rate R|max] [--seconds 20] [--warmup 5]
           [--rounds 5] [--terminals 1000] [--qos 1|2] [--seed 1] [--influx running|stopped]
           [--influx-nice 0]; stopped: while the flood is measured, so that what is stored is verified behind
           it and no durable rate is shown; nice: how far InfluxDB gives way to others, up to 19
  webhooks from an alarm's record to the first attempt at its endpoint, milliseconds, by a notifier on
           PostgreSQL; each event is for one endpoint, one in fifty for ten, one endpoint in ten hangs
           [--endpoints 1000] [--rate 200] [--seconds 20]
  --json   one line`;

const OPTIONS = [
  ...['connections', 'lifts', 'events', 'store', 'broker', 'rate', 'endpoints'],
  ...['seconds', 'warmup', 'rounds', 'terminals', 'qos', 'seed', 'influx', 'influx-nice'],
];

async function alarms(values: Values): Promise<Outcome> {
  const lifts = whole(values, 'lifts', 120, 1, 5_000);
  return { ok: true, line: await benchAlarms({ lifts, events: whole(values, 'events', 240, 1, 10_000) }) };
}

async function connections(values: Values): Promise<Outcome> {
  const connections = whole(values, 'connections', 15_000, 100, 19_000);
  return {
    ok: true,
    line: await benchConnections({ connections, rate: whole(values, 'rate', 1_000, 1, 100_000) }),
  };
}

async function importing(values: Values): Promise<Outcome> {
  return { ok: true, line: await benchImport({ lifts: whole(values, 'lifts', 10_000, 1, 240_000) }) };
}

async function indicators(values: Values): Promise<Outcome> {
  const lifts = whole(values, 'lifts', 200_000, 2_000, 1_000_000);
  return { ok: true, line: await benchIndicators({ lifts }, (text) => process.stderr.write(`${text}\n`)) };
}

function ingest(values: Values): Promise<Outcome> {
  const { rate = 'max' } = values;
  const outage = oneOf(values, 'influx', ['running', 'stopped']) === 'stopped';
  if (outage && values.store !== 'influx') misused('--influx stopped: needs --store influx');
  const influxNice = whole(values, 'influx-nice', 0, 0, 19);
  if (influxNice > 0 && values.store !== 'influx') misused('--influx-nice: needs --store influx');
  const options: IngestBenchOptions = {
    store: oneOf<StoreName>(values, 'store', ['duckdb', 'influx']),
    broker: oneOf<BrokerName>(values, 'broker', ['edge', 'mosquitto']),
    rate: rate === 'max' ? null : whole(values, 'rate', 0, 1, 10_000_000),
    seconds: whole(values, 'seconds', 20, 1, 3_600),
    warmupSeconds: whole(values, 'warmup', 5, 0, 3_600),
    rounds: whole(values, 'rounds', 5, 1, 100),
    terminals: whole(values, 'terminals', 1_000, 1, 15_000),
    qos: whole(values, 'qos', 1, 1, 2) === 2 ? 2 : 1,
    seed: whole(values, 'seed', 1, 0, 2 ** 32 - 1),
    ...{ outage, influxNice },
  };
  return benchIngest(options, (text) => process.stderr.write(`${text}\n`));
}

async function webhooks(values: Values): Promise<Outcome> {
  const options = {
    endpoints: whole(values, 'endpoints', 1_000, 60, 5_000),
    rate: whole(values, 'rate', 200, 1, 2_000),
    seconds: whole(values, 'seconds', 20, 1, 600),
  };
  return { ok: true, line: await benchWebhooks(options, (text) => process.stderr.write(`${text}\n`)) };
}

function whole(values: Values, name: string, fallback: number, min: number, max: number): number {
  const text = values[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  return misused(`--${name} ${text}: must be a whole number from ${min} to ${max}`);
}

/** The first is the default. */
function oneOf<T extends string>(values: Values, name: string, allowed: readonly [T, ...T[]]): T {
  const text = values[name] ?? allowed[0];
  return (
    allowed.find((each) => each === text) ?? misused(`--${name} ${text}: must be ${allowed.join(' or ')}`)
  );
}

function misused(problem: string): never {
  process.stderr.write(`${problem}\n${HELP}\n`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries(OPTIONS.map((name) => [name, { type: 'string' as const }])),
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const { json, help, ...given } = values;
if (help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}
const [name = ''] = positionals;
const bench = BENCHES.get(name) ?? misused(`no bench is called "${name}"`);
const { ok, line } = await bench(given as Values);
process.stdout.write(`${JSON.stringify(line, null, json ? 0 : 2)}\n`);
process.exit(ok ? 0 : 1);
