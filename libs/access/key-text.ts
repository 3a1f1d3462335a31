import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const KEY = /^lw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** A key's text `lw_<id>_<secret>` taken apart: 12 hex digits, and 256 random bits in base64url. */
export interface KeyParts {
  readonly id: string;
  readonly secret: string;
}

/** A new random key. */
export function newKey(): KeyParts {
  return {
    id: randomBytes(ID_BYTES).toString('hex'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

/** The text its holder sends as a bearer token. */
export function keyText(parts: KeyParts): string {
  return `lw_${parts.id}_${parts.secret}`;
}

/** The parts of a key's text, or null when it is none. */
export function parseKeyText(text: string): KeyParts | null {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id && secret ? { id, secret } : null;
}

/** SHA-256 in hex: the secret is random, so a fast hash is as good as a slow one. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever the hashes differ. */
export function secretMatches(secret: string, storedHash: string): boolean {
  const given = Buffer.from(hashSecret(secret), 'hex');
  const stored = Buffer.from(storedHash, 'hex');
  return given.length === stored.length && timingSafeEqual(given, stored);
}
