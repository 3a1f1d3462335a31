import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits in base64url: what the cookie carries. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

export function isSessionToken(text: string): boolean {
  return TOKEN.test(text);
}

/** SHA-256 in hex: all of a session that is stored, so that a copy of the database opens none. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The token that a page sends back in `X-CSRF-Token`. Derived, so that nothing is stored for it and it cannot
 * be exchanged between sessions; the cookie cannot be computed from it.
 */
export function csrfTokenOf(token: string): string {
  return createHmac('sha256', token).update('liftwarden csrf').digest('base64url');
}

/** Takes the same time wherever the two differ. */
export function csrfMatches(token: string, given: string): boolean {
  const expected = Buffer.from(csrfTokenOf(token));
  const received = Buffer.from(given);
  return expected.length === received.length && timingSafeEqual(expected, received);
}
