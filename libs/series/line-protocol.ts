import { crc32 } from 'node:zlib';
import type { FaultPoint, SeriesPoint } from './series.store.js';

export const SAMPLE_MEASUREMENT = 'lift_sample';
export const FAULT_MEASUREMENT = 'lift_fault';
/** Takes the points that ask whether the server takes points at all; never read. */
export const CHECK_MEASUREMENT = 'liftwarden_check';

/** A line, or why the point can be none. */
export type Line =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly reason: string };

/** The greatest millisecond whose last nanosecond is still within InfluxDB's 64 bits: the year 2262. */
const TIME_MAX_MS = 9_223_372_036_853;
const SEQ_MAX = 2 ** 32 - 1;
const LOW_DIGITS = 1_000_000;

/**
 * A sample in line protocol. Tags are `lift` and `district` only, always (InfluxDB 3 freezes the set at the
 * first write); an empty one is left out, as InfluxDB wants. A null is a field that is absent. Every number
 * that a terminal measured or counted is a float, also when it looks whole: a field that changed its type
 * would be refused.
 *
 * The time is `at` in milliseconds and six digits below: `seq` mod 10⁶, or, where a vendor's terminal sends
 * no `seq`, CRC-32 of everything the point holds (terminal and `receivedAt` among it) and of `occurrence`. So
 * a repetition overwrites itself, while A, B, A within a second stay three points; `occurrence` (from 0)
 * tells apart points that are equal in everything.
 */
export function sampleLine(point: SeriesPoint, occurrence = 0): Line {
  try {
    const head = SAMPLE_MEASUREMENT + tag('lift', point.lift) + tag('district', point.district);
    const fields = sampleFields(point);
    const low = point.seq ?? crc32(`${head} ${fields} ${occurrence}`);
    return { ok: true, line: `${head} ${fields} ${timestampNs('at', point.at, low)}` };
  } catch (error) {
    return refusal(error);
  }
}

/**
 * A fault in line protocol, at its start. The six low digits come from its id, so that the line written when
 * it ends replaces the first, while two faults of one lift and kind within a millisecond stay two.
 */
export function faultLine(fault: FaultPoint): Line {
  try {
    const tags = tag('lift', fault.lift) + tag('district', fault.district) + tag('kind', fault.kind);
    const fields = [
      text('id', fault.id),
      text('evidence', fault.evidence),
      text('priority', fault.priority),
      text('state', fault.state),
      integer('raisedAt', Math.round(fault.raisedAt)),
      // An overwrite keeps the fields it does not name; a fault that ended never opens again, so none can be
      // stale.
      integer('clearedAt', fault.clearedAt === null ? null : Math.round(fault.clearedAt)),
      text('reason', fault.reason),
      text('profile', fault.profile),
      text('code', fault.code),
    ].join('');
    const time = timestampNs('raisedAt', fault.raisedAt, lowDigitsOfId(fault.id));
    return { ok: true, line: `${FAULT_MEASUREMENT}${tags} ${fields.slice(1)} ${time}` };
  } catch (error) {
    return refusal(error);
  }
}

/** A point that every healthy server takes; `now` in ms since 1970 UTC. */
export function checkLine(now: number): string {
  return `${CHECK_MEASUREMENT} ok=true ${timestampNs('now', now, 0)}`;
}

/** True when a tag can hold it (see {@link sampleLine}): others are refused, and so never stored. */
export function fitsTag(value: string): boolean {
  return !UNFIT_FOR_TAG.test(value);
}

/**
 * Nanoseconds, built from digits: a Number holds 53 bits, these need 61 (a Number made 5 values of 1,000
 * `seq`). The digits lead away from 1970 on both sides, so that cutting them off gives `ms` again.
 */
function timestampNs(name: string, ms: number, low: number): string {
  const whole = Math.round(ms);
  if (!(Math.abs(whole) <= TIME_MAX_MS)) {
    throw new Unencodable(`${name} is ${ms}; InfluxDB keeps ±${TIME_MAX_MS} ms around 1970`);
  }
  return `${whole}${String(low % LOW_DIGITS).padStart(6, '0')}`;
}

function lowDigitsOfId(id: string): number {
  return /^[0-9a-f]+$/i.test(id) ? Number(BigInt(`0x${id}`) % BigInt(LOW_DIGITS)) : crc32(id);
}

function sampleFields(point: SeriesPoint): string {
  const { sample, seq } = point;
  if (seq !== null && !(Number.isInteger(seq) && seq >= 0 && seq <= SEQ_MAX)) {
    throw new Unencodable(`seq is ${seq}; it must be an integer within 0…${SEQ_MAX}`);
  }
  const fields =
    text('terminal', point.terminal) +
    text('boot', point.boot) +
    integer('seq', seq) +
    integer('receivedAt', Math.round(point.receivedAt)) +
    rawClock(point.terminalAt) +
    flag('clockSuspect', point.clockSuspect) +
    text('mode', sample.mode) +
    text('direction', sample.direction) +
    flag('moving', sample.moving) +
    text('floor', sample.floor) +
    text('doorState', sample.doorState) +
    flag('inDoorZone', sample.inDoorZone) +
    text('doorLock', sample.doorLock) +
    text('safetyLoop', sample.safetyLoop) +
    flag('occupied', sample.occupied) +
    float('speed', sample.speed) +
    float('levelErrorMm', sample.levelErrorMm) +
    float('loadPercent', sample.loadPercent) +
    text('powerState', sample.powerState) +
    float('tripCount', sample.tripCount) +
    float('doorCycleCount', sample.doorCycleCount) +
    float('temperature', sample.temperature) +
    float('vibration', sample.vibration) +
    text('extra', sample.extra === null ? null : JSON.stringify(sample.extra));
  return fields.slice(1);
}

/**
 * The terminal's clock as sent. Whole milliseconds go to the integer `terminalAt`; anything else a terminal
 * may call a time (a fraction, 10³⁰⁰) goes to the float `terminalAtRaw`, so that no terminal can make a point
 * unstorable.
 */
function rawClock(value: number | null): string {
  return value === null || Number.isSafeInteger(value)
    ? integer('terminalAt', value)
    : float('terminalAtRaw', value);
}

/** Control characters end or break a line, and InfluxDB knows no escape for a backslash in a tag. */
const UNFIT_FOR_TAG = /[\p{Cc}\\]/u;

function tag(name: string, value: string): string {
  if (value === '') return '';
  if (!fitsTag(value)) {
    throw new Unencodable(
      `${name} is ${JSON.stringify(value)}; it may hold no control character or backslash`,
    );
  }
  return `,${name}=${/[ ,=]/.test(value) ? value.replace(/[ ,=]/g, '\\$&') : value}`;
}

function text(name: string, value: string | null): string {
  if (value === null) return '';
  return `,${name}="${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
}

function flag(name: string, value: boolean | null): string {
  return value === null ? '' : `,${name}=${value}`;
}

function float(name: string, value: number | null): string {
  if (value === null) return '';
  if (!Number.isFinite(value)) throw new Unencodable(`${name} is ${value}; it must be a finite number`);
  return `,${name}=${value}`;
}

function integer(name: string, value: number | null): string {
  if (value === null) return '';
  if (!Number.isSafeInteger(value)) throw new Unencodable(`${name} is ${value}; it must be a whole number`);
  return `,${name}=${value}i`;
}

/** Never leaves this file: it becomes the reason. */
class Unencodable extends Error {}

function refusal(error: unknown): Line {
  if (error instanceof Unencodable) return { ok: false, reason: error.message };
  throw error;
}
