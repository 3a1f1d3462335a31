import type { ConnectPacket } from 'aedes';
import { nativeTopic, TERMINAL_ID_PATTERN } from '#protocol';
import type { ConnectRefusal, TerminalAccess } from './terminal-access.js';

/** Refusals of the access port, and those the broker decides alone. */
export type ConnectionRefusal =
  | ConnectRefusal
  | 'unsupported-protocol'
  | 'authentication-timeout'
  | 'too-many-connections'
  | 'stopping';

/** A will is a status message: some hundred bytes. */
export const WILL_MAX_BYTES = 4 * 1024;
/** Retained status messages live in memory, one a terminal; a larger one is taken and not retained. */
export const RETAINED_MAX_BYTES = 4 * 1024;
/** aedes' matcher throws beyond this, and aedes refuses it first. */
const TOPIC_LEVELS_MAX = 100;
const NUL = 0;
const HASH = 35;
const PLUS = 43;
const SLASH = 47;

/** Refusals that are answered with a CONNACK of ours: the others meet a closed door, or aedes' own answer. */
export type AnsweredRefusal = ConnectRefusal | 'stopping';

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
export type ConnackCode = 2 | 3 | 4 | 5;

/**
 * The CONNACK code of a refusal. An unknown terminal and a wrong secret look the same from outside, so that
 * nobody can search for valid ids.
 */
export function connackCode(refusal: AnsweredRefusal): ConnackCode {
  switch (refusal) {
    case 'invalid-client-id':
    case 'client-id-differs':
      return 2;
    case 'directory-unavailable':
    case 'stopping':
      return 3;
    case 'unknown-terminal':
    case 'wrong-secret':
    case 'revoked':
    case 'no-credentials':
      return 4;
    case 'will-not-allowed':
      return 5;
  }
}

/**
 * Who says to be whom: client id = username = terminal id, with a secret. No anonymous connection in any
 * mode. `null` = go on to the secret.
 */
export function judgeIdentity(packet: ConnectPacket): ConnectRefusal | null {
  if (!TERMINAL_ID_PATTERN.test(packet.clientId)) return 'invalid-client-id';
  if (!packet.username || !packet.password || packet.password.length === 0) return 'no-credentials';
  if (packet.username !== packet.clientId) return 'client-id-differs';
  return null;
}

/**
 * A will is a message sent later: judged at CONNECT, so that a bad one is refused while someone listens
 * (PITFALL 20d).
 */
export function judgeWill(packet: ConnectPacket, access: TerminalAccess): ConnectRefusal | null {
  const { will } = packet;
  if (!will) return null;
  const allowed =
    isTopicName(will.topic) &&
    Buffer.byteLength(will.payload) <= WILL_MAX_BYTES &&
    mayPublish(access, packet.clientId, will.topic);
  return allowed ? null : 'will-not-allowed';
}

/**
 * What MQTT 3.1.1 §4.7 lets a PUBLISH or a will carry as a topic. A NUL would also poison every SQL text
 * column.
 */
export function isTopicName(topic: string): boolean {
  let levels = 1;
  for (let at = 0; at < topic.length; at += 1) {
    const code = topic.charCodeAt(at);
    if (code === SLASH) levels += 1;
    else if (code === HASH || code === PLUS || code === NUL) return false;
  }
  return topic.length > 0 && levels <= TOPIC_LEVELS_MAX;
}

/** `$SYS` and every other `$` topic is the broker's own. A right that cannot be checked is not given. */
export function mayPublish(access: TerminalAccess, terminalId: string, topic: string): boolean {
  if (topic.startsWith('$')) return false;
  try {
    return access.mayPublish(terminalId, topic);
  } catch {
    return false;
  }
}

/**
 * No wildcards and no `$` filter whoever asks: `$SYS/#` leaks client ids and a `$share` filter would be
 * granted by aedes and deliver nothing (PITFALLS 17, 20c).
 */
export function maySubscribe(access: TerminalAccess, terminalId: string, filter: string): boolean {
  if (filter.startsWith('$') || !isTopicName(filter)) return false;
  try {
    return access.maySubscribe(terminalId, filter);
  } catch {
    return false;
  }
}

/**
 * Only a terminal's own small status is retained: one message a terminal, so the store of them is bounded.
 */
export function mayRetain(terminalId: string, topic: string, payloadBytes: number): boolean {
  return payloadBytes <= RETAINED_MAX_BYTES && topic === nativeTopic(terminalId, 'status');
}
