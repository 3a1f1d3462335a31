import type { FirmwareMessage } from './firmware.js';

export interface OutboxLimits {
  /** Messages kept; beyond it the oldest telemetry goes first. */
  readonly capacity: number;
  /** Sent and not yet acknowledged. */
  readonly window: number;
}

/** 5,000 messages are over an hour of an unconnected lift in use. */
export const OUTBOX_LIMITS: OutboxLimits = { capacity: 5000, window: 50 };

/**
 * Something to publish. `bytes` never changes once it was sent: a repeated message must stay the same
 * message.
 */
export interface OutboxEntry {
  readonly message: FirmwareMessage;
  bytes: string | null;
  /** It had to wait for a connection. */
  waited: boolean;
}

/**
 * Store-and-forward: everything leaves in the order it was made, `seq` by `seq`; an entry is forgotten only
 * when it is acknowledged. What was never sent before the connection went is marked `stored`; what was sent
 * and not acknowledged is repeated byte by byte, so that the platform sees a duplicate and not a second
 * message.
 */
export class Outbox {
  /** Telemetry given up for want of room. */
  samplesDropped = 0;
  /** Events given up: only past twice the capacity, when nothing but events is left. */
  eventsDropped = 0;
  private inFlight: OutboxEntry[] = [];
  private queue: OutboxEntry[] = [];
  private online = false;

  constructor(private readonly limits: OutboxLimits = OUTBOX_LIMITS) {}

  get inFlightCount(): number {
    return this.inFlight.length;
  }

  get queuedCount(): number {
    return this.queue.length;
  }

  add(message: FirmwareMessage): void {
    if (message.name === 'snapshot') {
      // Only the newest matters, and a flapping line must not fill the store with them.
      this.queue = this.queue.filter((entry) => entry.message.name !== 'snapshot' || entry.bytes !== null);
    }
    this.queue.push({ message, bytes: null, waited: !this.online });
    if (this.queue.length > this.limits.capacity) this.makeRoom();
  }

  /** The next entry to publish, now counted in flight; null when the window is full or nothing waits. */
  take(): { entry: OutboxEntry; bytes: string } | null {
    if (!this.online || this.inFlight.length >= this.limits.window) return null;
    const entry = this.queue.shift();
    if (!entry) return null;
    const bytes = entry.bytes ?? encode(entry);
    entry.bytes = bytes;
    this.inFlight.push(entry);
    return { entry, bytes };
  }

  acknowledged(entry: OutboxEntry): void {
    this.inFlight = this.inFlight.filter((other) => other !== entry);
  }

  connected(): void {
    this.online = true;
  }

  disconnected(): void {
    this.online = false;
    this.queue = [...this.inFlight, ...this.queue];
    this.inFlight = [];
    for (const entry of this.queue) entry.waited = true;
  }

  private makeRoom(): void {
    const oldest = this.queue.findIndex((entry) => entry.message.name === 'telemetry');
    if (oldest >= 0) {
      this.queue.splice(oldest, 1);
      this.samplesDropped++;
    } else if (this.queue.length > 2 * this.limits.capacity) {
      this.queue.shift();
      this.eventsDropped++;
    }
  }
}

function encode(entry: OutboxEntry): string {
  const { name, payload } = entry.message;
  return JSON.stringify(entry.waited && name !== 'snapshot' ? { ...payload, stored: true } : payload);
}
