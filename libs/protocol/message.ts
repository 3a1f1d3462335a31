import type { FaultKind } from './fault-kinds.js';

/** Service mode of the lift (DOMAIN §3 live fields, by name instead of number). */
export const SERVICE_MODES = [
  'normal',
  'inspection',
  'out-of-service',
  'fire-return',
  'firefighter',
  'emergency-power',
  'earthquake',
  'unknown',
] as const;
export const DIRECTIONS = ['up', 'down', 'none'] as const;
export const DOOR_STATES = ['open', 'opening', 'closing', 'closed', 'unknown'] as const;
export const CONTACT_STATES = ['closed', 'open', 'unknown'] as const;
export const POWER_STATES = ['mains', 'lost', 'unknown'] as const;

export type ServiceMode = (typeof SERVICE_MODES)[number];
export type Direction = (typeof DIRECTIONS)[number];
export type DoorState = (typeof DOOR_STATES)[number];
export type ContactState = (typeof CONTACT_STATES)[number];
export type PowerState = (typeof POWER_STATES)[number];

/**
 * What a message says of its own origin.
 * Every field is null when the payload lacks it, as vendors' payloads do.
 */
export interface Origin {
  /** Random per start of the terminal. */
  readonly boot: string | null;
  /** Counts up by one a message within a boot; unsigned 32 bits. */
  readonly seq: number | null;
  /** Terminal's own id of an event. */
  readonly id: string | null;
  /** Terminal's clock, ms since 1970 UTC, as sent. */
  readonly at: number | null;
  /** Set by the terminal's store-and-forward: the message waited in the terminal. */
  readonly stored: boolean;
}

/** One telemetry reading in our words. Null means "this terminal does not say", never "no". */
export interface LiftSample {
  readonly mode: ServiceMode | null;
  readonly direction: Direction | null;
  readonly moving: boolean | null;
  /** Floor mark as shown in the car; `"-2B"` occurs. */
  readonly floor: string | null;
  readonly doorState: DoorState | null;
  readonly inDoorZone: boolean | null;
  readonly doorLock: ContactState | null;
  readonly safetyLoop: ContactState | null;
  /** A person is in the car: true, false, or null = unknown (invariant 8: never read as no). */
  readonly occupied: boolean | null;
  /** Metres per second, unsigned. */
  readonly speed: number | null;
  /** Car sill above (+) or below (−) the landing sill, millimetres, from controller data only. */
  readonly levelErrorMm: number | null;
  readonly loadPercent: number | null;
  readonly powerState: PowerState | null;
  readonly tripCount: number | null;
  readonly doorCycleCount: number | null;
  /** Degrees Celsius. */
  readonly temperature: number | null;
  /** RMS acceleration, m/s². */
  readonly vibration: number | null;
  /** Fields we do not know, kept as sent. */
  readonly extra: Readonly<Record<string, unknown>> | null;
}

/**
 * A terminal or controller says that a fault began or ended.
 * A vendor's code never travels bare (invariant 4).
 */
export interface FaultReport {
  readonly profile: string;
  /** The code as the vendor writes it, e.g. `Error/1001`; unique within the profile. */
  readonly code: string;
  /** `unknown` when the profile does not list the code: then kept raw and counted. */
  readonly kind: FaultKind;
  readonly state: 'raised' | 'cleared';
  /** Everything else the message said, raw (vendor times that are not used among it). */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/**
 * A code that is no fault: the lift's service mode changed (DOMAIN §4: no fault), or the maker sends "no
 * fault" like one. Raises nothing.
 */
export interface CodeNotice {
  readonly profile: string;
  /** As in `FaultReport`. */
  readonly code: string;
  /** The mode the lift is in from now on; null = the code does not say, and the mode is as it was. */
  readonly mode: ServiceMode | null;
  /** Everything else the message said, raw. */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** The codes active now, sent after a reconnect so that lost clears are repaired. */
export interface ActiveCodes {
  readonly profile: string;
  readonly active: readonly { readonly code: string; readonly kind: FaultKind }[];
}

/**
 * What a terminal counted over a period, as a rule a day. Null means "this terminal does not say". Only what
 * a maker names plainly is here; everything is in `raw`.
 */
export interface RunStatistics {
  /** Beginning of the period, ms since 1970 UTC. */
  readonly periodStart: number;
  /** End of the period, ms since 1970 UTC; after `periodStart`. */
  readonly periodEnd: number | null;
  /** Runs of the car. */
  readonly runs: number | null;
  /** Minutes that the car ran. */
  readonly runMinutes: number | null;
  /** Metres that the car travelled. */
  readonly runMetres: number | null;
  readonly doorCycles: number | null;
  /** The maker's own fields, as sent. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export type DecodedItem =
  | { readonly type: 'sample'; readonly origin: Origin; readonly sample: LiftSample }
  | { readonly type: 'fault-report'; readonly origin: Origin; readonly report: FaultReport }
  | { readonly type: 'notice'; readonly origin: Origin; readonly notice: CodeNotice }
  | { readonly type: 'snapshot'; readonly origin: Origin; readonly snapshot: ActiveCodes }
  | { readonly type: 'status'; readonly origin: Origin; readonly online: boolean }
  | { readonly type: 'statistics'; readonly origin: Origin; readonly statistics: RunStatistics }
  | { readonly type: 'time-request'; readonly origin: Origin };

/** Why a message could not be used. Stored with its bytes in quarantine and counted by this reason. */
export const QUARANTINE_REASONS = [
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
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/** `detail` names the field and value at fault, for a person; at most 500 characters. */
export type Decoded =
  | { readonly ok: true; readonly items: readonly DecodedItem[] }
  | { readonly ok: false; readonly reason: QuarantineReason; readonly detail: string };
