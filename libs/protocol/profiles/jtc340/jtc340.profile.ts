import { refused } from '../../failure.js';
import type { Decoded } from '../../message.js';
import type { TerminalProfile } from '../../profile.js';
import { TERMINAL_ID_PATTERN } from '../../topics.js';
import { decodeJtc340, isJtc340Event } from './jtc340-codec.js';
import { JTC340_PROFILE_NAME } from './jtc340-codes.js';

const UPLINK = '/device/JTC340/';
const DOWNLINK = '/server/JTC340/';
/** What may follow the terminal's id in a topic it publishes to; bounded, so that no topic has 200 levels. */
const OWN_SUBTREE = /^[^+#/\p{Cc}]{1,64}(?:\/[^+#/\p{Cc}]{1,64}){0,7}\/?$/u;
const EVENT_POST = /^thing\/event\/([A-Za-z0-9_-]{1,64})\/post\/?$/;
const EVENT_REPLY = /^thing\/event\/[A-Za-z0-9_-]{1,64}\/post_reply\/?$/;

/** The terminal and the rest of `{root}{terminal}/{rest}`; null when the topic has another shape. */
function parse(root: string, topic: string): { terminalId: string; rest: string } | null {
  if (!topic.startsWith(root)) return null;
  const slash = topic.indexOf('/', root.length);
  if (slash < 0) return null;
  const terminalId = topic.slice(root.length, slash);
  if (!TERMINAL_ID_PATTERN.test(terminalId)) return null;
  return { terminalId, rest: topic.slice(slash + 1) };
}

/** JTC340 in-car terminal; topics, codes and assumptions in README.md beside this file. */
export const jtc340Profile: TerminalProfile = {
  name: JTC340_PROFILE_NAME,
  title: 'JTC340 in-car terminal',
  // Events come with and without a trailing slash; other names of the subtree are seen and quarantined.
  uplinkFilters: [`${UPLINK}+/#`],

  terminalOf(topic: string): string | null {
    const parsed = parse(UPLINK, topic);
    return parsed !== null && OWN_SUBTREE.test(parsed.rest) ? parsed.terminalId : null;
  },

  mayPublish(terminalId: string, topic: string): boolean {
    return jtc340Profile.terminalOf(topic) === terminalId;
  },

  maySubscribe(terminalId: string, filter: string): boolean {
    const parsed = parse(DOWNLINK, filter);
    return parsed?.terminalId === terminalId && EVENT_REPLY.test(parsed.rest);
  },

  decode(topic: string, payload: Uint8Array): Decoded {
    const name = EVENT_POST.exec(parse(UPLINK, topic)?.rest ?? '')?.[1];
    if (name === undefined || !isJtc340Event(name)) {
      const shape = `${UPLINK}{terminal}/thing/event/{name}/post/`;
      return refused('unknown-topic', `topic ${JSON.stringify(topic)}: not ${shape} with a known name`);
    }
    return decodeJtc340(name, payload);
  },
};
