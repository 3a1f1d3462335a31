import type { ContactState, Direction, DoorState, PowerState, ServiceMode } from '#protocol';
import type { Json } from '../http.js';
import {
  CONTACT_STATE_NAMES,
  DIRECTION_NAMES,
  DOOR_STATE_NAMES,
  POWER_STATE_NAMES,
  SERVICE_MODE_NAMES,
} from '../protocol-names.js';
import { flag, moment, number, oneOf, record, text } from '../read-json.js';

/** A lift as `/api/v1/lifts` sends it. */
export interface LiftView {
  readonly code: string;
  readonly rescueCode: string | null;
  readonly district: string;
  readonly address: string;
  readonly site: string | null;
  readonly firm: string | null;
  readonly createdAtMs: number | null;
  readonly terminal: {
    readonly id: string;
    readonly profile: string;
    readonly boundAtMs: number | null;
  } | null;
}

/** The newest reading. Null: the terminal does not say, which never means "no". */
export interface LiveReading {
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly clockSuspect: boolean;
  readonly mode: ServiceMode | null;
  readonly direction: Direction | null;
  readonly moving: boolean | null;
  readonly floor: string | null;
  readonly doorState: DoorState | null;
  readonly inDoorZone: boolean | null;
  readonly doorLock: ContactState | null;
  readonly safetyLoop: ContactState | null;
  readonly occupied: boolean | null;
  readonly speed: number | null;
  readonly levelErrorMm: number | null;
  readonly loadPercent: number | null;
  readonly powerState: PowerState | null;
}

export interface LiftNow {
  readonly lift: LiftView;
  /** Null before the first reading. */
  readonly live: LiveReading | null;
  /** False when the series store did not answer. */
  readonly liveAvailable: boolean;
}

/** Null when it lacks its code: everything else can be shown as missing. */
export function readLift(value: unknown): LiftView | null {
  const raw = record(value);
  const code = text(raw?.registrationCode);
  if (raw === null || code === null) return null;
  const terminal = record(raw.terminal);
  const id = text(terminal?.id);
  return {
    code,
    rescueCode: text(raw.rescueCode),
    district: text(raw.district) ?? '',
    address: text(raw.address) ?? '',
    site: text(raw.site),
    firm: text(raw.firm),
    createdAtMs: moment(raw.createdAt),
    terminal:
      terminal === null || id === null
        ? null
        : { id, profile: text(terminal.profile) ?? '', boundAtMs: moment(terminal.boundAt) },
  };
}

export function readLiftNow(value: unknown): LiftNow | null {
  const lift = readLift(value);
  const raw = record(value);
  if (lift === null || raw === null) return null;
  const live = record(raw.live);
  return { lift, live: live === null ? null : readLive(live), liveAvailable: raw.liveAvailable !== false };
}

function readLive(raw: Json): LiveReading | null {
  const atMs = moment(raw.at);
  if (atMs === null) return null;
  return {
    atMs,
    receivedAtMs: moment(raw.receivedAt) ?? atMs,
    clockSuspect: raw.clockSuspect === true,
    mode: oneOf(SERVICE_MODE_NAMES, raw.mode),
    direction: oneOf(DIRECTION_NAMES, raw.direction),
    moving: flag(raw.moving),
    floor: text(raw.floor),
    doorState: oneOf(DOOR_STATE_NAMES, raw.doorState),
    inDoorZone: flag(raw.inDoorZone),
    doorLock: oneOf(CONTACT_STATE_NAMES, raw.doorLock),
    safetyLoop: oneOf(CONTACT_STATE_NAMES, raw.safetyLoop),
    occupied: flag(raw.occupied),
    speed: number(raw.speed),
    levelErrorMm: number(raw.levelErrorMm),
    loadPercent: number(raw.loadPercent),
    powerState: oneOf(POWER_STATE_NAMES, raw.powerState),
  };
}
