const FIRST_CEILING_MS = 400;
/** Longest pause between two attempts. */
export const RECONNECT_MAX_MS = 10_000;

/**
 * Pause before attempt `attempt` (0 = the first after a connection that had held), ms: 200–400, doubling to
 * 5,000–10,000. Half of it is random, so that the consumers of a restarted broker do not return at once.
 * `random` answers 0 to 1.
 */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(RECONNECT_MAX_MS, FIRST_CEILING_MS * 2 ** Math.min(attempt, 16));
  return ceiling * (0.5 + random() / 2);
}
