/** Largest time a JavaScript `Date` can hold, ms since 1970. */
const TIME_MAX = 8_640_000_000_000_000;
/**
 * Below this a number counts seconds: as milliseconds it would be before March 1973, as seconds after year
 * 5100.
 */
const SECONDS_BELOW = 100_000_000_000;
const LOCAL_TIME = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{1,2}):(\d{1,2})$/;

/** How a maker's local times without zone are read. */
export interface LocalClock {
  /** The terminals' zone, ms east of UTC. Zones with summer time cannot be read this way. */
  readonly offsetMs: number;
  /** Farther from the message's own time than this, a local time is not believed, ms. */
  readonly toleranceMs: number;
}

/** China time (UTC+8, no summer time since 1991); the tolerance is DOMAIN §3's. */
export const CHINA_CLOCK: LocalClock = { offsetMs: 8 * 3_600_000, toleranceMs: 600_000 };

/** True for a time that counts seconds: firmware sends seconds here and milliseconds there. */
export function countsSeconds(time: number): boolean {
  return time < SECONDS_BELOW;
}

/**
 * A time in seconds or milliseconds as ms since 1970 UTC. Null when it is negative or beyond what a date can
 * hold: then the message has no time of its own.
 */
export function epochMs(time: number): number | null {
  const ms = Math.round(countsSeconds(time) ? time * 1000 : time);
  return ms >= 0 && ms <= TIME_MAX ? ms : null;
}

/** A local time such as `2023-08-16 16:25:07` or `2021/4/14 00:00:00` as ms since 1970 UTC; null if none. */
export function localTimeMs(text: string, { offsetMs }: LocalClock): number | null {
  const parts = LOCAL_TIME.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(utc);
  // Date.UTC carries 31 April over into May; such a text is no time. A carry from seconds ends in the hour or
  // day.
  const carried = date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day;
  if (carried || date.getUTCHours() !== hour || date.getUTCMinutes() !== minute) return null;
  return utc - offsetMs;
}

/**
 * The event's own local time, ms since 1970 UTC, when it lies within the tolerance of the message's time;
 * null when it is farther off (the JTC340 we know are two hours ahead), unreadable, or has no message time to
 * be held against.
 */
export function believedLocalTime(text: string, messageAt: number | null, clock: LocalClock): number | null {
  const local = localTimeMs(text, clock);
  if (local === null || messageAt === null) return null;
  return Math.abs(local - messageAt) <= clock.toleranceMs ? local : null;
}
