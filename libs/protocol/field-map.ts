import { preview } from './failure.js';
import { define } from './kept-value.js';
import type { LiftSample } from './message.js';

type Fields = Readonly<Record<string, unknown>>;
/** Fields of a sample that a vendor's field can become. */
type SampleField = Exclude<keyof LiftSample, 'extra'>;
type Draft = { -readonly [K in SampleField]: LiftSample[K] };

/** How one field of a maker's live state is read. Made by `coded`, `measured`, `counted`, `floorMark`. */
export interface FieldRule {
  /** The maker's name of it. */
  readonly field: string;
  /** What it may be, in words; null and absence are always allowed, and mean "does not say". */
  readonly allowed: string;
  readonly accepts: (sent: unknown) => boolean;
  /** Sets the sample's field. False = the value cannot be used, and is kept raw in `extra`. */
  readonly apply: (draft: Draft, sent: unknown) => boolean;
}

/** A maker's live state as data. Fields without a rule are kept raw in `extra`. */
export type FieldMap = readonly FieldRule[];

const NUMBER = 'a number, or one written as a string';
/** Same bound as the native protocol's floor. */
const FLOOR = /^[^\p{Cc}\p{Cs}]{0,8}$/u;
const UNSAID: Draft = {
  mode: null,
  direction: null,
  moving: null,
  floor: null,
  doorState: null,
  inDoorZone: null,
  doorLock: null,
  safetyLoop: null,
  occupied: null,
  speed: null,
  levelErrorMm: null,
  loadPercent: null,
  powerState: null,
  tripCount: null,
  doorCycleCount: null,
  temperature: null,
  vibration: null,
};

/**
 * A number that stands for a word: `{ 0: 'none', 1: 'up' }`. Any other number is never guessed: it becomes
 * `otherwise` (null unless given) and is kept raw.
 */
export function coded<K extends SampleField>(
  field: string,
  becomes: K,
  values: Readonly<Record<number, LiftSample[K]>>,
  otherwise: LiftSample[K] | null = null,
): FieldRule {
  const known = new Map(Object.entries(values).map(([code, value]) => [Number(code), value]));
  return numberRule(field, (draft, number) => {
    const value = known.get(number) ?? null;
    draft[becomes] = value === null ? (otherwise as LiftSample[K]) : value;
    return value !== null;
  });
}

/** Fields of a sample that hold a number. */
type NumberField = {
  [K in SampleField]: number extends LiftSample[K] ? K : never;
}[SampleField];

/** A measurement from `min` to `max`; outside it is kept raw. `factor` brings it into our unit. */
export function measured(
  field: string,
  becomes: NumberField,
  { min, max, factor = 1 }: { readonly min: number; readonly max: number; readonly factor?: number },
): FieldRule {
  return numberRule(field, (draft, number) => {
    const value = number * factor;
    if (!(value >= min && value <= max)) return false;
    draft[becomes] = value;
    return true;
  });
}

/** A counter: a whole number from 0; another number is kept raw. */
export function counted(field: string, becomes: NumberField): FieldRule {
  return numberRule(field, (draft, number) => {
    if (!Number.isSafeInteger(number) || number < 0) return false;
    draft[becomes] = number;
    return true;
  });
}

/** The floor as the car shows it: at most 8 characters; a number is taken as text. */
export function floorMark(field: string): FieldRule {
  return {
    field,
    allowed: 'a string or a number',
    accepts: (sent) => typeof sent === 'string' || typeof sent === 'number',
    apply: (draft, sent) => {
      const text = String(sent);
      if (!FLOOR.test(text)) return false;
      draft.floor = text;
      return true;
    },
  };
}

/**
 * Reads a live state by its map. A string says which field has a wrong type, with `path` before its name.
 * `rest`: what stood around the fields, kept raw in `extra` too.
 */
export function readSample(map: FieldMap, fields: Fields, path = '', rest: Fields = {}): LiftSample | string {
  const draft: Draft = { ...UNSAID };
  const unused = new Map(Object.entries(fields));
  for (const rule of map) {
    const sent = Object.hasOwn(fields, rule.field) ? fields[rule.field] : null;
    unused.delete(rule.field);
    if (sent == null) continue;
    if (!rule.accepts(sent)) return `${path}${rule.field} is ${preview(sent)}; allowed: ${rule.allowed}`;
    if (!rule.apply(draft, sent)) unused.set(rule.field, sent);
  }
  const extra: Record<string, unknown> = {};
  for (const [name, sent] of unused) define(extra, name, sent);
  for (const [name, sent] of Object.entries(rest)) define(extra, name, sent);
  return { ...draft, extra: Object.keys(extra).length === 0 ? null : extra };
}

/** A finite number, or one written in digits as a string; null for everything else. */
export function numberOf(sent: unknown): number | null {
  if (typeof sent === 'number') return Number.isFinite(sent) ? sent : null;
  if (typeof sent !== 'string' || !/^\s*[+-]?\d{1,17}(?:\.\d{1,17})?\s*$/.test(sent)) return null;
  return Number(sent);
}

function numberRule(field: string, use: (draft: Draft, number: number) => boolean): FieldRule {
  return {
    field,
    allowed: NUMBER,
    accepts: (sent) => typeof sent === 'number' || numberOf(sent) !== null,
    apply: (draft, sent) => {
      const number = numberOf(sent);
      return number !== null && use(draft, number);
    },
  };
}
