import { PRIORITIES, type Priority } from '#domain';

/** The largest time of ECMAScript, ms from 1970 UTC. */
const TIME_MAX_MS = 8.64e15;

/** Readers of an event's data: the log may hold what another version wrote. */

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A moment that a timestamp column and an ISO string can hold. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= TIME_MAX_MS;
}

export function isPriority(value: unknown): value is Priority {
  return PRIORITIES.some((priority) => priority === value);
}

export function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
