import { randomBytes } from 'node:crypto';
import type { SecretBox } from './secret-box.js';
import { keyPairText, SECRET_BYTES, type SigningKeys, secretText } from './sign.js';

/** An old secret signs beside the new one for so long. */
export const OLD_SECRET_MS = 24 * 3_600_000;
/** Old secrets that sign at once: each adds a signature to the header. */
const OLD_SECRETS_MAX = 3;

interface OldKeys extends SigningKeys {
  /** ms since 1970 UTC. */
  readonly until: number;
}

/** What an endpoint's messages are signed with; sealed in its row. */
export interface EndpointSecrets {
  readonly current: SigningKeys;
  readonly old: readonly OldKeys[];
}

export function newSecrets(): EndpointSecrets {
  return { current: newKeys(), old: [] };
}

function newKeys(): SigningKeys {
  const { privateKey } = keyPairText(randomBytes(32));
  return { secret: secretText(randomBytes(SECRET_BYTES)), privateKey };
}

/** New keys, the present ones kept for 24 hours; null when three old ones still hold. */
export function rotated(secrets: EndpointSecrets, now: number): EndpointSecrets | null {
  const old = secrets.old.filter(({ until }) => until > now);
  if (old.length >= OLD_SECRETS_MAX) return null;
  return { current: newKeys(), old: [{ ...secrets.current, until: now + OLD_SECRET_MS }, ...old] };
}

/** The present keys first, then the old ones that still hold. */
export function keysAt(secrets: EndpointSecrets, now: number): readonly SigningKeys[] {
  return [secrets.current, ...secrets.old.filter(({ until }) => until > now)];
}

/** Until when the longest-lived old secret signs, ms since 1970 UTC; null when none does any more. */
export function oldUntil(secrets: EndpointSecrets, now: number): number | null {
  const held = secrets.old.map(({ until }) => until).filter((until) => until > now);
  return held.length === 0 ? null : Math.max(...held);
}

export function sealSecrets(box: SecretBox, endpoint: string, secrets: EndpointSecrets): string {
  return box.seal(JSON.stringify(secrets), endpoint);
}

/** Throws `SealBroken`. */
export function openSecrets(box: SecretBox, endpoint: string, sealed: string): EndpointSecrets {
  return JSON.parse(box.open(sealed, endpoint)) as EndpointSecrets;
}
