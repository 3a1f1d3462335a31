/** What answers a received PUBLISH or PUBREL. */
export interface Acknowledgement {
  readonly kind: 'puback' | 'pubrec' | 'pubcomp';
  readonly packetId: number;
}

const FIRST_BYTE = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 } as const;
const PACKET_BYTES = 4;

/**
 * The bytes of all `acknowledgements`, in order, for one write. Success in MQTT 5 may leave out reason and
 * properties (§3.4.2.1), so the four bytes are the same in 3.1.1 and 5.
 */
export function encodeAcknowledgements(acknowledgements: readonly Acknowledgement[]): Buffer {
  const bytes = Buffer.allocUnsafe(acknowledgements.length * PACKET_BYTES);
  let at = 0;
  for (const { kind, packetId } of acknowledgements) {
    at = put(bytes, at, kind, packetId);
  }
  return bytes;
}

/** The bytes of a PUBACK for each packet id, in order, for one write. */
export function encodePubacks(packetIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(packetIds.length * PACKET_BYTES);
  let at = 0;
  for (const packetId of packetIds) {
    at = put(bytes, at, 'puback', packetId);
  }
  return bytes;
}

/** Writes one packet and answers where it ends. */
function put(bytes: Buffer, at: number, kind: Acknowledgement['kind'], packetId: number): number {
  bytes[at] = FIRST_BYTE[kind];
  bytes[at + 1] = 2;
  return bytes.writeUInt16BE(packetId, at + 2);
}

/**
 * QoS 2 messages that are stored and answered with PUBREC, until their PUBREL: the receiver's half of
 * exactly once (MQTT 3.1.1 §4.3.3). Outlives the connection, as the session does. Bounded by the 65,535
 * packet ids.
 */
export class ReceivedLedger {
  private readonly stored = new Set<number>();

  get size(): number {
    return this.stored.size;
  }

  /** The message was stored and PUBREC goes out. */
  remember(packetId: number): void {
    this.stored.add(packetId);
  }

  /** PUBREL came: the id is free. */
  release(packetId: number): void {
    this.stored.delete(packetId);
  }

  /**
   * True when a PUBLISH repeats a stored one. Only with the DUP flag: without it the broker uses the id for a
   * new message, after a restart that forgot the old one. In doubt it is handed over again, as the journal's
   * readers know a duplicate.
   */
  isRepetition(packetId: number, dup: boolean): boolean {
    if (dup) return this.stored.has(packetId);
    this.stored.delete(packetId);
    return false;
  }

  /** The broker has no session of ours: what the ids meant is void. */
  forgetAll(): void {
    this.stored.clear();
  }
}
