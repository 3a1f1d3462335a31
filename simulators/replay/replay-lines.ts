import { profileOfTopic } from '#protocol';
import { CommandError } from '../command-line.js';

/** A captured message, ready to be published again. */
export interface ReplayLine {
  /** Line in the file, from 1. */
  readonly n: number;
  readonly topic: string;
  readonly terminalId: string;
  readonly payload: string;
  /** What a person noted about it. */
  readonly meaning: string | null;
  /** When it was captured, ms, if the file says. */
  readonly at: number | null;
}

/**
 * Reads JSON lines `{"topic", "payload", "meaning"?, "at"?}`. A payload that is a text is published as it
 * stands (so malformed JSON can be replayed too), anything else as JSON. Empty lines are skipped.
 */
export function parseReplay(text: string, path: string): readonly ReplayLine[] {
  const lines: ReplayLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line, index + 1);
    if (typeof parsed === 'string') throw new CommandError(`${path}:${index + 1}: ${parsed}`);
    lines.push(parsed);
  }
  if (lines.length === 0) throw new CommandError(`${path}: no message in it`);
  return lines;
}

function parseLine(line: string, n: number): ReplayLine | string {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : error}`;
  }
  if (typeof raw !== 'object' || raw === null || !('topic' in raw) || typeof raw.topic !== 'string') {
    return 'must be an object with a topic';
  }
  const { topic } = raw;
  if (!('payload' in raw)) return 'has no payload';
  const terminalId = profileOfTopic(topic)?.terminalId;
  if (terminalId === undefined) return `topic ${topic}: of no known terminal profile`;
  const payload = typeof raw.payload === 'string' ? raw.payload : JSON.stringify(raw.payload);
  const meaning = 'meaning' in raw && typeof raw.meaning === 'string' ? raw.meaning : null;
  const at = 'at' in raw && typeof raw.at === 'number' ? raw.at : null;
  return { n, topic, terminalId, payload, meaning, at };
}

/**
 * Puts the registered terminal `as` in place of the captured one, in the topics only; nothing else of the
 * message is touched. The capture must be of one terminal, and the new topic must still be that terminal's.
 */
export function withTerminal(lines: readonly ReplayLine[], as: string): readonly ReplayLine[] {
  const captured = new Set(lines.map((line) => line.terminalId));
  if (captured.size > 1) {
    throw new CommandError(
      `--as ${as}: the file holds ${captured.size} terminals (${[...captured].join(', ')})`,
    );
  }
  return lines.map((line) => {
    const topic = line.topic
      .split('/')
      .map((level) => (level === line.terminalId ? as : level))
      .join('/');
    if (profileOfTopic(topic)?.terminalId !== as) {
      throw new CommandError(`--as ${as}: is not a terminal id that topic ${line.topic} can carry`);
    }
    return { ...line, topic, terminalId: as };
  });
}

/**
 * The level of a topic that says what the message is: `telemetry`, or `ErrorEvent` of a thing model's topic.
 */
export function topicName(topic: string): string {
  const levels = topic.split('/').filter((level) => level !== '');
  const event = levels.lastIndexOf('event');
  return (event >= 0 ? levels[event + 1] : undefined) ?? levels.at(-1) ?? topic;
}

/**
 * Milliseconds to wait before `line`: the captured gap if both lines have a time, else a second; over
 * `speed`.
 */
export function gapMs(previous: ReplayLine | null, line: ReplayLine, speed: number): number {
  if (previous === null || speed === Number.POSITIVE_INFINITY) return 0;
  const captured = line.at !== null && previous.at !== null ? Math.max(0, line.at - previous.at) : 1000;
  return captured / speed;
}
