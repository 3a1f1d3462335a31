/** Packet types a terminal gets to see, as they stand in the first byte (MQTT 3.1.1 §2.2.1). */
export const CONNACK = 0x20;
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBCOMP = 0x70;

/**
 * `word` is the packet's first two bytes after the header: the packet id, or a CONNACK's flags and return
 * code; 0 for packets without.
 */
export type PacketSink = (type: number, word: number) => void;

const LENGTH_BYTES_MAX = 4;

type Phase = 'type' | 'length' | 'body';

/**
 * Cuts a broker's answers out of a stream, however TCP cut it: four bytes at a time while it may, byte by
 * byte where a packet is split or longer. Every acknowledgement of MQTT 3.1.1 is four bytes; of longer
 * packets (commands) only type and first two bytes are told.
 */
export class AckParser {
  private phase: Phase = 'type';
  private type = 0;
  private left = 0;
  private lengthBytes = 0;
  private seen = 0;
  private word = 0;

  constructor(private readonly sink: PacketSink) {}

  /**
   * Takes the first `length` bytes of `chunk`. Throws a RangeError at a packet length that MQTT does not
   * know: what follows cannot be read, so the connection must be closed.
   */
  take(chunk: Uint8Array, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.phase === 'type' && length - at >= 4 && chunk[at + 1] === 2) {
        this.sink((chunk[at] ?? 0) & 0xf0, ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0));
        at += 4;
      } else {
        this.byte(chunk[at] ?? 0);
        at += 1;
      }
    }
  }

  private byte(value: number): void {
    if (this.phase === 'type') {
      this.type = value & 0xf0;
      this.phase = 'length';
      this.left = 0;
      this.lengthBytes = 0;
      this.seen = 0;
      this.word = 0;
      return;
    }
    if (this.phase === 'length') {
      this.left += (value & 0x7f) * 128 ** this.lengthBytes;
      this.lengthBytes += 1;
      if (value < 0x80) this.afterLength();
      else if (this.lengthBytes === LENGTH_BYTES_MAX) {
        throw new RangeError(`a packet of type ${this.type >> 4} has a length of more than 4 bytes`);
      }
      return;
    }
    if (this.seen < 2) this.word = (this.word << 8) | value;
    this.seen += 1;
    this.left -= 1;
    if (this.left === 0) this.finish();
  }

  private afterLength(): void {
    this.phase = 'body';
    if (this.left === 0) this.finish();
  }

  private finish(): void {
    this.phase = 'type';
    this.sink(this.type, this.word);
  }
}
