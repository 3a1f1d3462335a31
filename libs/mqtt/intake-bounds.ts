/** How much may be in memory between the sockets and the journal, over all connections. */
export interface IntakeLimits {
  /** Messages handed over and not yet answered. */
  readonly inFlightMax: number;
  /** Their topics and payloads together. */
  readonly inFlightMaxBytes: number;
  /** Announced sizes of the packets that have begun to arrive and not ended. */
  readonly incompleteMaxBytes: number;
}

/** A socket that has bytes to read and must wait until there is room. */
export interface WaitingReader {
  /** Reads again; may call `wait` again. */
  wake(): void;
}

/**
 * Back-pressure (invariant 9). When messages or bytes in flight reach their bound, sockets are no longer
 * read, so TCP slows the terminals down; reading goes on when both are below half. The bound is exceeded by
 * at most one read chunk (about 64 KiB) and by the wills of connections that end meanwhile.
 */
export class IntakeBounds {
  private readonly waiting = new Set<WaitingReader>();
  private inFlight = 0;
  private inFlightSize = 0;
  private incomplete = 0;
  private closed = false;
  private shutDown = false;

  /** `onPause` is called each time reading stops. */
  constructor(
    private readonly limits: IntakeLimits,
    private readonly onPause: () => void,
  ) {}

  /** True while no socket may be read. */
  get full(): boolean {
    return this.closed || this.shutDown;
  }

  get messages(): number {
    return this.inFlight;
  }

  get bytes(): number {
    return this.inFlightSize;
  }

  get incompleteBytes(): number {
    return this.incomplete;
  }

  take(bytes: number): void {
    this.inFlight += 1;
    this.inFlightSize += bytes;
    const over =
      this.inFlight >= this.limits.inFlightMax || this.inFlightSize >= this.limits.inFlightMaxBytes;
    if (over && !this.closed) {
      this.closed = true;
      this.onPause();
    }
  }

  release(messages: number, bytes: number): void {
    this.inFlight -= messages;
    this.inFlightSize -= bytes;
    const room =
      this.inFlight <= this.limits.inFlightMax / 2 && this.inFlightSize <= this.limits.inFlightMaxBytes / 2;
    if (!this.closed || !room) return;
    this.closed = false;
    // First come, first read; a reader that fills the bound again leaves the others waiting in their order.
    for (const reader of this.waiting) {
      if (this.full) break;
      this.waiting.delete(reader);
      reader.wake();
    }
  }

  wait(reader: WaitingReader): void {
    this.waiting.add(reader);
  }

  forget(reader: WaitingReader): void {
    this.waiting.delete(reader);
  }

  /**
   * Changes a connection's share of the room for incomplete packets. False when there is not enough: refuse
   * it.
   */
  reserve(before: number, now: number): boolean {
    const total = this.incomplete - before + now;
    if (now > before && total > this.limits.incompleteMaxBytes) return false;
    this.incomplete = total;
    return true;
  }

  /** Nothing is read any more: the broker stops. */
  shut(): void {
    this.shutDown = true;
    this.waiting.clear();
  }
}
