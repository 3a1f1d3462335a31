import {
  CONTACT_STATES,
  DIRECTIONS,
  DOOR_STATES,
  type LiftSample,
  POWER_STATES,
  SERVICE_MODES,
} from '#protocol';
import type { InfluxRow } from './influxql.js';
import type { SeriesPoint } from './series.store.js';

/**
 * A row of `lift_sample`, tags and fields, back to a point. `time` is in milliseconds (`epoch=ms`) or RFC
 * 3339.
 */
export function pointFromInflux(row: InfluxRow): SeriesPoint {
  return {
    lift: text(row.lift) ?? '',
    district: text(row.district) ?? '',
    terminal: text(row.terminal) ?? '',
    boot: text(row.boot),
    seq: number(row.seq),
    at: milliseconds(row.time),
    terminalAt: number(row.terminalAt) ?? number(row.terminalAtRaw),
    receivedAt: number(row.receivedAt) ?? 0,
    clockSuspect: flag(row.clockSuspect) ?? false,
    sample: sampleFromInflux(row),
  };
}

function sampleFromInflux(row: InfluxRow): LiftSample {
  return {
    mode: word(SERVICE_MODES, row.mode),
    direction: word(DIRECTIONS, row.direction),
    moving: flag(row.moving),
    floor: text(row.floor),
    doorState: word(DOOR_STATES, row.doorState),
    inDoorZone: flag(row.inDoorZone),
    doorLock: word(CONTACT_STATES, row.doorLock),
    safetyLoop: word(CONTACT_STATES, row.safetyLoop),
    occupied: flag(row.occupied),
    speed: number(row.speed),
    levelErrorMm: number(row.levelErrorMm),
    loadPercent: number(row.loadPercent),
    powerState: word(POWER_STATES, row.powerState),
    tripCount: number(row.tripCount),
    doorCycleCount: number(row.doorCycleCount),
    temperature: number(row.temperature),
    vibration: number(row.vibration),
    extra: extraFrom(row.extra),
  };
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** A word that this version does not have reads as "does not say". */
function word<W extends string>(words: readonly W[], value: unknown): W | null {
  return words.find((known) => known === value) ?? null;
}

/** Of a row's `time`. */
export function milliseconds(time: unknown): number {
  if (typeof time === 'number') return time;
  return typeof time === 'string' ? Date.parse(time) : Number.NaN;
}

function extraFrom(value: unknown): LiftSample['extra'] {
  return typeof value === 'string' ? (JSON.parse(value) as Readonly<Record<string, unknown>>) : null;
}
