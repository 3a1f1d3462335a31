import type { ApiResult, Json } from './http.js';

/** Readers of what a server sent: what is not as it should be becomes null, never a crash of the page. */

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Ms since 1970 UTC of an ISO 8601 text. */
export function moment(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

export function oneOf<T extends string>(names: readonly T[], value: unknown): T | null {
  return names.find((name) => name === value) ?? null;
}

export function record(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
  /** Items that could not be read. */
  readonly unreadable: number;
}

/** A page of a list; `path` names it when the answer is not one. */
export function readPage<T>(
  path: string,
  answer: ApiResult<unknown>,
  read: (item: unknown) => T | null,
): ApiResult<ListPage<T>> {
  if (!answer.ok) return answer;
  const page = record(answer.value) ?? {};
  if (!Array.isArray(page.items)) {
    const detail = `GET ${path}: the answer has no "items" list`;
    return { ok: false, reason: 'refused', status: 200, detail };
  }
  const all = page.items.map(read);
  const items = all.filter((item) => item !== null);
  const next = typeof page.next === 'string' || typeof page.next === 'number' ? String(page.next) : null;
  return { ok: true, value: { items, next, unreadable: all.length - items.length } };
}

/** One thing; `path` names it when the answer cannot be read. */
export function readOne<T>(
  path: string,
  answer: ApiResult<unknown>,
  read: (value: unknown) => T | null,
): ApiResult<T> {
  if (!answer.ok) return answer;
  const value = read(answer.value);
  if (value !== null) return { ok: true, value };
  return { ok: false, reason: 'refused', status: 200, detail: `GET ${path}: the answer cannot be read` };
}
