import { refused } from '../failure.js';
import type { Decoded } from '../message.js';
import type { TerminalProfile } from '../profile.js';
import { nativeTopic, parseNativeTopic } from '../topics.js';
import {
  decodeEvent,
  decodeSnapshot,
  decodeStatus,
  decodeTelemetry,
  NATIVE_PROFILE_NAME,
} from './decode-native.js';

/** Liftwarden's own protocol (DESIGN §5); described with examples in libs/protocol/README.md. */
export const nativeProfile: TerminalProfile = {
  name: NATIVE_PROFILE_NAME,
  title: 'Liftwarden native protocol v1',
  uplinkFilters: ['lift/v1/+/+'],

  terminalOf(topic: string): string | null {
    return parseNativeTopic(topic)?.terminalId ?? null;
  },

  mayPublish(terminalId: string, topic: string): boolean {
    const parsed = parseNativeTopic(topic);
    return parsed !== null && parsed.terminalId === terminalId && parsed.isUplink;
  },

  maySubscribe(terminalId: string, filter: string): boolean {
    return (
      parseNativeTopic(filter)?.terminalId === terminalId && filter === nativeTopic(terminalId, 'command')
    );
  },

  isTelemetry(topic: string): boolean {
    return parseNativeTopic(topic)?.name === 'telemetry';
  },

  decode(topic: string, payload: Uint8Array): Decoded {
    switch (parseNativeTopic(topic)?.name) {
      case 'telemetry':
        return decodeTelemetry(payload);
      case 'event':
        return decodeEvent(payload);
      case 'snapshot':
        return decodeSnapshot(payload);
      case 'status':
        return decodeStatus(payload);
      // The answer to a command is for whoever sent the command; the lift's state does not rest on it.
      case 'reply':
        return { ok: true, items: [] };
      default: {
        const allowed = 'telemetry, event, snapshot, status, reply';
        return refused(
          'unknown-topic',
          `topic ${JSON.stringify(topic)}: the last level must be one of ${allowed}`,
        );
      }
    }
  },
};
