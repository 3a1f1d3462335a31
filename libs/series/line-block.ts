const NEWLINE = 0x0a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
/** A measured line is 460 bytes; a block that is too small grows. */
const LINE_BYTES_EXPECTED = 512;
const FRACTION = 1_000;
/** Below it a number's whole part fits the 32-bit integers that are cheap to take apart. */
const SMALL_MAX = 2 ** 31;
const NINE_DIGITS = 1_000_000_000;

const PLAIN = 0;
const ESCAPED = 1;
const UNFIT = 2;

/** How a text is written: what each ASCII character becomes, and the same for text beyond ASCII. */
export interface TextRule {
  readonly ascii: Uint8Array;
  /** The whole text with its escapes; null when it does not fit. */
  readonly other: (value: string) => string | null;
}

/** `escaped` get a backslash before them; a text with one of `unfit` (ASCII codes) is not written at all. */
export function textRule(escaped: string, unfit: Iterable<number>, other: TextRule['other']): TextRule {
  const ascii = new Uint8Array(128).fill(PLAIN);
  for (const character of escaped) ascii[character.charCodeAt(0)] = ESCAPED;
  for (const code of unfit) ascii[code] = UNFIT;
  return { ascii, other };
}

/**
 * Lines as bytes, a newline behind each. Written byte by byte: joining a string a field to a string a line to
 * a string a request, and encoding that, costs several times as much (measured, CHANGELOG).
 */
export class LineBlock {
  private bytes: Buffer;
  private length = 0;
  /** Where each whole line ends, its newline included. */
  private readonly ends: number[] = [];

  constructor(lines: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(1, lines) * LINE_BYTES_EXPECTED);
  }

  /** Lines that are whole. */
  get count(): number {
    return this.ends.length;
  }

  /** Lines `from` up to `to` (exclusive) without the last newline; a view, not a copy. */
  slice(from: number, to: number): Buffer {
    const start = this.endOf(from);
    return this.bytes.subarray(start, Math.max(start, this.endOf(to) - 1));
  }

  /** Bytes of lines `from` up to `to` (exclusive), newlines included. */
  sizeOf(from: number, to: number): number {
    return this.endOf(to) - this.endOf(from);
  }

  /** A block of some of the lines. */
  pick(indexes: readonly number[]): LineBlock {
    const picked = new LineBlock(indexes.length);
    for (const index of indexes) picked.copy(this.bytes, this.endOf(index), this.endOf(index + 1));
    return picked;
  }

  endLine(): void {
    this.reserve(1);
    this.bytes[this.length++] = NEWLINE;
    this.ends.push(this.length);
  }

  /** Forgets what was written after the last whole line. */
  dropLine(): void {
    this.length = this.endOf(this.ends.length);
  }

  raw(source: Uint8Array): void {
    const size = source.length;
    this.reserve(size);
    const { bytes, length } = this;
    // A loop: for a dozen bytes it is faster than set(), which crosses into the engine.
    for (let index = 0; index < size; index++) bytes[length + index] = source[index] ?? 0;
    this.length = length + size;
  }

  /** False, and the line is to be dropped, when the text does not fit. */
  text(value: string, rule: TextRule): boolean {
    this.reserve(2 * value.length);
    const { bytes } = this;
    let end = this.length;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return this.otherText(rule.other(value));
      const kind = rule.ascii[code];
      if (kind === UNFIT) return false;
      if (kind === ESCAPED) bytes[end++] = BACKSLASH;
      bytes[end++] = code;
    }
    this.length = end;
    return true;
  }

  /** A safe integer. */
  integer(value: number): void {
    this.reserve(17);
    if (value < 0) this.bytes[this.length++] = MINUS;
    this.digits(Math.abs(value));
  }

  /** A finite number, in the fewest digits that read back as the same number. */
  float(value: number): void {
    const thousandths = Math.round(value * FRACTION);
    // Both divisions round correctly, so that equality means: these decimals are read as this very number.
    if (thousandths / FRACTION !== value || Math.abs(value) >= SMALL_MAX) {
      this.ascii(String(value));
      return;
    }
    this.reserve(16);
    const size = Math.abs(thousandths);
    const whole = Math.floor(size / FRACTION);
    if (value < 0) this.bytes[this.length++] = MINUS;
    this.digits(whole);
    let fraction = size - whole * FRACTION;
    if (fraction === 0) return;
    let width = 3;
    while (fraction % 10 === 0) {
      fraction /= 10;
      width -= 1;
    }
    this.bytes[this.length++] = POINT;
    this.padded(fraction, width);
  }

  /** An integer within 0…10^`width` − 1, with leading zeros; `width` at most 9. */
  padded(value: number, width: number): void {
    this.reserve(width);
    let rest = value | 0;
    for (let index = this.length + width - 1; index >= this.length; index--) {
      const next = (rest / 10) | 0;
      this.bytes[index] = ZERO + rest - next * 10;
      rest = next;
    }
    this.length += width;
  }

  /** Whole lines of another block. */
  private copy(bytes: Buffer, from: number, to: number): void {
    this.reserve(to - from);
    this.length += bytes.copy(this.bytes, this.length, from, to);
    this.ends.push(this.length);
  }

  private digits(value: number): void {
    if (value >= NINE_DIGITS) {
      const high = Math.floor(value / NINE_DIGITS);
      this.digits(high);
      this.padded(value - high * NINE_DIGITS, 9);
      return;
    }
    let width = 1;
    for (let bound = 10; width < 9 && value >= bound; bound *= 10) width += 1;
    this.padded(value, width);
  }

  private otherText(value: string | null): boolean {
    if (value === null) return false;
    this.reserve(3 * value.length);
    this.length += this.bytes.write(value, this.length, 'utf8');
    return true;
  }

  private ascii(value: string): void {
    this.reserve(value.length);
    for (let index = 0; index < value.length; index++) this.bytes[this.length++] = value.charCodeAt(index);
  }

  private endOf(lines: number): number {
    return lines === 0 ? 0 : (this.ends[lines - 1] ?? this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
