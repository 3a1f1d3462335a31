import { isAsciiText } from '../ascii-text.js';
import type { PropertySchema } from './native-validators.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const SPACE = 0x20;
const DELETE = 0x7f;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Digits that a double holds whatever they are; its quotient by a power of ten below is then the nearest. */
const DIGITS_MAX = 15;
const POWERS_OF_TEN = Array.from({ length: DIGITS_MAX + 1 }, (_, power) => 10 ** power);
/** Texts remembered of one field: boots of terminals, floors. Then they are forgotten and learnt anew. */
const TEXTS_MAX = 20_000;
/** Longer ones are not remembered: the bound above is one of a few MB. */
const TEXT_LENGTH_MAX = 64;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

export type FieldValue = string | number | boolean | null;

/** A text field: which texts it may hold, by their bytes. */
class Texts {
  /** The text read last: mostly the next one too. */
  last = '';
  private readonly known = new Map<number, string>();

  /** `accepts` = null: no others than `values`. */
  constructor(
    private readonly values: readonly string[],
    private readonly accepts: RegExp | null,
  ) {
    this.learnValues();
  }

  /**
   * The text of these bytes, which are printable ASCII with that hash; null when it is none of this field.
   */
  at(bytes: Uint8Array, from: number, to: number, hash: number): string | null {
    const known = this.known.get(hash);
    if (known !== undefined && isAsciiText(bytes, from, to, known)) return known;
    if (this.accepts === null || to - from > TEXT_LENGTH_MAX) return null;
    const text = String.fromCharCode(...bytes.subarray(from, to));
    if (!this.accepts.test(text)) return null;
    if (this.known.size >= TEXTS_MAX) {
      this.known.clear();
      this.learnValues();
    }
    this.known.set(hash, text);
    return text;
  }

  private learnValues(): void {
    for (const value of this.values) this.known.set(hashOf(value), value);
  }
}

interface Field {
  readonly name: string;
  /** `"name":` */
  readonly token: Uint8Array;
  readonly place: number;
  readonly texts: Texts | null;
  readonly flag: boolean;
  readonly number: { readonly min: number; readonly max: number; readonly whole: boolean } | null;
  readonly nullable: boolean;
}

/**
 * Reads a JSON object of known fields straight from its bytes, for payloads that come by the ten thousand a
 * second: the text, the parsed object and the validator's walk over it cost three times as much (decision
 * 0012). It reads only what is written plainly: no white space but blanks, no escapes, no exponents, ASCII,
 * every field known and named once. Of anything else, and of everything invalid, it says nothing: that is for
 * JSON.parse and the validator, which say what is wrong. It is made of the validator's own schema.
 */
export class ObjectReader {
  private readonly fields = new Map<number, Field>();
  private readonly required: number;
  private readonly values: FieldValue[];
  /** The fields of the last payload in their order: a terminal writes them in one order, and so do others. */
  private readonly order: Field[] = [];
  private bytes: Uint8Array = new Uint8Array();
  private at = 0;

  /** `names`: at most 31 fields, in the order in which `read` answers their values. */
  constructor(
    names: readonly string[],
    properties: Readonly<Record<string, PropertySchema>>,
    required: readonly string[],
  ) {
    if (names.length > 31) throw new RangeError(`${names.length} fields; at most 31 fit the mask`);
    names.forEach((name, place) => {
      const hash = hashOf(name);
      if (this.fields.has(hash)) throw new Error(`${name} has the hash of another field: change the hash`);
      this.fields.set(hash, fieldOf(name, place, properties[name] ?? {}));
    });
    this.required = required.reduce((mask, name) => mask | (1 << names.indexOf(name)), 0);
    this.values = names.map(() => null);
  }

  /**
   * The values by their places, null for a field that is absent; valid until the next call. Null when the
   * payload is to be read the long way.
   */
  read(bytes: Uint8Array): readonly FieldValue[] | null {
    if (bytes[0] !== BRACE_OPEN) return null;
    const { order, values } = this;
    this.bytes = bytes;
    values.fill(null);
    let seen = 0;
    let at = 1;
    for (let nth = 0; ; nth++) {
      at = afterBlanks(bytes, at);
      let field = order[nth];
      // The field that came in this place last time, if it comes again: told without its name's hash.
      if (field !== undefined && isToken(bytes, at, field.token)) at += field.token.length;
      else {
        this.at = at;
        field = this.field();
        at = this.at;
      }
      if (field === undefined || (seen & (1 << field.place)) !== 0) return null;
      seen |= 1 << field.place;
      order[nth] = field;
      this.at = afterBlanks(bytes, at);
      const value = this.value(field);
      if (value === undefined) return null;
      values[field.place] = value;
      at = afterBlanks(bytes, this.at);
      const next = bytes[at++];
      if (next === COMMA) continue;
      const whole = next === BRACE_CLOSE && at === bytes.length;
      return whole && (seen & this.required) === this.required ? values : null;
    }
  }

  /** Reads `"name":`. */
  private field(): Field | undefined {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return undefined;
    const from = this.at + 1;
    const hash = this.text();
    const to = this.at - 1;
    if (hash === null || bytes[this.at++] !== COLON) return undefined;
    const field = this.fields.get(hash);
    return field !== undefined && isAsciiText(bytes, from, to, field.name) ? field : undefined;
  }

  /** Moves over a plain text in quotes and answers its hash. */
  private text(): number | null {
    const { bytes } = this;
    let hash = FNV_OFFSET;
    for (let at = this.at + 1; at < bytes.length; at++) {
      const code = bytes[at] ?? 0;
      if (code === QUOTE) {
        this.at = at + 1;
        return hash;
      }
      if (code < SPACE || code >= DELETE || code === BACKSLASH) return null;
      hash = Math.imul(hash ^ code, FNV_PRIME);
    }
    return null;
  }

  /** Undefined when it is not plain, or not one the field may have. */
  private value(field: Field): FieldValue | undefined {
    const { bytes } = this;
    const first = bytes[this.at];
    if (first === QUOTE) {
      const { texts } = field;
      if (texts === null) return undefined;
      const from = this.at + 1;
      const { last } = texts;
      const end = from + last.length;
      if (bytes[end] === QUOTE && isAsciiText(bytes, from, end, last) && last !== '') {
        this.at = end + 1;
        return last;
      }
      const hash = this.text();
      const text = hash === null ? null : texts.at(bytes, from, this.at - 1, hash);
      if (text === null) return undefined;
      texts.last = text;
      return text;
    }
    if (first === 0x74) return field.flag && this.word(TRUE) ? true : undefined;
    if (first === 0x66) return field.flag && this.word(FALSE) ? false : undefined;
    if (first === 0x6e) return field.nullable && this.word(NULL) ? null : undefined;
    return field.number === null ? undefined : this.number(field.number);
  }

  private word(word: Uint8Array): boolean {
    const from = this.at;
    this.at += word.length;
    return isToken(this.bytes, from, word);
  }

  private number({ min, max, whole }: NonNullable<Field['number']>): number | undefined {
    const { bytes } = this;
    const negative = bytes[this.at] === MINUS;
    const from = negative ? this.at + 1 : this.at;
    let at = from;
    let point = -1;
    let size = 0;
    for (; ; at++) {
      // Behind the last byte nothing is a digit.
      const code = (bytes[at] ?? 0) - ZERO;
      if (code >= 0 && code <= 9) size = size * 10 + code;
      else if (code === POINT - ZERO && point < 0 && at > from) point = at;
      else break;
    }
    this.at = at;
    const decimals = point < 0 ? 0 : at - point - 1;
    const digits = at - from - (point < 0 ? 0 : 1);
    const leadingZero = bytes[from] === ZERO && digits > 1 && bytes[from + 1] !== POINT;
    // An exponent, if that is what stopped it, is no comma and no brace: `read` then gives up.
    if (digits === 0 || digits > DIGITS_MAX || point === at - 1 || leadingZero) return undefined;
    if (negative && size === 0) return undefined;
    const unsigned = decimals === 0 ? size : size / (POWERS_OF_TEN[decimals] ?? 1);
    const value = negative ? -unsigned : unsigned;
    if (value < min || value > max || (whole && !Number.isInteger(value))) return undefined;
    return value;
  }
}

/** Between the parts of a message: who pads numbers to a width, or writes ", ", is plain enough. */
function afterBlanks(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end] === SPACE) end += 1;
  return end;
}

function isToken(bytes: Uint8Array, at: number, token: Uint8Array): boolean {
  for (let index = 0; index < token.length; index++) {
    if (bytes[at + index] !== token[index]) return false;
  }
  return true;
}

function fieldOf(name: string, place: number, schema: PropertySchema): Field {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const nullable = types.includes('null');
  const token = Buffer.from(`"${name}":`, 'latin1');
  const plain = { name, token, place, nullable, texts: null, flag: false, number: null };
  const values = (schema.enum ?? []).filter((value) => value !== null);
  if (values.length > 0 && values.every((value) => typeof value === 'string')) {
    return { ...plain, texts: new Texts(values, null) };
  }
  const [only] = values;
  if (values.length === 1 && typeof only === 'number') {
    return { ...plain, number: { min: only, max: only, whole: false } };
  }
  if (schema.pattern !== undefined) {
    return { ...plain, texts: new Texts([], new RegExp(schema.pattern, 'u')) };
  }
  if (types.includes('boolean')) return { ...plain, flag: true };
  const { minimum, maximum } = schema;
  if (values.length > 0 || minimum === undefined || maximum === undefined) {
    throw new Error(`${name}: ${JSON.stringify(schema)} is no field that can be read from bytes`);
  }
  return { ...plain, number: { min: minimum, max: maximum, whole: types.includes('integer') } };
}

function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return hash;
}
