import { parseArgs } from 'node:util';
import { benchAlarms } from './bench-alarms.js';

const BENCHES = { alarms: benchAlarms };
const HELP = `Usage: npm run bench -- alarms [--lifts 120] [--events 240] [--json]
  alarms   a terminal's message to the event of the alarm stream, milliseconds, on the embedded parts
           with every lift sending its telemetry beside it`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lifts: { type: 'string', default: '120' },
    events: { type: 'string', default: '240' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
if (values.help || !(name in BENCHES)) {
  process.stderr.write(`${values.help ? '' : `no bench is called "${name}"\n`}${HELP}\n`);
  process.exit(values.help ? 0 : 2);
}
const result = await BENCHES[name as keyof typeof BENCHES]({
  lifts: Number(values.lifts),
  events: Number(values.events),
});
process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`);
process.exit(0);
