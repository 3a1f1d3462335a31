import { crc32 } from 'node:zlib';
import { CONTACT_STATES, DIRECTIONS, DOOR_STATES, POWER_STATES, SERVICE_MODES } from '#protocol';
import { type LineBlock, textRule } from './line-block.js';
import { type FaultPoint, ORDINALS_A_MESSAGE, type SeriesPoint } from './series.store.js';

export const SAMPLE_MEASUREMENT = 'lift_sample';
export const FAULT_MEASUREMENT = 'lift_fault';
/** Takes the points that ask whether the server takes points at all; never read. */
export const CHECK_MEASUREMENT = 'liftwarden_check';

/** The greatest millisecond whose last nanosecond is still within InfluxDB's 64 bits: the year 2262. */
const TIME_MAX_MS = 9_223_372_036_853;
const SEQ_MAX = 2 ** 32 - 1;
/** Of a point's time: `seq` modulo it, in nanoseconds below the millisecond. */
export const LOW_DIGITS = 1_000_000;
const LOW_WIDTH = 6;
/**
 * A message's step in the low digits. Small, so that they grow with the journal and the newest of one
 * millisecond stays the newest, but for a jump back every 125,000 messages; readings of one message above the
 * eighth can meet those of the next messages, if these are of the same lift and millisecond.
 */
const MESSAGE_STEP = 8;

/** Control characters end or break a line, and InfluxDB knows no escape for a backslash in a tag. */
const UNFIT_FOR_TAG = /[\p{Cc}\\]/u;
const CONTROLS = [...Array.from({ length: 0x20 }, (_, code) => code), 0x7f];

const TAG = textRule(' ,=', [...CONTROLS, 0x5c], (value) =>
  fitsTag(value) ? value.replace(/[ ,=]/g, '\\$&') : null,
);
const QUOTED = textRule('"\\', [], (value) => value.replace(/["\\]/g, '\\$&'));

const bytes = (text: string) => Buffer.from(text);
const SAMPLE_HEAD = bytes(SAMPLE_MEASUREMENT);
const FAULT_HEAD = bytes(FAULT_MEASUREMENT);
const SPACE = bytes(' ');
const QUOTE = bytes('"');
const INTEGER_END = bytes('i');

/** A field or tag, and `,name=` as bytes. */
interface Key {
  readonly name: string;
  readonly bytes: Buffer;
}

const keyOf = (name: string): Key => ({ name, bytes: bytes(`,${name}=`) });
const KEYS = {
  lift: keyOf('lift'),
  district: keyOf('district'),
  kind: keyOf('kind'),
  seq: keyOf('seq'),
  receivedAt: keyOf('receivedAt'),
  terminalAt: keyOf('terminalAt'),
  terminalAtRaw: keyOf('terminalAtRaw'),
  speed: keyOf('speed'),
  levelErrorMm: keyOf('levelErrorMm'),
  loadPercent: keyOf('loadPercent'),
  tripCount: keyOf('tripCount'),
  doorCycleCount: keyOf('doorCycleCount'),
  temperature: keyOf('temperature'),
  vibration: keyOf('vibration'),
  raisedAt: keyOf('raisedAt'),
  clearedAt: keyOf('clearedAt'),
};

const textKey = (name: string) => bytes(`,${name}="`);
const TEXT_KEYS = {
  boot: textKey('boot'),
  floor: textKey('floor'),
  extra: textKey('extra'),
  evidence: textKey('evidence'),
  priority: textKey('priority'),
  state: textKey('state'),
  reason: textKey('reason'),
  profile: textKey('profile'),
  code: textKey('code'),
};
const FIRST_TERMINAL = bytes(' terminal="');
const FIRST_ID = bytes(' id="');

type Pairs = ReadonlyMap<unknown, Buffer>;

/** Fields of few values: each whole pair made once. */
const wordPairs = (name: string, words: readonly string[]): Pairs =>
  new Map(words.map((word) => [word, bytes(`,${name}="${word}"`)]));
const flagPairs = (name: string): Pairs =>
  new Map([true, false].map((value) => [value, bytes(`,${name}=${value}`)]));

const PAIRS = {
  mode: wordPairs('mode', SERVICE_MODES),
  direction: wordPairs('direction', DIRECTIONS),
  doorState: wordPairs('doorState', DOOR_STATES),
  doorLock: wordPairs('doorLock', CONTACT_STATES),
  safetyLoop: wordPairs('safetyLoop', CONTACT_STATES),
  powerState: wordPairs('powerState', POWER_STATES),
  clockSuspect: flagPairs('clockSuspect'),
  moving: flagPairs('moving'),
  inDoorZone: flagPairs('inDoorZone'),
  occupied: flagPairs('occupied'),
};

/** Writes one point as a line. Answers null, or why the point can be no line: then nothing is written. */
export type WriteLine<P> = (block: LineBlock, point: P) => string | null;

/**
 * A sample in line protocol. Tags are `lift` and `district` only, always (InfluxDB 3 freezes the set at the
 * first write); an empty one is left out, as InfluxDB wants. A null is a field that is absent. Every number
 * that a terminal measured or counted is a float, also when it looks whole: a field that changed its type
 * would be refused.
 *
 * The time is `at` in milliseconds and six digits below: `seq` mod 10⁶, or, where a vendor's terminal sends
 * no `seq`, digits of the point's place in the journal. So a repetition overwrites itself, while A, B, A, and
 * A, A, within a millisecond stay as many points.
 *
 * `before`: the point that this one continues (`PointRuns`): states that are as they were there are left out.
 */
export function writeSample(
  block: LineBlock,
  point: SeriesPoint,
  before: SeriesPoint | null = null,
): string | null {
  return writing(block, point, sampleLine, before);
}

function sampleLine(block: LineBlock, point: SeriesPoint, before: SeriesPoint | null): void {
  block.raw(SAMPLE_HEAD);
  tag(block, KEYS.lift, point.lift);
  tag(block, KEYS.district, point.district);
  sampleFields(block, point, before);
  timestamp(block, 'at', point.at, point.seq ?? lowDigitsOf(point.ordinal ?? 0));
}

/**
 * A fault in line protocol, at its start. The six low digits come from its id, so that the line written when
 * it ends replaces the first, while two faults of one lift and kind within a millisecond stay two.
 */
export const writeFault: WriteLine<FaultPoint> = (block, fault) => writing(block, fault, faultLine, null);

function faultLine(block: LineBlock, fault: FaultPoint): void {
  block.raw(FAULT_HEAD);
  tag(block, KEYS.lift, fault.lift);
  tag(block, KEYS.district, fault.district);
  tag(block, KEYS.kind, fault.kind);
  text(block, FIRST_ID, fault.id);
  text(block, TEXT_KEYS.evidence, fault.evidence);
  text(block, TEXT_KEYS.priority, fault.priority);
  text(block, TEXT_KEYS.state, fault.state);
  integer(block, KEYS.raisedAt, Math.round(fault.raisedAt));
  // An overwrite keeps the fields it does not name; a fault that ended never opens again, so none can be
  // stale.
  integer(block, KEYS.clearedAt, fault.clearedAt === null ? null : Math.round(fault.clearedAt));
  text(block, TEXT_KEYS.reason, fault.reason);
  text(block, TEXT_KEYS.profile, fault.profile);
  text(block, TEXT_KEYS.code, fault.code);
  timestamp(block, 'raisedAt', fault.raisedAt, lowDigitsOfId(fault.id));
}

/** A point that every healthy server takes; `now` in ms since 1970 UTC. */
export function writeCheck(block: LineBlock, now: number): void {
  block.raw(bytes(`${CHECK_MEASUREMENT} ok=true`));
  timestamp(block, 'now', now, 0);
  block.endLine();
}

/** True when a tag can hold it (see {@link writeSample}): others are refused, and so never stored. */
export function fitsTag(value: string): boolean {
  return !UNFIT_FOR_TAG.test(value);
}

function writing<P>(
  block: LineBlock,
  point: P,
  write: (block: LineBlock, point: P, before: P | null) => void,
  before: P | null,
): string | null {
  try {
    write(block, point, before);
    block.endLine();
    return null;
  } catch (error) {
    block.dropLine();
    if (error instanceof Unencodable) return error.message;
    throw error;
  }
}

function sampleFields(block: LineBlock, point: SeriesPoint, before: SeriesPoint | null): void {
  const { sample, seq } = point;
  const was = before?.sample;
  if (seq !== null && !(Number.isInteger(seq) && seq >= 0 && seq <= SEQ_MAX)) {
    throw new Unencodable(`seq is ${seq}; it must be an integer within 0…${SEQ_MAX}`);
  }
  text(block, FIRST_TERMINAL, point.terminal);
  text(block, TEXT_KEYS.boot, point.boot);
  integer(block, KEYS.seq, seq);
  integer(block, KEYS.receivedAt, Math.round(point.receivedAt));
  rawClock(block, point.terminalAt);
  if (before === null) pair(block, PAIRS.clockSuspect, point.clockSuspect);
  if (sample.mode !== was?.mode) pair(block, PAIRS.mode, sample.mode);
  if (sample.direction !== was?.direction) pair(block, PAIRS.direction, sample.direction);
  if (sample.moving !== was?.moving) pair(block, PAIRS.moving, sample.moving);
  if (sample.floor !== was?.floor) text(block, TEXT_KEYS.floor, sample.floor);
  if (sample.doorState !== was?.doorState) pair(block, PAIRS.doorState, sample.doorState);
  if (sample.inDoorZone !== was?.inDoorZone) pair(block, PAIRS.inDoorZone, sample.inDoorZone);
  if (sample.doorLock !== was?.doorLock) pair(block, PAIRS.doorLock, sample.doorLock);
  if (sample.safetyLoop !== was?.safetyLoop) pair(block, PAIRS.safetyLoop, sample.safetyLoop);
  if (sample.occupied !== was?.occupied) pair(block, PAIRS.occupied, sample.occupied);
  float(block, KEYS.speed, sample.speed);
  float(block, KEYS.levelErrorMm, sample.levelErrorMm);
  float(block, KEYS.loadPercent, sample.loadPercent);
  if (sample.powerState !== was?.powerState) pair(block, PAIRS.powerState, sample.powerState);
  float(block, KEYS.tripCount, sample.tripCount);
  float(block, KEYS.doorCycleCount, sample.doorCycleCount);
  float(block, KEYS.temperature, sample.temperature);
  float(block, KEYS.vibration, sample.vibration);
  text(block, TEXT_KEYS.extra, sample.extra === null ? null : JSON.stringify(sample.extra));
}

/**
 * Nanoseconds, built from digits: a Number holds 53 bits, these need 61 (a Number made 5 values of 1,000
 * `seq`). The digits lead away from 1970 on both sides, so that cutting them off gives `ms` again.
 */
function timestamp(block: LineBlock, name: string, ms: number, low: number): void {
  const whole = Math.round(ms);
  if (!(Math.abs(whole) <= TIME_MAX_MS)) {
    throw new Unencodable(`${name} is ${ms}; InfluxDB keeps ±${TIME_MAX_MS} ms around 1970`);
  }
  block.raw(SPACE);
  block.integer(whole);
  block.padded(low % LOW_DIGITS, LOW_WIDTH);
}

/** Deterministic, so that a batch written again after a crash overwrites itself. */
function lowDigitsOf(ordinal: number): number {
  const message = Math.floor(ordinal / ORDINALS_A_MESSAGE) % LOW_DIGITS;
  return (message * MESSAGE_STEP + (ordinal % ORDINALS_A_MESSAGE)) % LOW_DIGITS;
}

function lowDigitsOfId(id: string): number {
  return /^[0-9a-f]+$/i.test(id) ? Number(BigInt(`0x${id}`) % BigInt(LOW_DIGITS)) : crc32(id);
}

/**
 * The terminal's clock as sent. Whole milliseconds go to the integer `terminalAt`; anything else a terminal
 * may call a time (a fraction, 10³⁰⁰) goes to the float `terminalAtRaw`, so that no terminal can make a point
 * unstorable.
 */
function rawClock(block: LineBlock, value: number | null): void {
  if (value === null || Number.isSafeInteger(value)) integer(block, KEYS.terminalAt, value);
  else float(block, KEYS.terminalAtRaw, value);
}

function tag(block: LineBlock, key: Key, value: string): void {
  if (value === '') return;
  block.raw(key.bytes);
  if (!block.text(value, TAG)) {
    throw new Unencodable(
      `${key.name} is ${JSON.stringify(value)}; it may hold no control character or backslash`,
    );
  }
}

function text(block: LineBlock, key: Buffer, value: string | null): void {
  if (value === null) return;
  block.raw(key);
  block.text(value, QUOTED);
  block.raw(QUOTE);
}

/** Throws for a value that the domain's lists do not have: a programmer error. */
function pair(block: LineBlock, pairs: Pairs, value: string | boolean | null): void {
  if (value === null) return;
  const known = pairs.get(value);
  if (known === undefined) throw new RangeError(`${value} is none of ${[...pairs.keys()].join(', ')}.`);
  block.raw(known);
}

function float(block: LineBlock, key: Key, value: number | null): void {
  if (value === null) return;
  if (!Number.isFinite(value)) throw new Unencodable(`${key.name} is ${value}; it must be a finite number`);
  block.raw(key.bytes);
  block.float(value);
}

function integer(block: LineBlock, key: Key, value: number | null): void {
  if (value === null) return;
  if (!Number.isSafeInteger(value)) {
    throw new Unencodable(`${key.name} is ${value}; it must be a whole number`);
  }
  block.raw(key.bytes);
  block.integer(value);
  block.raw(INTEGER_END);
}

/** Never leaves this file: it becomes the reason. */
class Unencodable extends Error {}
