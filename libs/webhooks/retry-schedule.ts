import { createHash } from 'node:crypto';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before each attempt, ms, the first after the event, the others after the attempt before. */
export const SCHEDULES = {
  normal: [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR],
  /** People wait in a car: five more tries within a minute, then as the others. */
  critical: [
    ...[0, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND],
    ...[5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR],
  ],
} as const satisfies Record<string, readonly number[]>;
export type Schedule = keyof typeof SCHEDULES;

/** At most this share of a wait is added, so that what failed together does not come back together. */
const JITTER = 0.2;
/** Longest wait that an endpoint may ask for. */
export const RETRY_AFTER_MAX_MS = 24 * HOUR;

/**
 * How long to wait after the attempt number `tries` (1 = the first), ms; null = that was the last. The jitter
 * comes from `id`, so that the same delivery waits the same time wherever it is decided. `retryAfterMs`: what
 * the endpoint asked for; it lengthens a wait and never shortens one.
 */
export function waitAfter(
  schedule: Schedule,
  tries: number,
  id: string,
  retryAfterMs: number | null,
): number | null {
  const wait = SCHEDULES[schedule][tries];
  if (wait === undefined) return null;
  const share = createHash('sha256').update(`${id} ${tries}`).digest().readUInt32LE(0) / 2 ** 32;
  const jittered = Math.round(wait * (1 + JITTER * share));
  return Math.max(jittered, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS));
}

/** `Retry-After` as ms from `now` (RFC 9110 §10.2.3): seconds or a date; null when it is neither. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * SECOND;
  // Only the form of RFC 9110: Date.parse takes nearly anything.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
