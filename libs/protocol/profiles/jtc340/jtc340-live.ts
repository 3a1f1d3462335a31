import { preview } from '../../failure.js';
import { define } from '../../kept-value.js';
import type { Direction, DoorState, LiftSample } from '../../message.js';

type Fields = Readonly<Record<string, unknown>>;

/** Live fields this codec reads. Each may be a number or the same number as a string. */
const NUMBER_FIELDS = ['DoorState', 'PersonState', 'RunDirection', 'RunState', 'Speed'] as const;
const FLOOR_FIELD = 'CurrentFloor';
const KNOWN: ReadonlySet<string> = new Set([...NUMBER_FIELDS, FLOOR_FIELD]);
/** Same bound as the native protocol's floor. */
const FLOOR = /^[^\p{Cc}\p{Cs}]{0,8}$/u;
/** Metres per second; same bound as the native protocol's speed. */
const SPEED_MAX = 30;

// Assumed meanings, see README.md: the maker publishes none, the capture shows only 1s.
const DOOR: ReadonlyMap<number | null, DoorState> = new Map([
  [0, 'closed'],
  [1, 'open'],
]);
const YES_NO: ReadonlyMap<number | null, boolean> = new Map([
  [0, false],
  [1, true],
]);
const DIRECTION: ReadonlyMap<number | null, Direction> = new Map([
  [0, 'none'],
  [1, 'up'],
  [2, 'down'],
]);

/**
 * `LiveData` → sample. A value outside the assumed meanings is unknown, never guessed, and kept raw in
 * `extra`, as is every field not listed here. A string says which field has a wrong type. `envelope`: fields
 * found around `Value`.
 */
export function liveSample(value: Fields, envelope: Fields): LiftSample | string {
  const wrong = wrongType(value);
  if (wrong !== null) return wrong;
  const door = numberOf(value.DoorState);
  const floor = value[FLOOR_FIELD] == null ? null : String(value[FLOOR_FIELD]);
  const direction = DIRECTION.get(numberOf(value.RunDirection)) ?? null;
  const moving = YES_NO.get(numberOf(value.RunState)) ?? null;
  const occupied = YES_NO.get(numberOf(value.PersonState)) ?? null;
  const doorState = door === null ? null : believedDoor(DOOR.get(door) ?? 'unknown', moving);
  const sent = numberOf(value.Speed);
  const speed = sent !== null && sent >= 0 && sent <= SPEED_MAX ? sent : null;
  const floorMark = floor !== null && FLOOR.test(floor) ? floor : null;
  const read: ReadonlyMap<string, unknown> = new Map<string, unknown>([
    ['DoorState', doorState === 'unknown' ? null : doorState],
    ['PersonState', occupied],
    ['RunDirection', direction],
    ['RunState', moving],
    ['Speed', speed],
    [FLOOR_FIELD, floorMark],
  ]);
  return {
    mode: null,
    direction,
    moving,
    floor: floorMark,
    doorState,
    inDoorZone: null,
    doorLock: null,
    safetyLoop: null,
    occupied,
    speed,
    levelErrorMm: null,
    loadPercent: null,
    powerState: null,
    tripCount: null,
    doorCycleCount: null,
    temperature: null,
    vibration: null,
    extra: extraOf(value, envelope, read),
  };
}

/**
 * The polarity of DoorState is assumed, and the one captured live state is a running car with DoorState 1. A
 * guess must not raise a critical fault on every run: this terminal reports moving with the door open itself
 * (Error/1002).
 */
function believedDoor(door: DoorState, moving: boolean | null): DoorState {
  return door === 'open' && moving === true ? 'unknown' : door;
}

/** What no field of the sample carries: unknown fields, and known ones whose value could not be used. */
function extraOf(value: Fields, envelope: Fields, read: ReadonlyMap<string, unknown>): Fields | null {
  const extra: Record<string, unknown> = {};
  for (const [name, sent] of Object.entries(value)) {
    const unused = sent !== null && (read.get(name) ?? null) === null;
    if (unused || !KNOWN.has(name)) define(extra, name, sent);
  }
  for (const [name, sent] of Object.entries(envelope)) define(extra, name, sent);
  return Object.keys(extra).length === 0 ? null : extra;
}

/** Names the first field that is neither a number, nor a numeric string, nor null, nor absent. */
function wrongType(value: Fields): string | null {
  for (const name of NUMBER_FIELDS) {
    const sent = value[name];
    if (sent == null || typeof sent === 'number') continue;
    if (typeof sent === 'string' && numberOf(sent) !== null) continue;
    return `Params.Value.${name} is ${preview(sent)}; allowed: a number, or one written as a string`;
  }
  const floor = value[FLOOR_FIELD];
  if (floor == null || typeof floor === 'string' || typeof floor === 'number') return null;
  return `Params.Value.${FLOOR_FIELD} is ${preview(floor)}; allowed: a string or a number`;
}

/** A finite number, or one written in digits as a string; null for everything else. */
export function numberOf(sent: unknown): number | null {
  if (typeof sent === 'number') return Number.isFinite(sent) ? sent : null;
  if (typeof sent !== 'string' || !/^\s*[+-]?\d{1,17}(?:\.\d{1,17})?\s*$/.test(sent)) return null;
  return Number(sent);
}
