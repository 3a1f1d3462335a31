import { CONTROL_PACKET_MAX_BYTES } from './frame-guard.js';

/** Why a broker's bytes cannot be read on. */
export type CutterRefusal = 'not-mqtt' | 'malformed-length' | 'control-packet-too-large';

const CONNACK_BYTE = 0x20;
const PUBLISH = 3;
const HEADER_MAX_BYTES = 5;

/**
 * Follows the packet borders of what a broker sends and cuts a PUBLISH of more than `packetMaxBytes` down to
 * that: the reader of the journal then finds it too large and keeps its head in quarantine. Refusing it
 * would end the connection, and a broker offers it again for ever (PITFALLS 16, 27); announcing MQTT 5's
 * maximum packet size would make the broker drop it without a word (§3.1.2.11.4).
 */
export class FrameCutter {
  private first = true;
  /** Bytes of a fixed header that is not complete. */
  private header: number[] = [];
  /** Bytes of the current packet still to pass on, then still to leave out. */
  private passing = 0;
  private skipping = 0;

  /** `onCut` is told the remaining length that a cut PUBLISH had. */
  constructor(
    private readonly packetMaxBytes: number,
    private readonly onCut: (bytes: number) => void,
  ) {}

  /** Hands what may be parsed to `pass`, in order. After a refusal the cutter must not be used again. */
  accept(chunk: Buffer, pass: (part: Buffer) => void): CutterRefusal | null {
    const end = chunk.length;
    let at = 0;
    let from = 0;
    let headerAt = 0;
    while (at < end) {
      if (this.header.length === 0 && this.passing > 0) {
        const taken = Math.min(this.passing, end - at);
        this.passing -= taken;
        at += taken;
        continue;
      }
      if (this.header.length === 0 && this.skipping > 0) {
        if (from < at) pass(chunk.subarray(from, at));
        const left = Math.min(this.skipping, end - at);
        this.skipping -= left;
        at += left;
        from = at;
        continue;
      }
      if (this.header.length === 0) headerAt = at;
      const began = this.header.length === at - headerAt;
      this.header.push(chunk[at] ?? 0);
      at += 1;
      const length = this.lengthOf();
      if (typeof length === 'string') return length;
      if (length === null) continue;
      const cut = this.begin(length);
      if (cut === 'control-packet-too-large') return cut;
      if (cut || !began) {
        if (began && from < headerAt) pass(chunk.subarray(from, headerAt));
        pass(encodeHeader(this.header[0] ?? 0, this.passing));
        from = at;
      }
      this.header = [];
    }
    const until = this.header.length > 0 ? Math.max(from, headerAt) : end;
    if (from < until) pass(chunk.subarray(from, until));
    return null;
  }

  /** The remaining length of a complete header, null for an incomplete one. */
  private lengthOf(): number | null | CutterRefusal {
    const { header } = this;
    if (this.first && header[0] !== CONNACK_BYTE) return 'not-mqtt';
    if (header.length < 2) return null;
    const more = ((header.at(-1) ?? 0) & 0x80) !== 0;
    if (more) return header.length === HEADER_MAX_BYTES ? 'malformed-length' : null;
    return header.slice(1).reduce((sum, byte, index) => sum + (byte & 0x7f) * 128 ** index, 0);
  }

  private begin(length: number): boolean | CutterRefusal {
    this.first = false;
    const isPublish = (this.header[0] ?? 0) >> 4 === PUBLISH;
    if (!isPublish && length > CONTROL_PACKET_MAX_BYTES) return 'control-packet-too-large';
    this.passing = Math.min(length, isPublish ? this.packetMaxBytes : length);
    this.skipping = length - this.passing;
    if (this.skipping === 0) return false;
    this.onCut(length);
    return true;
  }
}

/** A fixed header: the first byte and the remaining length (MQTT 3.1.1 §2.2.3). */
function encodeHeader(firstByte: number, length: number): Buffer {
  const bytes = [firstByte];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit + 128 : digit);
  } while (rest > 0);
  return Buffer.from(bytes);
}
