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

/** A list as one value of a statement, which `jsonb_to_recordset` or `jsonb_array_elements_text` takes apart. */
export function jsonList(list: readonly unknown[]): string {
  return storableJson(list);
}

function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'string') return storableText(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const entries = Object.entries(part);
    // Copying every object would cost more than the insert: only those with an unstorable key are copied.
    if (!entries.some(([key]) => storableText(key) !== key)) return part;
    return Object.fromEntries(entries.map(([key, inner]) => [storableText(key), inner]));
  });
}
