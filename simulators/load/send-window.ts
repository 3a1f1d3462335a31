const IN_FLIGHT = 0;
const RECEIVED = 1;
const COMPLETE = 2;

/**
 * What of one terminal's messages is under way. Message n waits in slot n mod `size`, and slot + 1 is its
 * packet id, so a window is a few numbers. The pointers only go forward, but for `next` when a connection is
 * lost.
 */
export class SendWindow {
  /** Messages 0 to `received` − 1 are acknowledged (PUBACK, PUBREC). */
  received = 0;
  /** The first message not sent on this connection. */
  next = 0;
  /** Messages 0 to `base` − 1 are through (PUBACK, PUBCOMP): their slots are free. */
  private base = 0;
  /** Messages below were sent before, on an earlier connection. */
  private repeatBelow = 0;
  private readonly state: Uint8Array;
  private readonly dueAt: Float64Array;

  /** `size` is 1–1,000. */
  constructor(readonly size: number) {
    this.state = new Uint8Array(size);
    this.dueAt = new Float64Array(size);
  }

  get inFlight(): number {
    return this.next - this.received;
  }

  /** Free slots. */
  get room(): number {
    return this.base + this.size - this.next;
  }

  /** True while messages of a lost connection wait to be sent again. */
  get repeats(): boolean {
    return this.next < this.repeatBelow;
  }

  /** When the oldest message without an answer was due. */
  get oldestDueAt(): number {
    return this.dueAt[this.received % this.size] ?? 0;
  }

  /** How far may be sent now, if messages below `limit` are wanted; what is to be repeated always is. */
  until(limit: number): number {
    return Math.min(Math.max(limit, this.repeatBelow), this.base + this.size);
  }

  /** Takes message `next` as sent; answers its slot. A repeated one keeps the moment it was due at. */
  send(dueAt: number): number {
    const slot = this.next % this.size;
    if (!this.repeats) this.dueAt[slot] = dueAt;
    this.next += 1;
    return slot;
  }

  /** Everything that was sent is through: QoS 0. Answers how many they were. */
  passAll(): number {
    const passed = this.next - this.base;
    this.base = this.next;
    this.received = this.next;
    return passed;
  }

  /** A new connection: what was not acknowledged is to be sent again. */
  restart(): void {
    this.state.fill(IN_FLIGHT);
    this.repeatBelow = Math.max(this.repeatBelow, this.next);
    this.base = this.received;
    this.next = this.received;
  }

  /**
   * PUBACK, or PUBREC when a PUBCOMP is to follow. Answers when the message was due; null when none waits in
   * this slot.
   */
  acknowledge(slot: number, completeToFollow: boolean): number | null {
    if (!this.holds(slot) || this.state[slot] !== IN_FLIGHT) return null;
    const dueAt = this.dueAt[slot] ?? 0;
    this.state[slot] = completeToFollow ? RECEIVED : COMPLETE;
    while (this.received < this.next && this.state[this.received % this.size] !== IN_FLIGHT)
      this.received += 1;
    this.free();
    return dueAt;
  }

  /** PUBCOMP. False when no message waits for it. */
  complete(slot: number): boolean {
    if (!this.holds(slot) || this.state[slot] !== RECEIVED) return false;
    this.state[slot] = COMPLETE;
    this.free();
    return true;
  }

  private free(): void {
    while (this.base < this.received && this.state[this.base % this.size] === COMPLETE) {
      this.state[this.base % this.size] = IN_FLIGHT;
      this.base += 1;
    }
  }

  /** Is a message under way in this slot? */
  private holds(slot: number): boolean {
    if (slot < 0 || slot >= this.size) return false;
    return this.base + ((slot - (this.base % this.size) + this.size) % this.size) < this.next;
  }
}
