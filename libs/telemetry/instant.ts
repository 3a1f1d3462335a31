import { problem } from '#access';

/** ISO 8601 with an offset, or digits: ms since 1970 UTC. */
export const INSTANT = /^(\d{1,13}|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))$/;
export const INSTANT_WORDS =
  'must be a time such as 2026-11-21T08:00:00Z, with its offset (a + is written %2B), ' +
  'or milliseconds since 1970';
/** The year 2261: InfluxDB keeps times up to 2262. */
const INSTANT_MAX = 9_200_000_000_000;

/** Whole ms since 1970 UTC of a text that fits {@link INSTANT}; null when no such time is in 1970–2261. */
export function instantOf(text: string): number | null {
  const ms = /^\d+$/.test(text) ? Number(text) : Math.floor(Date.parse(text));
  return ms >= 0 && ms <= INSTANT_MAX ? ms : null;
}

/** The moment in a cursor, ms since 1970 UTC. Throws a 400 problem for a number that is no moment. */
export function cursorMoment(ms: number): Date {
  const date = new Date(ms);
  if (!Number.isNaN(date.getTime())) return date;
  const detail = 'The cursor is not one of this list: pass "next" of the page before, unchanged.';
  throw problem(400, 'Bad cursor', detail);
}
