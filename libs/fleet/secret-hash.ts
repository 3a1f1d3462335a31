import { pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Mosquitto's password format, so that the hashes can be exported to a broker's password file:
 * `$7$iterations$salt$hash`, PBKDF2 with SHA-512, both parts in base64.
 */
const ITERATIONS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;
const HASH = /^\$7\$(\d{1,6})\$([A-Za-z0-9+/]{1,128}={0,2})\$([A-Za-z0-9+/]{86}==)$/;

/** 192 random bits: with so many, few iterations are enough (0.05 ms a check). */
const SECRET_BYTES = 24;

/**
 * A new terminal secret, 32 characters of base64url. Never begins with `-`: a spreadsheet would take it for a
 * formula, and a command line for an option.
 */
export function newSecret(): string {
  for (;;) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    if (!secret.startsWith('-')) return secret;
  }
}

/** The stored form of a secret. */
export function hashSecret(secret: string, salt: Uint8Array = randomBytes(SALT_BYTES)): string {
  const hash = pbkdf2Sync(secret, salt, ITERATIONS, HASH_BYTES, 'sha512');
  return `$7$${ITERATIONS}$${Buffer.from(salt).toString('base64')}$${hash.toString('base64')}`;
}

/** True when `secret` is the one hashed in `stored`. False for a `stored` of another format. */
export function verifySecret(secret: Uint8Array, stored: string): boolean {
  const [, iterations, salt, hash] = HASH.exec(stored) ?? [];
  if (!iterations || !salt || !hash || Number(iterations) === 0) return false;
  const expected = Buffer.from(hash, 'base64');
  const given = pbkdf2Sync(secret, Buffer.from(salt, 'base64'), Number(iterations), HASH_BYTES, 'sha512');
  return timingSafeEqual(given, expected);
}
