/**
 * Deepest nesting of a value we keep without knowing it. Beyond it `JSON.stringify` can overflow the stack.
 */
export const KEPT_DEPTH_MAX = 32;

/**
 * A JSON value as it may be kept in records: the very same value, except that NUL and lone surrogates, which
 * PostgreSQL's `text` and `jsonb` refuse, become U+FFFD; one such string would otherwise stop the writer for
 * ever. The same reference is returned when nothing had to change. `undefined`, which is no JSON value, says
 * that it nests deeper than `KEPT_DEPTH_MAX`.
 */
export function keptValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= KEPT_DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return keptArray(value, depth);
  return keptRecord(value, depth);
}

/** The text as PostgreSQL can hold it. */
function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(/\p{Cs}/gu, '\uFFFD');
}

function keptArray(values: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | null = null;
  for (let i = 0; i < values.length; i += 1) {
    const kept = keptValue(values[i], depth + 1);
    if (kept === undefined) return undefined;
    if (kept !== values[i] && copy === null) copy = [...values];
    if (copy !== null) copy[i] = kept;
  }
  return copy ?? values;
}

function keptRecord(record: object, depth: number): unknown {
  let changed = false;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    const name = storableText(key);
    const kept = keptValue(value, depth + 1);
    if (kept === undefined) return undefined;
    changed ||= kept !== value || name !== key;
    define(copy, name, kept);
  }
  return changed ? copy : record;
}

/** Sets an own property of any name: plain assignment to `__proto__` would replace the prototype. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}
