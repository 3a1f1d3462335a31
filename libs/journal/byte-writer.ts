/** Below this many characters a loop beats the native string writer; above, it does not. */
const SHORT_STRING = 64;

/**
 * A buffer that grows, written field by field: one allocation serves many records and many groups. In shared
 * memory, so that a thread can write it to the disk. Numbers are big-endian; a varint is LEB128, unsigned, at
 * most 2³²−1.
 */
export class ByteWriter {
  length = 0;
  private buffer: Buffer;
  private view: DataView;

  constructor(initialBytes: number) {
    this.buffer = Buffer.from(new SharedArrayBuffer(initialBytes));
    this.view = new DataView(this.buffer.buffer);
  }

  get capacity(): number {
    return this.buffer.length;
  }

  /** What was written so far; valid until the next write. */
  written(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  slice(start: number, end: number): Buffer {
    return this.buffer.subarray(start, end);
  }

  /** Moves the end without writing: room for a field to be put in later with {@link putUint32}. */
  skip(bytes: number): void {
    this.reserve(bytes);
    this.length += bytes;
  }

  putUint32(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value);
    this.length += 8;
  }

  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Length in bytes as a varint, then UTF-8. A lone surrogate becomes U+FFFD. */
  string(value: string): void {
    if (value.length < SHORT_STRING && this.shortAscii(value)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.reserve(bytes);
    this.length += this.buffer.write(value, this.length, bytes, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  private shortAscii(value: string): boolean {
    this.reserve(1 + SHORT_STRING);
    const start = this.length + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      this.buffer[start + i] = code;
    }
    this.buffer[this.length] = value.length;
    this.length = start + value.length;
    return true;
  }

  private reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.from(new SharedArrayBuffer(Math.max(needed, this.buffer.length * 2)));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}
