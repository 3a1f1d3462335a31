import type { EventPayload, FaultKind, SnapshotPayload, StatusPayload, TelemetryPayload } from '#protocol';
import type { LiftReading } from './lift-reading.js';

/** A message of native v1 before it is encoded; `seq` is counted over all three. */
export type FirmwareMessage =
  | { readonly name: 'telemetry'; readonly payload: TelemetryPayload }
  | { readonly name: 'event'; readonly payload: EventPayload }
  | { readonly name: 'snapshot'; readonly payload: SnapshotPayload };

/** Busy: moving, or the door not closed. */
const BUSY_INTERVAL_MS = 1000;
const IDLE_INTERVAL_MS = 5000;
/** At most five samples a second, however much changes. */
const CHANGE_INTERVAL_MS = 200;

/**
 * A terminal's firmware: decides what is worth saying. Deterministic; time comes with each call. One instance
 * is one boot, so `seq` starts at 0.
 */
export class Firmware {
  private seq = 0;
  private events = 0;
  private last: LiftReading | null = null;
  private lastAt = Number.NEGATIVE_INFINITY;
  private active: readonly FaultKind[] = [];

  /** `boot`: 1–64 of `A–Z a–z 0–9 _ -`, another at each start. */
  constructor(readonly boot: string) {}

  /** Looks at the lift at `at` (terminal's clock, ms) and answers what is to be published, in order. */
  observe(reading: LiftReading, codes: readonly FaultKind[], at: number): FirmwareMessage[] {
    // The sample goes first, so that an event's circumstances (stopped, closed) are known when it arrives.
    const codesChanged = codes !== this.active;
    const messages: FirmwareMessage[] = [];
    if (this.sampleDue(reading, at) || (codesChanged && this.last !== null && changed(this.last, reading))) {
      messages.push(this.sample(reading, at));
    }
    if (codesChanged) messages.push(...this.eventsOf(codes, at));
    return messages;
  }

  /** The codes active now; sent after each (re)connect. */
  snapshot(at: number): FirmwareMessage {
    return {
      name: 'snapshot',
      payload: { v: 1, boot: this.boot, seq: this.seq++, at, active: [...this.active] },
    };
  }

  status(at: number, online: boolean): StatusPayload {
    return { v: 1, boot: this.boot, at, online };
  }

  /** What the broker says for a terminal that vanished: it cannot know when. */
  will(): StatusPayload {
    return { v: 1, boot: this.boot, online: false };
  }

  private sampleDue(reading: LiftReading, at: number): boolean {
    if (this.last === null) return true;
    const sinceMs = at - this.lastAt;
    const busy = reading.moving || reading.doorState !== 'closed';
    if (sinceMs >= (busy ? BUSY_INTERVAL_MS : IDLE_INTERVAL_MS)) return true;
    return sinceMs >= CHANGE_INTERVAL_MS && changed(this.last, reading);
  }

  private sample(reading: LiftReading, at: number): FirmwareMessage {
    this.last = reading;
    this.lastAt = at;
    return { name: 'telemetry', payload: { v: 1, boot: this.boot, seq: this.seq++, at, ...reading } };
  }

  private eventsOf(codes: readonly FaultKind[], at: number): FirmwareMessage[] {
    const raised = codes.filter((code) => !this.active.includes(code));
    const cleared = this.active.filter((code) => !codes.includes(code));
    this.active = codes;
    return [
      ...raised.map((code) => this.event(code, 'raised', at)),
      ...cleared.map((code) => this.event(code, 'cleared', at)),
    ];
  }

  private event(code: FaultKind, state: 'raised' | 'cleared', at: number): FirmwareMessage {
    const id = `${this.boot}-${this.events++}`;
    return { name: 'event', payload: { v: 1, boot: this.boot, id, seq: this.seq++, at, code, state } };
  }
}

/** Whether something happened that is worth a sample of its own. */
function changed(before: LiftReading, now: LiftReading): boolean {
  return (
    before.moving !== now.moving ||
    before.doorState !== now.doorState ||
    before.occupied !== now.occupied ||
    before.floor !== now.floor ||
    before.direction !== now.direction ||
    before.mode !== now.mode ||
    before.powerState !== now.powerState ||
    before.doorLock !== now.doorLock ||
    before.safetyLoop !== now.safetyLoop ||
    // A running car passes a zone at every landing: that is no news until it stops.
    (!now.moving && before.inDoorZone !== now.inDoorZone)
  );
}
