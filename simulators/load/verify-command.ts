import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Command,
  CommandError,
  numberOption,
  type OptionSpec,
  optional,
  parseOptions,
  required,
  UsageError,
  urlOption,
} from '../command-line.js';
import { readFleet } from '../fleet/fleet-file.js';
import { type Comparison, compareSources } from './compare-sources.js';
import { type Ledger, readLedger } from './ledger.js';
import { type Platform, storedSources } from './stored-sources.js';

const USAGE = `verify --ledger FILE --fleet FILE --url URL --key K [options]
  Looks in the series store for every message the ledger calls acknowledged, by terminal, boot and seq.
  Prints one JSON line: acked, missing, duplicated, extra (stored and not acknowledged), and the worst boots.
  --ledger FILE   from 'load'
  --fleet FILE    says which lift each terminal is on
  --url URL       the platform, e.g. http://localhost:3000
  --key K         a key that may read the lifts; or the variable LIFTWARDEN_KEY
  --wait S        looks again for up to S seconds while something is missing (default 0)
  Exit 1 when anything is missing or duplicated.`;

const OPTIONS: OptionSpec = {
  ledger: { type: 'string' },
  fleet: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  wait: { type: 'string' },
};
const LOOK_AGAIN_MS = 1_000;

export const verifyCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = parseOptions(args, OPTIONS);
    const url = urlOption(values, 'url', ['http:', 'https:']);
    const key = optional(values, 'key') ?? process.env.LIFTWARDEN_KEY ?? '';
    if (key === '') throw new UsageError('--key is missing, and LIFTWARDEN_KEY is not set');
    const waitMs = 1_000 * (numberOption(values, 'wait', { min: 0, max: 3_600 }) ?? 0);
    const ledger = readLedger(required(values, 'ledger'));
    const lifts = await liftsOf(ledger, required(values, 'fleet'));
    const deadline = performance.now() + waitMs;
    for (;;) {
      const comparison = await verify(ledger, { url, key }, lifts);
      if (comparison.missing > 0 && performance.now() < deadline) {
        await sleep(LOOK_AGAIN_MS);
        continue;
      }
      const { discrepancies, ...counts } = comparison;
      const line = { verify: 'ledger', lifts: lifts.length, ...counts, discrepancies };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return comparison.missing + comparison.duplicated > 0 ? 1 : 0;
    }
  },
};

/** Compares the ledger with what the store holds of these lifts now. */
export async function verify(
  ledger: Ledger,
  platform: Platform,
  lifts: readonly string[],
): Promise<Comparison> {
  return compareSources(ledger, await storedSources(platform, lifts));
}

/** The lifts of the ledger's terminals. Throws a `CommandError` for a terminal the fleet file lacks. */
export async function liftsOf(ledger: Ledger, fleet: string): Promise<readonly string[]> {
  const lifts = new Map((await readFleet(fleet)).map(({ id, lift }) => [id, lift]));
  return [...ledger.keys()].map((terminal) => {
    const lift = lifts.get(terminal);
    if (lift === undefined) {
      throw new CommandError(`terminal ${terminal} of the ledger is not in fleet file ${fleet}`);
    }
    return lift;
  });
}
