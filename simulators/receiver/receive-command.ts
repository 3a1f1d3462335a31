import { wallClock } from '../clock.js';
import {
  type Command,
  numberOption,
  type OptionSpec,
  optional,
  parseOptions,
  seedOption,
  UsageError,
} from '../command-line.js';
import { untilInterrupted } from '../progress.js';
import { Rng } from '../random.js';
import { arrivalLine } from './arrival-line.js';
import { parseFail, parseSlow } from './bad-endpoint.js';
import { WebhookInbox } from './inbox.js';

const USAGE = `receive --secret S [options]
  A webhook's receiver: verifies signatures, shows what came, and plays a bad endpoint when asked to.
  --secret S        whsec_… of the webhook, or its whpk_… for scheme v1a; or the variable LIFTWARDEN_SECRET
  --port N          where it listens (default: 4000); 0 takes a free one
  --host H          the address (default: 127.0.0.1)
  --fail STATUS:P   answers STATUS to the share P of the messages, such as 500:0.2
  --slow T          waits T before each answer, such as 3s
  --410-after N     answers 410 Gone after N messages
  --json            the bodies themselves, one a line
  --seed N          repeats the failures of another run`;

const OPTIONS: OptionSpec = {
  secret: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  fail: { type: 'string' },
  slow: { type: 'string' },
  '410-after': { type: 'string' },
  json: { type: 'boolean' },
  seed: { type: 'string' },
};

export const receiveCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = parseOptions(args, OPTIONS);
    const key = optional(values, 'secret') ?? process.env.LIFTWARDEN_SECRET ?? '';
    if (!/^(whsec|whpk)_[A-Za-z0-9+/]+=*$/.test(key))
      throw new UsageError('--secret must be a whsec_… or whpk_… text');
    const seed = seedOption(values);
    const [fail, slow] = [optional(values, 'fail'), optional(values, 'slow')];
    const after = numberOption(values, '410-after', { min: 0, max: 1_000_000_000 });
    const host = optional(values, 'host') ?? '127.0.0.1';
    const inbox = await WebhookInbox.open(
      {
        key,
        manners: {
          fail: fail === undefined ? null : parseFail(fail),
          slowMs: slow === undefined ? 0 : parseSlow(slow),
          goneFrom: after === undefined ? null : after + 1,
        },
        rng: new Rng(seed, 'receiver'),
        clock: wallClock,
        onArrival: (arrival) => console.log(values.json === true ? arrival.body : arrivalLine(arrival)),
      },
      numberOption(values, 'port', { min: 0, max: 65_535 }) ?? 4_000,
      host,
    );
    console.error(`Listens on http://${host}:${inbox.port}/ (seed ${seed})`);
    const { signal } = untilInterrupted();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await inbox.close();
    return 0;
  },
};
