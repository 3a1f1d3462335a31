/**
 * The native topic catalogue (DESIGN §5): one typed place that knows how a topic is spelled. Terminal ids are
 * 1–64 characters of `A–Z a–z 0–9 . _ -`, so that an id can never be a wildcard, a level or a `$` topic.
 */
export const TERMINAL_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Names a terminal publishes to. */
export const NATIVE_UPLINKS = ['telemetry', 'event', 'snapshot', 'status', 'reply'] as const;
/** Names the platform publishes to. */
export const NATIVE_DOWNLINKS = ['command'] as const;

export type NativeUplink = (typeof NATIVE_UPLINKS)[number];
export type NativeDownlink = (typeof NATIVE_DOWNLINKS)[number];

const NATIVE_ROOT = 'lift/v1/';

/** `lift/v1/{terminalId}/{name}`. */
export function nativeTopic(terminalId: string, name: NativeUplink | NativeDownlink): string {
  return `lift/v1/${terminalId}/${name}`;
}

/** Topics parsed lately: a terminal names the same few again and again, and each is looked at five times. */
const PARSED_MAX = 20_000;
/** Longer ones are nobody's, and would make the bound above one of gigabytes. */
const PARSED_LENGTH_MAX = 128;
const parsedTopics = new Map<string, NativeTopicParts>();

/** A last level that can be published: no wildcard, no control character, bounded. */
const UPLINK_NAME = /^[^+#/\p{Cc}]{1,64}$/u;
const DOWNLINKS: ReadonlySet<string> = new Set(NATIVE_DOWNLINKS);

interface NativeTopicParts {
  readonly terminalId: string;
  readonly name: string;
  /**
   * Its terminal may publish to it. Not to its own `command`: what reads as the platform's order to a
   * terminal comes from the platform only.
   */
  readonly isUplink: boolean;
}

/** The parts of a native topic, or null when it has another shape. `name` may be one we do not know. */
export function parseNativeTopic(topic: string): NativeTopicParts | null {
  const known = parsedTopics.get(topic);
  if (known !== undefined) return known;
  if (!topic.startsWith(NATIVE_ROOT)) return null;
  const end = topic.indexOf('/', NATIVE_ROOT.length);
  if (end < 0 || end === topic.length - 1 || topic.includes('/', end + 1)) return null;
  const terminalId = topic.slice(NATIVE_ROOT.length, end);
  if (!TERMINAL_ID_PATTERN.test(terminalId)) return null;
  const name = topic.slice(end + 1);
  const parts = { terminalId, name, isUplink: UPLINK_NAME.test(name) && !DOWNLINKS.has(name) };
  if (topic.length > PARSED_LENGTH_MAX) return parts;
  if (parsedTopics.size >= PARSED_MAX) parsedTopics.clear();
  parsedTopics.set(topic, parts);
  return parts;
}
