/** PostgreSQL's text and jsonb hold neither U+0000 nor half of a surrogate pair; terminals send both. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/**
 * `value` with what PostgreSQL cannot hold replaced by U+FFFD, so that one bad string never stops a batch.
 */
export function storableText(value: string): string {
  return value.replace(UNSTORABLE, '\ufffd');
}

/**
 * JSON text for a `jsonb` column. Strings and keys are made storable. Throws on a cycle or a BigInt, as
 * `JSON.stringify` does.
 */
export function jsonText(value: Readonly<Record<string, unknown>>): string {
  return storableJson(value);
}

/** A list as one value of a statement, which takes it apart with `jsonb_to_recordset` and the like. */
export function jsonList(list: readonly unknown[]): string {
  return storableJson(list);
}

/** What JSON writes for what cannot be stored; after a backslash it is harmless, and costs time only. */
const UNSTORABLE_IN_JSON = /\\u(?:0000|d[89a-f])/;

function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  // Looking at every string costs ten times as much as writing them, and nearly all are storable.
  return UNSTORABLE_IN_JSON.test(json) ? JSON.stringify(value, storablePart) : json;
}

function storablePart(_key: string, part: unknown): unknown {
  if (typeof part === 'string') return storableText(part);
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [storableText(key), inner]));
}
