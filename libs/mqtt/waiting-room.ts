import type { Arrival } from './batch-intake.js';

/** Bounds of what waits because its terminal is over its rate. */
export interface WaitingLimits {
  /** Messages of one connection. */
  readonly waitingPerTerminalMax: number;
  /** Messages of all connections. */
  readonly waitingMax: number;
  /** Their topics and payloads together. */
  readonly waitingMaxBytes: number;
}

/** A connection whose messages may wait. */
export interface Waiter {
  /** True while its rate lets one more pass; takes one. */
  mayPass(): boolean;
}

/**
 * Messages of terminals over their rate, each connection's in order. Not part of what is in flight: a few
 * terminals that send too much must not stop the reading of all (invariant 9).
 */
export class WaitingRoom {
  private readonly queues = new Map<Waiter, Arrival[]>();
  private count = 0;
  private size = 0;

  constructor(private readonly limits: WaitingLimits) {}

  get messages(): number {
    return this.count;
  }

  /** True when something of it waits: what follows waits behind. */
  holds(waiter: Waiter): boolean {
    return this.queues.has(waiter);
  }

  /** False when there is no room: its connection is to be cut. */
  add(waiter: Waiter, arrival: Arrival): boolean {
    const queue = this.queues.get(waiter);
    const full =
      (queue?.length ?? 0) >= this.limits.waitingPerTerminalMax ||
      this.count >= this.limits.waitingMax ||
      this.size + arrival.bytes > this.limits.waitingMaxBytes;
    if (full) return false;
    if (queue === undefined) this.queues.set(waiter, [arrival]);
    else queue.push(arrival);
    this.count += 1;
    this.size += arrival.bytes;
    return true;
  }

  /** Hands on what may pass now. */
  release(pass: (arrival: Arrival) => void): void {
    for (const [waiter, queue] of this.queues) {
      let passed = 0;
      while (passed < queue.length && waiter.mayPass()) {
        const arrival = queue[passed++];
        if (arrival === undefined) break;
        this.leave(arrival);
        pass(arrival);
      }
      if (passed === queue.length) this.queues.delete(waiter);
      else if (passed > 0) this.queues.set(waiter, queue.slice(passed));
    }
  }

  /** Its connection has ended: nothing of it was acknowledged, so its terminal sends it again. */
  forget(waiter: Waiter): void {
    for (const arrival of this.queues.get(waiter) ?? []) this.leave(arrival);
    this.queues.delete(waiter);
  }

  private leave(arrival: Arrival): void {
    this.count -= 1;
    this.size -= arrival.bytes;
  }
}
