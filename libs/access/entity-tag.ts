import { createHash } from 'node:crypto';
import { type ProblemException, problem } from './problem.js';

/**
 * A strong entity tag: the row's version, then a digest of the answer, because an answer may also hold what
 * changes without the row (the live sample of a lift).
 */
export function entityTag(version: number, body: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 16);
  return `"${version}.${digest}"`;
}

/**
 * The versions an `If-Match` header allows; null = any (no header, or `*`). Judged by version, so that a new
 * sample does not refuse a change of the address. A weak tag never matches (RFC 9110 §13.1.1). Throws a 400
 * problem for a text that is no list of tags.
 */
export function allowedVersions(header: string | undefined): ReadonlySet<number> | null {
  if (header === undefined || header.trim() === '*') return null;
  const versions = new Set<number>();
  for (const part of header.split(',')) {
    const tag = /^\s*(W\/)?"([^"]*)"\s*$/.exec(part);
    if (tag === null) {
      throw problem(
        400,
        'Bad If-Match',
        `If-Match ${JSON.stringify(header.slice(0, 100))} is no list of ETags.`,
      );
    }
    const version = /^(\d{1,9})\.[A-Za-z0-9_-]+$/.exec(tag[2] ?? '')?.[1];
    if (tag[1] === undefined && version !== undefined) versions.add(Number(version));
  }
  return versions;
}

/** Throws 412 when the row has moved on since the caller read it. */
export function mustMatch(allowed: ReadonlySet<number> | null, version: number, what: string): void {
  if (allowed === null || allowed.has(version)) return;
  throw changedSinceRead(what);
}

/** The answer to a change of what has moved on. */
export function changedSinceRead(what: string): ProblemException {
  return problem(
    412,
    'Precondition Failed',
    `${what} has changed since you read it: read it again, then repeat the change.`,
  );
}
