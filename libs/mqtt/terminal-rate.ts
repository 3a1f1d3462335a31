/** How fast one terminal may send. */
export interface RateLimits {
  /** Messages a second, for ever. */
  readonly terminalRatePerSecond: number;
  /** Messages at once after a rest, e.g. what a terminal stored while it was cut off. */
  readonly terminalBurst: number;
}

/**
 * One terminal's allowance (a token bucket). Events, states and wills always pass, and are counted: a
 * terminal in trouble must be heard, its telemetry gives way.
 */
export class TerminalRate {
  private tokens: number;

  constructor(
    private readonly limits: RateLimits,
    private at: number,
  ) {
    this.tokens = limits.terminalBurst;
  }

  /** True while it is within its rate; takes one. */
  take(now: number): boolean {
    this.refill(now);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Takes one whether it is there or not; a debt of at most one burst. */
  charge(now: number): void {
    this.refill(now);
    this.tokens = Math.max(this.tokens - 1, -this.limits.terminalBurst);
  }

  private refill(now: number): void {
    const { terminalRatePerSecond, terminalBurst } = this.limits;
    const earned = ((now - this.at) * terminalRatePerSecond) / 1_000;
    this.tokens = Math.min(terminalBurst, this.tokens + earned);
    this.at = now;
  }
}
