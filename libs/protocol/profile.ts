import type { Decoded } from './message.js';

/**
 * How one maker's terminals speak. A profile is data (topics, code table) plus a small codec; one folder each
 * under `profiles/`. Pure: no clock, no I/O.
 */
export interface TerminalProfile {
  /** Stable name, e.g. `native-v1`, `jtc340`. */
  readonly name: string;
  /** Maker and model for people. */
  readonly title: string;
  /**
   * MQTT filters that together match every topic for which `mayPublish` holds, unknown names included; no
   * topic matches two of them, or a broker may deliver it twice.
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
  /** Never throws. `payload` is at most 64 KiB; larger ones are refused before. */
  decode(topic: string, payload: Uint8Array): Decoded;
}
