import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { readFleet } from '../fleet/fleet-file.js';
import { untilInterrupted } from '../progress.js';
import { ReplayConnection } from './replay-connection.js';
import { gapMs, parseReplay, type ReplayLine, topicName, withTerminal } from './replay-lines.js';

const USAGE = `replay FILE.jsonl --fleet FILE --url mqtt://host:port [options]
  Publishes captured messages by their own topics, in order, each after the last was acknowledged.
  --as TERMINAL     this registered terminal in place of the captured one
  --speed N|max     N times as fast as captured, or N messages a second where the file has no times
                    (default max)
  Exit 1 when a message was refused.`;

const OPTIONS: OptionSpec = {
  fleet: { type: 'string' },
  url: { type: 'string' },
  as: { type: 'string' },
  speed: { type: 'string' },
};

export const replayCommand: Command = {
  usage: USAGE,
  async run(args) {
    const { values, words } = parseOptions(args, OPTIONS, ['FILE.jsonl']);
    const [path = ''] = words;
    const url = urlOption(values, 'url', ['mqtt:', 'mqtts:']);
    const speed = speedOption(values);
    const fleetPath = required(values, 'fleet');
    const as = optional(values, 'as');
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw new CommandError(`${path}: ${error.message}`);
    });
    const captured = parseReplay(text, path);
    const lines = as === undefined ? captured : withTerminal(captured, as);
    const connections = await connectionsFor(lines, fleetPath, url);
    const interrupted = untilInterrupted();
    try {
      return await replay(lines, connections, speed, interrupted.signal);
    } finally {
      interrupted.release();
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    }
  },
};

function speedOption(values: OptionValues): number {
  const text = optional(values, 'speed') ?? 'max';
  const speed = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  if (text.trim() === '' || !(speed > 0))
    throw new UsageError(`--speed ${text}: must be a number above 0, or max`);
  return speed;
}

/**
 * A connection for each terminal of the capture; one that the fleet file lacks is named before anything is
 * sent.
 */
async function connectionsFor(
  lines: readonly ReplayLine[],
  fleetPath: string,
  url: string,
): Promise<ReadonlyMap<string, ReplayConnection>> {
  const secrets = new Map((await readFleet(fleetPath)).map((terminal) => [terminal.id, terminal.secret]));
  const connections = new Map<string, ReplayConnection>();
  for (const { terminalId } of lines) {
    const secret = secrets.get(terminalId);
    if (secret === undefined) {
      throw new CommandError(`terminal ${terminalId} is not in fleet file ${fleetPath}; use --as TERMINAL`);
    }
    if (!connections.has(terminalId)) {
      connections.set(terminalId, new ReplayConnection(url, terminalId, secret));
    }
  }
  return connections;
}

/** Publishes in order and prints one line a message. Answers the exit code. */
async function replay(
  lines: readonly ReplayLine[],
  connections: ReadonlyMap<string, ReplayConnection>,
  speed: number,
  signal: AbortSignal,
): Promise<number> {
  let acknowledged = 0;
  let refused = 0;
  let previous: ReplayLine | null = null;
  for (const line of lines) {
    const waitMs = gapMs(previous, line, speed);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const outcome = await connections.get(line.terminalId)?.publish(line.topic, line.payload);
    previous = line;
    if (outcome?.ok) acknowledged++;
    else refused++;
    const verdict = outcome?.ok ? 'acknowledged' : `refused: ${outcome?.why}`;
    console.log(`${line.n} ${topicName(line.topic)} ${line.meaning ?? '-'} ${verdict}`);
  }
  const unsent = lines.length - acknowledged - refused;
  console.log(
    `${lines.length} messages: ${acknowledged} acknowledged, ${refused} refused` +
      (unsent > 0 ? `, ${unsent} not sent` : ''),
  );
  return refused > 0 || unsent > 0 ? 1 : 0;
}
