import { createHmac, createPrivateKey, sign as ed25519, type KeyObject } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** What a receiver can be sent: Standard Webhooks' two schemes, and the header of KONE's receivers. */
export const SIGNATURES = ['v1', 'v1a', 'kone'] as const;
export type Signature = (typeof SIGNATURES)[number];

const SECRET_PREFIX = 'whsec_';
const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';
/** Bytes of a secret: the specification allows 24 to 64. */
export const SECRET_BYTES = 32;
const SEED_BYTES = 32;
/** An ed25519 private key in PKCS #8 up to its seed (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
/** A public key's SPKI ends with the key itself. */
const PUBLIC_BYTES = 32;

/** What one delivery is signed with; `secret` as `whsec_…`, `privateKey` as `whsk_…`. */
export interface SigningKeys {
  readonly secret: string;
  readonly privateKey: string;
}

/** `secret` as shown to a person: `whsec_` and base64. Throws a RangeError for another length. */
export function secretText(bytes: Uint8Array): string {
  if (bytes.length < 24 || bytes.length > 64) {
    throw new RangeError(`A secret of ${bytes.length} bytes; it has 24 to 64.`);
  }
  return SECRET_PREFIX + Buffer.from(bytes).toString('base64');
}

/**
 * The pair of an ed25519 seed (32 bytes), as the specification writes it: the private key is seed and public
 * key together, 64 bytes.
 */
export function keyPairText(seed: Uint8Array): { readonly privateKey: string; readonly publicKey: string } {
  const key = privateKeyOf(Buffer.from(seed));
  const jwk = key.export({ format: 'jwk' });
  const open = Buffer.from(String(jwk.x), 'base64url');
  return {
    privateKey: PRIVATE_PREFIX + Buffer.concat([seed, open]).toString('base64'),
    publicKey: PUBLIC_PREFIX + open.toString('base64'),
  };
}

/** The `whpk_…` of a `whsk_…`. */
export function publicKeyText(privateKey: string): string {
  const bytes = Buffer.from(privateKey.slice(PRIVATE_PREFIX.length), 'base64');
  return PUBLIC_PREFIX + bytes.subarray(SEED_BYTES, SEED_BYTES + PUBLIC_BYTES).toString('base64');
}

function privateKeyOf(seed: Buffer): KeyObject {
  if (seed.length !== SEED_BYTES) throw new RangeError(`An ed25519 seed of ${seed.length} bytes; it has 32.`);
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

/**
 * The headers of one attempt (Standard Webhooks 1.0.0, "Webhook headers"). `keys`: the present ones first,
 * then the old ones while they hold. `seconds` since 1970 UTC, of the attempt. `body` is what is sent, byte
 * for byte. Throws when `id` has a full stop, which would let one message pass for another.
 */
export function signedHeaders(
  id: string,
  seconds: number,
  body: string,
  keys: readonly SigningKeys[],
  signatures: readonly Signature[],
): Readonly<Record<string, string>> {
  if (id.includes('.')) throw new Error(`webhook-id "${id}" has a full stop.`);
  const content = `${id}.${seconds}.${body}`;
  const all = keys.flatMap((each) => [
    ...(signatures.includes('v1')
      ? [new Webhook(each.secret).sign(id, new Date(seconds * 1_000), body)]
      : []),
    ...(signatures.includes('v1a') ? [`v1a,${asymmetric(each, content)}`] : []),
  ]);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    ...(all.length > 0 ? { 'webhook-signature': all.join(' ') } : {}),
    ...(signatures.includes('kone') ? { 'kone-signature': koneHeader(seconds, body, keys) } : {}),
  };
}

/** `t=…,v1=HMAC-SHA256(secret, t + "." + body)`, hexadecimal; the secret is its text, all of it. */
function koneHeader(seconds: number, body: string, keys: readonly SigningKeys[]): string {
  const signed = keys.map(
    ({ secret }) => `v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
  );
  return [`t=${seconds}`, ...signed].join(',');
}

function asymmetric({ privateKey }: SigningKeys, content: string): string {
  const seed = Buffer.from(privateKey.slice(PRIVATE_PREFIX.length), 'base64').subarray(0, SEED_BYTES);
  return ed25519(null, Buffer.from(content), privateKeyOf(seed)).toString('base64');
}
