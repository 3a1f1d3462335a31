import type { Decoded, QuarantineReason } from './message.js';

/** Longest `detail` of a refused message, characters (contract of `Decoded`). */
const DETAIL_MAX = 500;
/** Longest quotation of a refused value, characters. */
const PREVIEW_MAX = 60;

/**
 * A refused message. `detail` names the field, the value and what is allowed; it is cut at 500 characters.
 */
export function refused(reason: QuarantineReason, detail: string): Decoded {
  return { ok: false, reason, detail: shorten(detail, DETAIL_MAX) };
}

/**
 * A value as a person may read it in a refusal. Never descends into arrays or objects: a payload of 64 KiB
 * can nest 32,000 levels, and `JSON.stringify` overflows the stack on it.
 */
export function preview(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(shorten(value, PREVIEW_MAX));
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
}

/** Cut at `max` characters without splitting a surrogate pair: half of one cannot be stored as UTF-8. */
function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/\p{Cs}$/u, '')}…`;
}
