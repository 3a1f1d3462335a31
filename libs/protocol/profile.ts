import type { Decoded } from './message.js';

/** When a message came and when it is answered, ms since 1970 UTC. */
export interface AnswerMoment {
  /** The broker had the message. */
  readonly receivedAt: number;
  /** The answer is made. */
  readonly now: number;
}

/** What a terminal waits for after its message. */
export interface TerminalAnswer {
  /** One for which `maySubscribe` holds. */
  readonly topic: string;
  readonly payload: Uint8Array;
}

/**
 * How one maker's terminals speak. A profile is data (topics, field map, code table, clear and clock rules)
 * plus a small codec; one folder each under `profiles/`. Pure: no clock, no I/O. Two profiles may share
 * topics: whose codec reads a message is said by the terminal's registration, never by the topic.
 */
export interface TerminalProfile {
  /** Stable name, e.g. `native-v1`, `jtc340`. */
  readonly name: string;
  /** Maker and model for people. */
  readonly title: string;
  /**
   * MQTT filters that together match every topic for which `mayPublish` holds, unknown names included; no
   * topic matches two different ones of all profiles, or a broker may deliver it twice. Profiles that share
   * topics name the same filter.
   */
  readonly uplinkFilters: readonly string[];
  /**
   * The terminal id that a topic of this profile carries.
   * Null when the topic is not of this profile's shape.
   */
  terminalOf(topic: string): string | null;
  /**
   * True when `terminalId` may publish to `topic`: its own subtree only.
   * An unknown name inside it is allowed; `decode` then says `unknown-topic`.
   */
  mayPublish(terminalId: string, topic: string): boolean;
  /** True when `terminalId` may subscribe to `filter`: its own command or reply topics only, no wildcards. */
  maySubscribe(terminalId: string, filter: string): boolean;
  /**
   * True for the topic of samples, of which the next tells as much: late or left out when a terminal sends
   * far too much.
   */
  isTelemetry(topic: string): boolean;
  /** Never throws. `payload` is at most 64 KiB; larger ones are refused before. */
  decode(topic: string, payload: Uint8Array): Decoded;
  /**
   * The answer the terminal waits for, given when its message is in the journal: read or in quarantine, new
   * or sent again, or it would send it for ever. Null = this message has none; absent = this terminal waits
   * for none, MQTT's acknowledgement is enough. `topic` is one for which `terminalOf` names a terminal. Never
   * throws.
   */
  answer?(topic: string, payload: Uint8Array, moment: AnswerMoment): TerminalAnswer | null;
}
