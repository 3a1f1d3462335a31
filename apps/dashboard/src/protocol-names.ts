import type {
  ContactState,
  Direction,
  DoorState,
  PowerState,
  QuarantineReason,
  ServiceMode,
} from '#protocol';

/**
 * The protocol's words, by type only: importing its values would bring the validators of the wire, half a
 * megabyte, into the page. A spec holds each list to the protocol's own.
 */
export const SERVICE_MODE_NAMES = [
  'normal',
  'inspection',
  'out-of-service',
  'fire-return',
  'firefighter',
  'emergency-power',
  'earthquake',
  'unknown',
] as const satisfies readonly ServiceMode[];
export const DIRECTION_NAMES = ['up', 'down', 'none'] as const satisfies readonly Direction[];
export const DOOR_STATE_NAMES = [
  'open',
  'opening',
  'closing',
  'closed',
  'unknown',
] as const satisfies readonly DoorState[];
export const CONTACT_STATE_NAMES = ['closed', 'open', 'unknown'] as const satisfies readonly ContactState[];
export const POWER_STATE_NAMES = ['mains', 'lost', 'unknown'] as const satisfies readonly PowerState[];
export const QUARANTINE_REASON_NAMES = [
  'empty-payload',
  'too-large',
  'not-utf8',
  'malformed-json',
  'invalid-payload',
  'too-many-items',
  'unknown-topic',
  'unknown-terminal',
  'terminal-not-bound',
  'topic-not-allowed',
  'series-refused',
] as const satisfies readonly QuarantineReason[];
