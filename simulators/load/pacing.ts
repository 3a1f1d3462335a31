/**
 * The open-loop schedule: message n of the run is due at `startAt + n / rate`, and belongs to terminal
 * n mod `terminals`. It is arithmetic and no queue, so that a platform that falls behind cannot slow the
 * schedule down (coordinated omission): a late message keeps the moment it was due at.
 */
export class Pacing {
  private readonly perMs: number;

  /**
   * `rate` is messages a second over all terminals, 0 = none; `startAt` in ms of the monotonic clock.
   */
  constructor(
    rate: number,
    private readonly terminals: number,
    private readonly startAt: number,
  ) {
    this.perMs = rate / 1_000;
  }

  /** Messages of the whole run due by `now`. */
  dueInAll(now: number): number {
    return now < this.startAt || this.perMs === 0 ? 0 : Math.floor((now - this.startAt) * this.perMs) + 1;
  }

  /** Messages of one terminal due when `inAll` are due over all. */
  dueOf(terminal: number, inAll: number): number {
    return inAll <= terminal ? 0 : Math.floor((inAll - 1 - terminal) / this.terminals) + 1;
  }

  /** When message `index` of a terminal is due, ms of the monotonic clock. */
  dueAt(terminal: number, index: number): number {
    return this.startAt + (index * this.terminals + terminal) / this.perMs;
  }
}
