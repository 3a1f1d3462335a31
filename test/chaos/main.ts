import { parseArgs } from 'node:util';
import { chaosIngest } from './chaos-ingest.js';
import { chaosWebhooks } from './chaos-webhooks.js';

const HELP = `Usage: npm run chaos -- ingest [--rounds 50] [--seed N] [--rate 5000] [--seconds 8]
  Floods the platform, kills it at a random moment, starts it again, and counts what was acknowledged and is
  missing, doubled, or a fault of the script that nobody found. Cycles edge broker and Mosquitto, DuckDB and
  InfluxDB. A JSON line a round, one at the end; exit 1 when anything is wrong, and the files of such a round
  are kept.
       npm run chaos -- webhooks [--kills 50] [--seed N]
  Kills one of two notifiers again and again while endpoints fail, hang up, lie and flood, and counts what
  never came and what came to the wrong one. The ledger as a JSON line; exit 1 when anything is wrong.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '8' },
    kills: { type: 'string', default: '50' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || !['ingest', 'webhooks'].includes(positionals[0] ?? '')) {
  (values.help ? process.stdout : process.stderr).write(`${HELP}\n`);
  process.exit(values.help ? 0 : 2);
}
if (positionals[0] === 'webhooks') {
  const asked = {
    kills: whole('kills', values.kills, 0, 10_000),
    seed: whole('seed', values.seed, 0, 2 ** 32 - 1),
  };
  const result = await chaosWebhooks(asked, (text) => process.stderr.write(`${text}\n`));
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(result.wrong.length === 0 ? 0 : 1);
}
const options = {
  rounds: whole('rounds', values.rounds, 1, 10_000),
  seed: whole('seed', values.seed, 0, 2 ** 32 - 1),
  rate: whole('rate', values.rate, 100, 1_000_000),
  seconds: whole('seconds', values.seconds, 1, 600),
};
const rounds = await chaosIngest(options, (round) => process.stdout.write(`${JSON.stringify(round)}\n`));
const sum = (of: (round: (typeof rounds)[number]) => number) =>
  rounds.reduce((total, round) => total + of(round), 0);
const wrong = rounds.filter((round) => round.wrong.length > 0).length;
const totals = {
  acked: sum(({ acked }) => acked),
  missing: sum(({ missing }) => missing),
  duplicated: sum(({ duplicated }) => duplicated),
  faultsExpected: sum(({ faultsExpected }) => faultsExpected),
  faultsFound: sum(({ faultsFound }) => faultsFound),
};
process.stdout.write(`${JSON.stringify({ chaos: 'ingest', ...options, ...totals, roundsWrong: wrong })}\n`);
process.exit(wrong === 0 ? 0 : 1);

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  process.stderr.write(`--${name} ${text}: must be a whole number from ${min} to ${max}\n${HELP}\n`);
  return process.exit(2);
}
