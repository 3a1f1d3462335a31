import { createHash } from 'node:crypto';

/** The `ETag` of what is shown: a strong tag that changes whenever the shown fields do. */
export function entityTag(shown: object): string {
  return `"${createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 22)}"`;
}

/** True when an `If-Match` header allows a change of what has `tag`; without the header anything goes. */
export function ifMatchAllows(header: string | undefined, tag: string): boolean {
  if (header === undefined) return true;
  const given = header.split(',').map((part) => part.trim());
  return given.includes('*') || given.includes(tag);
}
