import type { DuckDBValue } from '@duckdb/node-api';
import {
  CONTACT_STATES,
  DIRECTIONS,
  DOOR_STATES,
  type LiftSample,
  POWER_STATES,
  SERVICE_MODES,
} from '#protocol';
import type { SeriesPoint } from './series.store.js';

/** A column of `lift_sample`: how a point's field becomes a value of the store. */
export type SampleColumn = { readonly name: string } & (
  | { readonly type: 'VARCHAR'; readonly value: (point: SeriesPoint) => string | null }
  | { readonly type: 'BOOLEAN'; readonly value: (point: SeriesPoint) => boolean | null }
  /** They throw RangeError, naming the column and the value, when the value does not fit. */
  | { readonly type: 'UINTEGER' | 'BIGINT' | 'DOUBLE'; readonly value: (point: SeriesPoint) => number | null }
);

const SEQ_MAX = 2 ** 32 - 1;

/**
 * Every field of a point, in the order of the table. Numbers that a terminal sent are DOUBLE, counts and its
 * raw clock among them: a DOUBLE holds whatever JSON held, so that no terminal can send a value that stops
 * the writer.
 */
export const SAMPLE_COLUMNS: readonly SampleColumn[] = [
  { name: 'lift', type: 'VARCHAR', value: (point) => point.lift },
  { name: 'district', type: 'VARCHAR', value: (point) => point.district },
  { name: 'terminal', type: 'VARCHAR', value: (point) => point.terminal },
  { name: 'boot', type: 'VARCHAR', value: (point) => point.boot },
  { name: 'seq', type: 'UINTEGER', value: (point) => seqValue(point.seq) },
  { name: 'at_ms', type: 'BIGINT', value: (point) => milliseconds('at_ms', point.at) },
  { name: 'terminal_at_ms', type: 'DOUBLE', value: (point) => point.terminalAt },
  {
    name: 'received_at_ms',
    type: 'BIGINT',
    value: (point) => milliseconds('received_at_ms', point.receivedAt),
  },
  { name: 'clock_suspect', type: 'BOOLEAN', value: (point) => point.clockSuspect },
  { name: 'mode', type: 'VARCHAR', value: ({ sample }) => sample.mode },
  { name: 'direction', type: 'VARCHAR', value: ({ sample }) => sample.direction },
  { name: 'moving', type: 'BOOLEAN', value: ({ sample }) => sample.moving },
  { name: 'floor', type: 'VARCHAR', value: ({ sample }) => sample.floor },
  { name: 'door_state', type: 'VARCHAR', value: ({ sample }) => sample.doorState },
  { name: 'in_door_zone', type: 'BOOLEAN', value: ({ sample }) => sample.inDoorZone },
  { name: 'door_lock', type: 'VARCHAR', value: ({ sample }) => sample.doorLock },
  { name: 'safety_loop', type: 'VARCHAR', value: ({ sample }) => sample.safetyLoop },
  { name: 'occupied', type: 'BOOLEAN', value: ({ sample }) => sample.occupied },
  { name: 'speed', type: 'DOUBLE', value: ({ sample }) => sample.speed },
  { name: 'level_error_mm', type: 'DOUBLE', value: ({ sample }) => sample.levelErrorMm },
  { name: 'load_percent', type: 'DOUBLE', value: ({ sample }) => sample.loadPercent },
  { name: 'power_state', type: 'VARCHAR', value: ({ sample }) => sample.powerState },
  { name: 'trip_count', type: 'DOUBLE', value: ({ sample }) => sample.tripCount },
  { name: 'door_cycle_count', type: 'DOUBLE', value: ({ sample }) => sample.doorCycleCount },
  { name: 'temperature', type: 'DOUBLE', value: ({ sample }) => sample.temperature },
  { name: 'vibration', type: 'DOUBLE', value: ({ sample }) => sample.vibration },
  { name: 'extra', type: 'VARCHAR', value: ({ sample }) => extraText(sample.extra) },
];

/** Column of a field of a sample: `doorState` → `door_state`. */
export function columnOf(field: keyof LiftSample): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Row of `lift_sample` by column name, as the driver answers it, back to a point. */
export function pointFromRow(row: Readonly<Record<string, DuckDBValue>>): SeriesPoint {
  return {
    lift: text(row.lift) ?? '',
    district: text(row.district) ?? '',
    terminal: text(row.terminal) ?? '',
    boot: text(row.boot),
    seq: numeric(row.seq),
    at: numeric(row.at_ms) ?? 0,
    terminalAt: numeric(row.terminal_at_ms),
    receivedAt: numeric(row.received_at_ms) ?? 0,
    clockSuspect: flag(row.clock_suspect) ?? false,
    sample: sampleFromRow(row),
  };
}

function sampleFromRow(row: Readonly<Record<string, DuckDBValue>>): LiftSample {
  return {
    mode: word(SERVICE_MODES, row.mode),
    direction: word(DIRECTIONS, row.direction),
    moving: flag(row.moving),
    floor: text(row.floor),
    doorState: word(DOOR_STATES, row.door_state),
    inDoorZone: flag(row.in_door_zone),
    doorLock: word(CONTACT_STATES, row.door_lock),
    safetyLoop: word(CONTACT_STATES, row.safety_loop),
    occupied: flag(row.occupied),
    speed: numeric(row.speed),
    levelErrorMm: numeric(row.level_error_mm),
    loadPercent: numeric(row.load_percent),
    powerState: word(POWER_STATES, row.power_state),
    tripCount: numeric(row.trip_count),
    doorCycleCount: numeric(row.door_cycle_count),
    temperature: numeric(row.temperature),
    vibration: numeric(row.vibration),
    extra: extraFrom(row.extra),
  };
}

/** Counts and times come as bigint; all of ours are within 2⁵³. */
export function numeric(value: DuckDBValue | undefined): number | null {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : null;
}

export function text(value: DuckDBValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function flag(value: DuckDBValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** A word that this version does not have reads as "does not say". */
function word<W extends string>(words: readonly W[], value: DuckDBValue | undefined): W | null {
  return words.find((known) => known === value) ?? null;
}

function seqValue(seq: number | null): number | null {
  if (seq === null || (Number.isInteger(seq) && seq >= 0 && seq <= SEQ_MAX)) return seq;
  throw new RangeError(`seq is ${seq}; it must be an integer within 0…${SEQ_MAX}.`);
}

function milliseconds(name: string, time: number): number {
  const rounded = Math.round(time);
  if (!Number.isSafeInteger(rounded))
    throw new RangeError(`${name} is ${time}; it must be milliseconds since 1970.`);
  return rounded;
}

function extraText(extra: LiftSample['extra']): string | null {
  return extra === null ? null : JSON.stringify(extra);
}

function extraFrom(value: DuckDBValue | undefined): LiftSample['extra'] {
  const json = text(value);
  return json === null ? null : (JSON.parse(json) as Readonly<Record<string, unknown>>);
}
