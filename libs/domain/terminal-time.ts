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
 * The offset of a boot, fixed by its first live message: 0 for a clock within a day of ours, else what brings that
 * message to the moment we received it. Milliseconds to add to the terminal's time.
 */
export function bootOffsetMs(at: number, receivedAt: number): number {
  return Math.abs(receivedAt - at) > THRESHOLDS.clockSuspectMs ? receivedAt - at : 0;
}

/**
 * Maps terminal time to ours (DESIGN "Two clocks"). A live message that is still over a day off after the offset
 * takes `receivedAt`; a stored one is believed unless it comes from the future. Nothing is ever refused for its clock.
 */
export function mapTerminalTime(
  origin: Pick<Origin, 'at' | 'stored'>,
  receivedAt: number,
  offsetMs: number,
): MappedTime {
  if (origin.at === null) return { occurredAt: receivedAt, clockSuspect: false };
  const mapped = origin.at + offsetMs;
  const ahead = mapped - receivedAt;
  const plausible = origin.stored
    ? ahead <= THRESHOLDS.clockSuspectMs
    : Math.abs(ahead) <= THRESHOLDS.clockSuspectMs;
  if (!plausible) return { occurredAt: receivedAt, clockSuspect: true };
  return { occurredAt: mapped, clockSuspect: offsetMs !== 0 };
}
