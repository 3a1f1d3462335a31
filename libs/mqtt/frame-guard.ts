/** Why the bytes of a connection were refused before anyone parsed them; counted by this label. */
export type FrameRefusal =
  | 'not-mqtt'
  | 'malformed-length'
  | 'packet-too-large'
  | 'packet-too-large-before-connack';

/** Type 1 with its reserved flags 0; a TLS record begins with 0x16. */
const CONNECT_BYTE = 0x10;
const PUBLISH = 3;
/** A remaining length has at most four bytes (MQTT 3.1.1 §2.2.3). */
const LENGTH_MULTIPLIER_END = 128 ** 4;

/**
 * Bytes that any packet but a PUBLISH may have, and a PUBLISH before its sender is known. A CONNECT or a
 * SUBSCRIBE of a real terminal has some hundred.
 */
export const CONTROL_PACKET_MAX_BYTES = 16 * 1024;

/**
 * Follows the packet borders of one connection's byte stream and says when a packet announces more than it
 * may have. Costs a few operations a packet, none a byte: bodies are skipped by arithmetic. aedes has no
 * such limit of its own and would buffer up to 256 MiB for one packet, from a sender who has not even
 * authenticated (PITFALL 20b).
 */
export class FrameGuard {
  /** Set once the sender is authenticated: a PUBLISH may then have `packetMaxBytes`. */
  authenticated = false;
  /** Packets whose header has arrived. */
  packets = 0;
  private first = true;
  private inLength = false;
  private type = 0;
  private multiplier = 1;
  private length = 0;
  private remaining = 0;

  /**
   * `packetMaxBytes`: the greatest remaining length of a PUBLISH (topic, id and payload), 1 to 268,435,455.
   */
  constructor(private readonly packetMaxBytes: number) {}

  /** Announced bytes of the packet whose body has not arrived entirely; 0 at a border or inside a header. */
  get incompleteBytes(): number {
    return this.remaining > 0 ? this.length : 0;
  }

  /** True when what was accepted ends with a whole packet. */
  get atBorder(): boolean {
    return this.remaining === 0 && !this.inLength;
  }

  /**
   * Takes the next bytes of the stream. `null` when all may be parsed; else why not, and how many bytes
   * before the offending packet are sound. After a refusal the guard must not be used again.
   */
  accept(chunk: Uint8Array): { readonly refusal: FrameRefusal; readonly soundBytes: number } | null {
    const end = chunk.length;
    let at = 0;
    let packetStart = 0;
    while (at < end) {
      if (this.remaining > 0) {
        const taken = Math.min(this.remaining, end - at);
        this.remaining -= taken;
        at += taken;
        continue;
      }
      if (!this.inLength) packetStart = at;
      const refusal = this.header(chunk[at] ?? 0);
      if (refusal !== null) return { refusal, soundBytes: packetStart };
      at += 1;
    }
    return null;
  }

  /** One byte of a fixed header. */
  private header(byte: number): FrameRefusal | null {
    if (!this.inLength) {
      this.type = byte >> 4;
      if (this.first && byte !== CONNECT_BYTE) return 'not-mqtt';
      this.first = false;
      this.inLength = true;
      this.length = 0;
      this.multiplier = 1;
      return null;
    }
    this.length += (byte & 0x7f) * this.multiplier;
    this.multiplier *= 128;
    if (this.length > this.limit()) {
      return this.authenticated ? 'packet-too-large' : 'packet-too-large-before-connack';
    }
    if ((byte & 0x80) !== 0) return this.multiplier === LENGTH_MULTIPLIER_END ? 'malformed-length' : null;
    this.inLength = false;
    this.remaining = this.length;
    this.packets += 1;
    return null;
  }

  private limit(): number {
    return this.authenticated && this.type === PUBLISH ? this.packetMaxBytes : CONTROL_PACKET_MAX_BYTES;
  }
}
