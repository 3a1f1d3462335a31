import { refused } from '../../failure.js';
import type { Decoded } from '../../message.js';
import type { AnswerMoment, TerminalAnswer, TerminalProfile } from '../../profile.js';
import { TERMINAL_ID_PATTERN } from '../../topics.js';
import { answerPayload } from './jtc340-answers.js';
import { decodeJtc340, isJtc340Event } from './jtc340-codec.js';
import { JTC340_PROFILE_NAME } from './jtc340-codes.js';

/** `/device/{model}/{terminal}/…` from the terminal, `/server/{model}/{terminal}/…` to it. */
const UPLINK = 'device';
const DOWNLINK = 'server';
/** Sister models speak the same protocol under their own names. */
const MODEL = /^[A-Za-z0-9_-]{1,32}$/;
/** What may follow the terminal's id in a topic it publishes to; bounded, so that no topic has 200 levels. */
const OWN_SUBTREE = /^[^+#/\p{Cc}]{1,64}(?:\/[^+#/\p{Cc}]{1,64}){0,7}\/?$/u;
const EVENT_POST = /^thing\/event\/([A-Za-z0-9_-]{1,64})\/post(\/?)$/;
const EVENT_REPLY = /^thing\/event\/[A-Za-z0-9_-]{1,64}\/post_reply\/?$/;

interface Parts {
  readonly model: string;
  readonly terminalId: string;
  readonly rest: string;
}

/** The parts of `/{root}/{model}/{terminal}/{rest}`; null when the topic has another shape. */
function parse(root: string, topic: string): Parts | null {
  const prefix = `/${root}/`;
  if (!topic.startsWith(prefix)) return null;
  const afterModel = topic.indexOf('/', prefix.length);
  const afterTerminal = topic.indexOf('/', afterModel + 1);
  if (afterModel < 0 || afterTerminal < 0) return null;
  const model = topic.slice(prefix.length, afterModel);
  const terminalId = topic.slice(afterModel + 1, afterTerminal);
  if (!MODEL.test(model) || !TERMINAL_ID_PATTERN.test(terminalId)) return null;
  return { model, terminalId, rest: topic.slice(afterTerminal + 1) };
}

/** JTC340 in-car terminal and its sister models; topics, codes and assumptions in README.md. */
export const jtc340Profile: TerminalProfile = {
  name: JTC340_PROFILE_NAME,
  title: 'JTC340 in-car terminal and sister models',
  // Events come with and without a trailing slash; other names of the subtree are seen and quarantined.
  uplinkFilters: [`/${UPLINK}/+/+/#`],

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

  isTelemetry(topic: string): boolean {
    return EVENT_POST.exec(parse(UPLINK, topic)?.rest ?? '')?.[1] === 'LiveData';
  },

  decode(topic: string, payload: Uint8Array): Decoded {
    const name = EVENT_POST.exec(parse(UPLINK, topic)?.rest ?? '')?.[1];
    if (name === undefined || !isJtc340Event(name)) {
      const shape = `/${UPLINK}/{model}/{terminal}/thing/event/{name}/post/`;
      return refused('unknown-topic', `topic ${JSON.stringify(topic)}: not ${shape} with a known name`);
    }
    return decodeJtc340(name, payload);
  },

  /** On the topic the post names, with a last slash if the post had one: the terminal subscribed to that. */
  answer(topic: string, payload: Uint8Array, moment: AnswerMoment): TerminalAnswer | null {
    const parsed = parse(UPLINK, topic);
    const post = parsed === null ? null : EVENT_POST.exec(parsed.rest);
    if (parsed === null || post === null) return null;
    const [, name = '', slash = ''] = post;
    const { model, terminalId } = parsed;
    return {
      topic: `/${DOWNLINK}/${model}/${terminalId}/thing/event/${name}/post_reply${slash}`,
      payload: answerPayload(name, payload, moment),
    };
  },
};
