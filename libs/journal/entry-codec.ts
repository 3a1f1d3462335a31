import { QUARANTINE_REASONS } from '#protocol';
import type { ByteWriter } from './byte-writer.js';
import type { JournalEntry, MessageEntry } from './entry.js';

/**
 * The body of a record. First byte: what it is. A tick: the time. A message: a byte of flags for what is
 * present, the time, then the fields in the order below; the payload is the rest. Times are float64, so every
 * number fits.
 */
const TICK = 1;
const MESSAGE = 2;

const SUSPECT = 1;
const REFUSED = 2;
const DUPLICATES = 4;
const OFFSET = 8;
const TERMINAL = 16;
const PROFILE = 32;
const LIFT = 64;
const DISTRICT = 128;

const MAX_DUPLICATE = 65_535;

/** Appends the body of `entry`. Throws RangeError when `duplicates` is not ascending within 0…65,535. */
export function encodeEntry(out: ByteWriter, entry: JournalEntry): void {
  if (entry.kind === 'tick') {
    out.byte(TICK);
    out.float64(entry.receivedAt);
    return;
  }
  const { terminal, profile, lift, district } = entry.source;
  out.byte(MESSAGE);
  out.byte(flagsOf(entry));
  out.float64(entry.receivedAt);
  out.string(entry.topic);
  if (terminal !== null) out.string(terminal);
  if (profile !== null) out.string(profile);
  if (lift !== null) out.string(lift);
  if (district !== null) out.string(district);
  if (entry.clockOffsetMs !== 0) out.float64(entry.clockOffsetMs);
  if (entry.duplicates.length > 0) encodeDuplicates(out, entry.duplicates);
  if (entry.refusal !== null) {
    out.string(entry.refusal.reason);
    out.string(entry.refusal.detail);
  }
  out.bytes(entry.payload);
}

function flagsOf(entry: MessageEntry): number {
  const { terminal, profile, lift, district } = entry.source;
  return (
    (entry.clockSuspect ? SUSPECT : 0) |
    (entry.refusal === null ? 0 : REFUSED) |
    (entry.duplicates.length === 0 ? 0 : DUPLICATES) |
    (entry.clockOffsetMs === 0 ? 0 : OFFSET) |
    (terminal === null ? 0 : TERMINAL) |
    (profile === null ? 0 : PROFILE) |
    (lift === null ? 0 : LIFT) |
    (district === null ? 0 : DISTRICT)
  );
}

/** Ascending, so the distance to the one before is small: mostly one byte each. */
function encodeDuplicates(out: ByteWriter, duplicates: readonly number[]): void {
  out.varint(duplicates.length);
  let previous = -1;
  for (const index of duplicates) {
    if (!Number.isInteger(index) || index <= previous || index > MAX_DUPLICATE) {
      throw new RangeError(
        `duplicates: ${index} after ${previous}; they must ascend within 0…${MAX_DUPLICATE}`,
      );
    }
    out.varint(index - previous - 1);
    previous = index;
  }
}

/**
 * Reads a body. The payload is a view of `body`. Null when the bytes are no body of this version, which after
 * a good checksum means that another version of the code wrote it.
 */
export function decodeEntry(body: Buffer): JournalEntry | null {
  const input = new BodyReader(body);
  try {
    const kind = input.byte();
    if (kind === TICK) return { kind: 'tick', receivedAt: input.float64() };
    return kind === MESSAGE ? decodeMessage(input) : null;
  } catch (error) {
    if (error instanceof OutOfBytes) return null;
    throw error;
  }
}

function decodeMessage(input: BodyReader): MessageEntry {
  const flags = input.byte();
  return {
    kind: 'message',
    receivedAt: input.float64(),
    topic: input.string(),
    source: {
      terminal: flags & TERMINAL ? input.string() : null,
      profile: flags & PROFILE ? input.string() : null,
      lift: flags & LIFT ? input.string() : null,
      district: flags & DISTRICT ? input.string() : null,
    },
    clockOffsetMs: flags & OFFSET ? input.float64() : 0,
    clockSuspect: (flags & SUSPECT) !== 0,
    duplicates: flags & DUPLICATES ? decodeDuplicates(input) : [],
    refusal: flags & REFUSED ? decodeRefusal(input.string(), input.string()) : null,
    payload: input.rest(),
  };
}

function decodeDuplicates(input: BodyReader): number[] {
  const duplicates: number[] = [];
  let previous = -1;
  for (let left = input.varint(); left > 0; left--) {
    previous += input.varint() + 1;
    duplicates.push(previous);
  }
  return duplicates;
}

/** A reason this version does not know still names a refused message, and must not lose its bytes. */
function decodeRefusal(text: string, detail: string): MessageEntry['refusal'] {
  const reason = QUARANTINE_REASONS.find((known) => known === text);
  return reason === undefined
    ? { reason: 'invalid-payload', detail: `${text}: ${detail}` }
    : { reason, detail };
}

class OutOfBytes extends Error {}

class BodyReader {
  private offset = 0;

  constructor(private readonly body: Buffer) {}

  byte(): number {
    const value = this.body[this.offset++];
    if (value === undefined) throw new OutOfBytes();
    return value;
  }

  float64(): number {
    return this.body.readDoubleBE(this.take(8));
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const part = this.byte();
      value += (part & 0x7f) * 2 ** shift;
      if (part < 0x80) return value;
    }
    throw new OutOfBytes();
  }

  string(): string {
    const bytes = this.varint();
    const start = this.take(bytes);
    return this.body.toString('utf8', start, start + bytes);
  }

  rest(): Buffer {
    return this.body.subarray(this.offset);
  }

  private take(bytes: number): number {
    const start = this.offset;
    if (start + bytes > this.body.length) throw new OutOfBytes();
    this.offset = start + bytes;
    return start;
  }
}
