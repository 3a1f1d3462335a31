import type { Withdrawal } from './terminal-access.js';

interface Noted {
  readonly withdrawal: Withdrawal;
  /** `Clock.monotonicMs()`. */
  readonly at: number;
}

/**
 * The withdrawals of the last moments. A connection that was just being admitted when its terminal was
 * revoked has no session yet to cut, and a message of it may be retained a moment later: both are caught up
 * with as long as a withdrawal is remembered.
 */
export class EdgeWithdrawals {
  private readonly noted = new Map<string, Noted>();

  /**
   * @param keepMs longest time from accepting a connection to its session, ms
   * @param max most that are remembered; beyond, the oldest goes
   */
  constructor(
    private readonly keepMs: number,
    private readonly max: number,
  ) {}

  note(terminalId: string, withdrawal: Withdrawal, now: number): void {
    const oldest = this.noted.keys().next();
    if (this.noted.size >= this.max && !oldest.done) this.noted.delete(oldest.value);
    this.noted.delete(terminalId);
    this.noted.set(terminalId, { withdrawal, at: now });
  }

  /** True when a connection accepted then may rest on a right withdrawn since. */
  touches(terminalId: string, acceptedAt: number): boolean {
    const noted = this.noted.get(terminalId);
    return noted !== undefined && noted.at >= acceptedAt;
  }

  /** Forgets the old ones; answers the terminals revoked lately. */
  revokedLately(now: number): readonly string[] {
    const revoked: string[] = [];
    for (const [terminalId, { withdrawal, at }] of this.noted) {
      if (withdrawal === 'revoked') revoked.push(terminalId);
      if (now - at > this.keepMs) this.noted.delete(terminalId);
    }
    return revoked;
  }
}
