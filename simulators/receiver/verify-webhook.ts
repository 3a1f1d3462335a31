import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';

/** Seconds that a message's time may be off (Standard Webhooks "Verifying signatures"). */
const TOLERANCE_S = 300;
/** An ed25519 public key in SubjectPublicKeyInfo up to the key itself (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

export type Verdict =
  | { readonly ok: true; readonly scheme: 'v1' | 'v1a'; readonly id: string }
  | { readonly ok: false; readonly why: 'header-missing' | 'time-off' | 'no-signature-fits' };

/** A header of a request, in lower case; several of one name are not joined. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The receiver's side of Standard Webhooks 1.0.0, written from its text and not from the sender's code.
 * `key`: `whsec_…` for scheme v1, `whpk_…` for v1a. `body`: the bytes as they came, never parsed and written
 * again. `now`: ms since 1970 UTC.
 */
export function verifyWebhook(key: string, headers: Headers, body: Buffer, now: number): Verdict {
  const [id, stamp, list] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    textOf(headers[name]),
  );
  if (!id || !stamp || !list) return { ok: false, why: 'header-missing' };
  const off = Math.abs(Math.floor(now / 1_000) - Number(stamp));
  if (!/^\d+$/.test(stamp) || off > TOLERANCE_S) return { ok: false, why: 'time-off' };
  const content = Buffer.concat([Buffer.from(`${id}.${stamp}.`), body]);
  const scheme = key.startsWith('whpk_') ? 'v1a' : 'v1';
  for (const each of list.split(' ')) {
    const comma = each.indexOf(',');
    if (each.slice(0, comma) !== scheme) continue;
    const signature = Buffer.from(each.slice(comma + 1), 'base64');
    const fits = scheme === 'v1' ? symmetric(key, content, signature) : asymmetric(key, content, signature);
    if (fits) return { ok: true, scheme, id };
  }
  return { ok: false, why: 'no-signature-fits' };
}

function symmetric(key: string, content: Buffer, signature: Buffer): boolean {
  const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', secret).update(content).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function asymmetric(key: string, content: Buffer, signature: Buffer): boolean {
  const bytes = Buffer.from(key.slice('whpk_'.length), 'base64');
  const open = createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' });
  return verify(null, content, open, signature);
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
