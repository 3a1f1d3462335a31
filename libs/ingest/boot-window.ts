/** What intake makes of one item's identity. */
export type Verdict = 'new' | 'duplicate' | 'seq-reused';

/** Seqs of one boot that are remembered (DESIGN "Identity and order"). */
const SLOTS_MAX = 1024;
const SLOTS_MIN = 32;
/** In packed bytes: how far a slot's round may be behind the newest. */
const PACKED_MAX = 254;

/** The shape of an encoded window, beside its bytes. */
export interface EncodedBoot {
  readonly boot: string;
  readonly offsetMs: number | null;
  readonly slots: number;
  /** Newest round when rounds are packed into one byte each; null when they are not. */
  readonly newest: number | null;
}

/**
 * The last seqs of one boot of a terminal, with the hash of what each said. Slot `i` holds the seq heard last
 * among those with seq mod slots = i, so any run of `slots` consecutive seqs fits. A terminal that has sent
 * little holds little: the window doubles as soon as another live seq would be pushed out.
 */
export class BootWindow {
  /** Offset of this boot's clock, ms; null until its first live message. */
  offsetMs: number | null = null;
  private slots = SLOTS_MIN;
  /** First the rounds, seq div slots + 1 and 0 for empty; then the hashes: 8 bytes a seq instead of 12. */
  private cells = new Uint32Array(2 * SLOTS_MIN);

  constructor(readonly boot: string) {}

  /** Judges a seq, 0…4,294,967,295, and remembers it. `hash` is a uint32. */
  judge(seq: number, hash: number): Verdict {
    let slot = seq % this.slots;
    let round = (seq - slot) / this.slots + 1;
    while (this.slots < SLOTS_MAX && this.cells[slot] !== 0 && this.cells[slot] !== round) {
      this.grow();
      slot = seq % this.slots;
      round = (seq - slot) / this.slots + 1;
    }
    const { cells, slots } = this;
    if (cells[slot] !== round) {
      cells[slot] = round;
      cells[slots + slot] = hash;
      return 'new';
    }
    if (cells[slots + slot] === hash) return 'duplicate';
    cells[slots + slot] = hash;
    return 'seq-reused';
  }

  forget(seq: number): void {
    const slot = seq % this.slots;
    if (this.cells[slot] === (seq - slot) / this.slots + 1) this.cells[slot] = 0;
  }

  /** Its bytes are `encodedBytes` of what is answered, written at `at`. */
  encode(target: Buffer, at: number): EncodedBoot {
    const { boot, offsetMs, slots, cells } = this;
    const newest = this.newestPackable();
    const raw = Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength);
    if (newest === null) {
      raw.copy(target, at);
    } else {
      for (let slot = 0; slot < slots; slot++) {
        const round = cells[slot] ?? 0;
        target[at + slot] = round === 0 ? 0 : newest - round + 1;
      }
      raw.copy(target, at + slots, 4 * slots);
    }
    return { boot, offsetMs, slots, newest };
  }

  static decode(encoded: EncodedBoot, source: Buffer, at: number): BootWindow {
    const { slots, newest } = encoded;
    const window = new BootWindow(encoded.boot);
    window.offsetMs = encoded.offsetMs;
    window.slots = slots;
    const cells = new Uint32Array(2 * slots);
    window.cells = cells;
    const raw = Buffer.from(cells.buffer);
    if (newest === null) {
      source.copy(raw, 0, at, at + raw.length);
      return window;
    }
    for (let slot = 0; slot < slots; slot++) {
      const behind = source[at + slot] ?? 0;
      if (behind > 0) cells[slot] = newest - behind + 1;
    }
    source.copy(raw, 4 * slots, at + slots, at + encodedBytes(encoded));
    return window;
  }

  private grow(): void {
    const { cells, slots } = this;
    this.slots = 2 * slots;
    this.cells = new Uint32Array(4 * slots);
    for (let slot = 0; slot < slots; slot++) {
      const round = cells[slot] ?? 0;
      if (round === 0) continue;
      const seq = (round - 1) * slots + slot;
      const moved = seq % this.slots;
      this.cells[moved] = (seq - moved) / this.slots + 1;
      this.cells[this.slots + moved] = cells[slots + slot] ?? 0;
    }
  }

  /** The newest round, when all are near enough to it for a byte; mostly there are two. */
  private newestPackable(): number | null {
    let newest = 0;
    let oldest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < this.slots; slot++) {
      const round = this.cells[slot] ?? 0;
      if (round === 0) continue;
      if (round > newest) newest = round;
      if (round < oldest) oldest = round;
    }
    return newest - oldest < PACKED_MAX ? newest : null;
  }
}

/** Bytes that an encoded window takes. */
export function encodedBytes({ slots, newest }: Pick<EncodedBoot, 'slots' | 'newest'>): number {
  return newest === null ? 8 * slots : 5 * slots;
}

/** Bytes that any window may take. */
export const ENCODED_BYTES_MAX = 8 * SLOTS_MAX;
