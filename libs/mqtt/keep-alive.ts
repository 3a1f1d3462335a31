/** What the connection needs now. */
export type KeepAliveStep = 'nothing' | 'ping' | 'dead';

/**
 * Pings at half the keepalive, whatever the handler does, and calls the connection dead when nothing at all
 * came within half a keepalive after a ping: a half-open connection shows within one keepalive. While the
 * socket is not read because of our own bounds, silence proves nothing.
 */
export class KeepAlive {
  private readonly halfMs: number;
  private pingedAt: number;
  private waitingSince: number | null = null;

  /** `keepaliveMs` as agreed with the broker; 0 = none. Times are monotonic ms. */
  constructor(keepaliveMs: number, now: number) {
    this.halfMs = keepaliveMs / 2;
    this.pingedAt = now;
  }

  /** Bytes came. */
  heard(): void {
    this.waitingSince = null;
  }

  step(now: number, reading: boolean): KeepAliveStep {
    if (this.halfMs === 0) return 'nothing';
    if (!reading) this.waitingSince = this.waitingSince === null ? null : now;
    if (this.waitingSince !== null && now - this.waitingSince >= this.halfMs) return 'dead';
    if (now - this.pingedAt < this.halfMs) return 'nothing';
    this.pingedAt = now;
    this.waitingSince ??= now;
    return 'ping';
  }
}
