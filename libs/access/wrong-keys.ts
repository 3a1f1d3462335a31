import type { Clock } from '#runtime';

/** Wrong keys an address may send before it has to wait: a person pastes the wrong one now and then. */
export const FREE_TRIES = 5;
const BACK_OFF_MIN_MS = 1_000;
const BACK_OFF_MAX_MS = 15 * 60_000;
/** After this long without a wrong key an address starts afresh. */
const FORGET_MS = 60 * 60_000;
export const ADDRESSES_MAX = 10_000;

interface Failures {
  count: number;
  /** Monotonic ms. */
  lastAt: number;
  lockedUntil: number;
}

/**
 * Addresses that send wrong keys: from the sixth on each wrong key doubles the wait, from 1 s to 15 min. A
 * right key does not wipe the slate, or the holder of one key could guess at others for ever.
 */
export class WrongKeys {
  /** In the order of the last wrong key. */
  private readonly addresses = new Map<string, Failures>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.addresses.size;
  }

  /** Seconds that `address` has to wait, 0 when it may try. */
  wait(address: string): number {
    const failures = this.addresses.get(address);
    if (failures === undefined) return 0;
    return Math.max(0, Math.ceil((failures.lockedUntil - this.clock.monotonicMs()) / 1_000));
  }

  /** `address` sent a wrong key. */
  failed(address: string): void {
    const now = this.clock.monotonicMs();
    const before = this.addresses.get(address);
    const count = before !== undefined && now - before.lastAt < FORGET_MS ? before.count + 1 : 1;
    const over = count - FREE_TRIES;
    const lockMs = over <= 0 ? 0 : Math.min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS * 2 ** (over - 1));
    this.addresses.delete(address);
    const oldest = this.addresses.keys().next();
    if (this.addresses.size >= ADDRESSES_MAX && !oldest.done) this.addresses.delete(oldest.value);
    this.addresses.set(address, { count, lastAt: now, lockedUntil: now + lockMs });
  }
}
