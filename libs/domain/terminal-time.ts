import type { Origin } from '#protocol';
import { THRESHOLDS } from './thresholds.js';

/** When a message's content was true, by our clock. */
export interface MappedTime {
  /** ms since 1970 UTC. */
  readonly occurredAt: number;
  /** The terminal's clock was over a day off, so `occurredAt` rests on `receivedAt`. */
  readonly clockSuspect: boolean;
}

/**
 * The offset of a boot, fixed by its first live message: 0 for a clock within a day of ours, else what brings
 * that message to the moment we received it. Milliseconds to add to the terminal's time.
 */
export function bootOffsetMs(at: number, receivedAt: number): number {
  return Math.abs(receivedAt - at) > THRESHOLDS.clockSuspectMs ? receivedAt - at : 0;
}

/**
 * Maps terminal time to ours (DESIGN "Two clocks"). A clock that was set right within its boot is believed as
 * it is: most terminals start in 1970 and hear the time a moment later. A live message that is over a day off
 * either way takes `receivedAt`; a stored one is believed unless it comes from the future, or from before
 * 1970, which the records could not hold. Nothing is ever refused for its clock.
 */
export function mapTerminalTime(
  origin: Pick<Origin, 'at' | 'stored'>,
  receivedAt: number,
  offsetMs: number,
): MappedTime {
  if (origin.at === null) return { occurredAt: receivedAt, clockSuspect: false };
  const { at, stored } = origin;
  const mapped = at + offsetMs;
  if (isPlausible(mapped, stored, receivedAt)) return { occurredAt: mapped, clockSuspect: offsetMs !== 0 };
  if (isPlausible(at, stored, receivedAt)) return { occurredAt: at, clockSuspect: false };
  return { occurredAt: receivedAt, clockSuspect: true };
}

function isPlausible(time: number, stored: boolean, receivedAt: number): boolean {
  if (time < 0 || time - receivedAt > THRESHOLDS.clockSuspectMs) return false;
  return stored || receivedAt - time <= THRESHOLDS.clockSuspectMs;
}
