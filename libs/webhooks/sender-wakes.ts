import { Injectable } from '@nestjs/common';

/** Most endpoints remembered; what is beyond is found by the sweep. */
const ENDPOINTS_MAX = 10_000;

/**
 * What the parts that make deliveries tell the sender of this process, so that it need not wait for its
 * sweep. Nothing here is needed for correctness: the table is the truth.
 */
@Injectable()
export class SenderWakes {
  private announced = new Set<string>();
  private ready = new Set<string>();
  private wake: (() => void) | null = null;

  /** Deliveries for these endpoints are being written under the publishing lock. */
  announce(endpoints: readonly string[]): void {
    this.add(this.announced, endpoints);
  }

  /** Deliveries for these endpoints are committed. */
  now(endpoints: readonly string[]): void {
    this.add(this.ready, endpoints);
  }

  takeAnnounced(): readonly string[] {
    const taken = [...this.announced];
    this.announced = new Set();
    return taken;
  }

  takeReady(): readonly string[] {
    const taken = [...this.ready];
    this.ready = new Set();
    return taken;
  }

  /** Calls `wake` at each addition; null = nobody listens. */
  onWake(wake: (() => void) | null): void {
    this.wake = wake;
  }

  private add(set: Set<string>, endpoints: readonly string[]): void {
    if (endpoints.length === 0) return;
    for (const endpoint of endpoints) if (set.size < ENDPOINTS_MAX) set.add(endpoint);
    this.wake?.();
  }
}
