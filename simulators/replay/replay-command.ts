import { readFile } from 'node:fs/promises';
import {
  type Command,
  CommandError,
  type OptionSpec,
  type OptionValues,
  optional,
  parseOptions,
  required,
  UsageError,
  urlOption,
} from '../command-line.js';
import { type FleetTerminal, readFleet } from '../fleet/fleet-file.js';
import { untilInterrupted } from '../progress.js';
import { replyTopicOf } from './carried.js';
import { EffectWatch } from './effect-watch.js';
import { PlatformReader } from './platform-reader.js';
import { ReplayConnection } from './replay-connection.js';
import { parseReplay, type ReplayLine, withTerminal } from './replay-lines.js';
import { type ReplayTerminal, replay } from './replay-run.js';

const URL_DEFAULT = 'mqtt://localhost:1883';

const USAGE = `replay FILE.jsonl --fleet FILE [options]
  Publishes captured messages by their own topics, in order, each after the last was acknowledged and
  answered, and prints what the platform made of each. The last line sums it up.
  --url URL         the broker (default ${URL_DEFAULT})
  --as TERMINAL     this registered terminal in place of the captured one
  --speed N|max     N times as fast as captured (default 1), or N messages a second where the file has no
                    times; max = without pauses
  --api URL         the platform, e.g. http://localhost:3000: says of each message the effect it had
  --key K           a key that sees the lift, an admin's or tester's to see the quarantine too; or the
                    variable LIFTWARDEN_KEY
  Exit 1 when a message was refused, or not answered that should have been.`;

const OPTIONS: OptionSpec = {
  fleet: { type: 'string' },
  url: { type: 'string' },
  as: { type: 'string' },
  speed: { type: 'string' },
  api: { type: 'string' },
  key: { type: 'string' },
};

export const replayCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values, words } = parseOptions(args, OPTIONS, ['FILE.jsonl']);
    const [path = ''] = words;
    const url = urlOption({ url: URL_DEFAULT, ...values }, 'url', ['mqtt:', 'mqtts:']);
    const speed = speedOption(values);
    const reader = readerOption(values);
    const fleetPath = required(values, 'fleet');
    const as = optional(values, 'as');
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw new CommandError(`${path}: ${error.message}`);
    });
    const captured = parseReplay(text, path);
    const lines = as === undefined ? captured : withTerminal(captured, as);
    const terminals = terminalsFor(lines, await readFleet(fleetPath), fleetPath, { url, reader });
    const interrupted = untilInterrupted();
    try {
      return await replay(lines, terminals, speed, interrupted.signal);
    } finally {
      interrupted.release();
      await Promise.all([...terminals.values()].map(({ connection }) => connection.close()));
    }
  },
};

function speedOption(values: OptionValues): number {
  const text = optional(values, 'speed') ?? '1';
  const speed = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  if (text.trim() === '' || !(speed > 0))
    throw new UsageError(`--speed ${text}: must be a number above 0, or max`);
  return speed;
}

/** Null when no API is named: then only acknowledgements and answers are told. */
function readerOption(values: OptionValues): PlatformReader | null {
  if (values.api === undefined) {
    if (values.key !== undefined) throw new UsageError('--key is of no use without --api URL');
    return null;
  }
  const api = urlOption(values, 'api', ['http:', 'https:']);
  const key = optional(values, 'key') ?? process.env.LIFTWARDEN_KEY ?? '';
  if (key === '') throw new UsageError('--key is missing, and LIFTWARDEN_KEY is not set');
  return new PlatformReader(api, key);
}

/**
 * What is needed of each terminal of the capture; one that the fleet file lacks is named before anything is
 * sent.
 */
function terminalsFor(
  lines: readonly ReplayLine[],
  fleet: readonly FleetTerminal[],
  fleetPath: string,
  { url, reader }: { readonly url: string; readonly reader: PlatformReader | null },
): ReadonlyMap<string, ReplayTerminal> {
  const known = new Map(fleet.map((terminal) => [terminal.id, terminal]));
  const terminals = new Map<string, ReplayTerminal>();
  for (const id of new Set(lines.map(({ terminalId }) => terminalId))) {
    const registered = known.get(id);
    if (registered === undefined) {
      throw new CommandError(`terminal ${id} is not in fleet file ${fleetPath}; use --as TERMINAL`);
    }
    const { profile, lift, secret } = registered;
    const own = lines.filter(({ terminalId }) => terminalId === id);
    const topics = new Set(own.flatMap((line) => replyTopicOf(line, profile) ?? []));
    terminals.set(id, {
      profile,
      connection: new ReplayConnection(url, id, secret, [...topics]),
      watch: reader === null ? null : new EffectWatch(reader, { terminal: id, lift }),
    });
  }
  return terminals;
}
