import { Latencies } from './latencies.js';

/** Counts what is acknowledged, and measures within a window of time. */
export class LoadMeter {
  readonly latencies = new Latencies();
  /** Acknowledged since the start of the run. */
  acked = 0;
  /** Of those, what was due in the measured time. */
  measured = 0;
  private from = Number.POSITIVE_INFINITY;
  private lastMs = -1;
  private times = 0;

  /**
   * Measures what is due from `from` on, ms of the monotonic clock: what the warm-up left behind would make
   * a rate that is above the one offered.
   */
  begin(from: number): void {
    this.from = from;
  }

  settled(dueAt: number, now: number): void {
    this.acked += 1;
    if (dueAt < this.from) return;
    this.measured += 1;
    const ms = now - dueAt;
    // What was sent in one write and answered in one read took equally long.
    if (ms === this.lastMs) this.times += 1;
    else {
      this.addPending();
      this.lastMs = ms;
      this.times = 1;
    }
  }

  /** Messages nobody acknowledges. */
  sent(count: number): void {
    this.acked += count;
    if (this.from !== Number.POSITIVE_INFINITY) this.measured += count;
  }

  /** A message that was due and never sent took at least this long. */
  missed(dueAt: number, now: number): void {
    if (dueAt >= this.from) this.latencies.add(now - dueAt);
  }

  addPending(): void {
    if (this.times > 0) this.latencies.add(this.lastMs, this.times);
    this.times = 0;
    this.lastMs = -1;
  }
}
