import { isIP } from 'node:net';
import { type AddressRefusal, type AllowedNetworks, addressRefusal, isAllowed } from './address-rules.js';

/** Characters of an endpoint's URL. */
export const URL_LENGTH_MAX = 2_048;

/** Why a URL is no endpoint's. */
export type UrlRefusal = 'no-url' | 'too-long' | 'not-https' | 'has-credentials' | AddressRefusal;

/** What a person is told. */
export const URL_REFUSALS: Readonly<Record<UrlRefusal, string>> = {
  'no-url': 'it is no http or https URL',
  'too-long': `it has more than ${URL_LENGTH_MAX} characters`,
  'not-https': 'it is not https (plain http is for the networks of WEBHOOK_ALLOW)',
  'has-credentials': 'it carries a user or password: the signature is what proves who sends',
  'no-address': 'its host has no address',
  unspecified: 'its address is the unspecified one',
  loopback: 'its address is this machine',
  private: 'its address is private',
  shared: 'its address is of the shared space 100.64.0.0/10',
  'link-local': 'its address is link-local',
  metadata: 'its address is that of a metadata service',
  multicast: 'its address is multicast',
  reserved: 'its address is reserved',
  documentation: 'its address is for documentation',
  'not-global': 'its address is no global one',
  tunnelled: 'its address is that of a tunnel',
};

export type UrlCheck =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly refusal: UrlRefusal };

/**
 * Judges what can be judged without asking the name service; the addresses of a name are judged at each
 * attempt. The URL parser turns every spelling of an IPv4 address (`0x7f.1`, `2130706433`) into the usual
 * one.
 */
export function checkEndpointUrl(text: string, allowed: AllowedNetworks | null): UrlCheck {
  if (text.length > URL_LENGTH_MAX) return { ok: false, refusal: 'too-long' };
  if (!URL.canParse(text)) return { ok: false, refusal: 'no-url' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { ok: false, refusal: 'no-url' };
  if (url.username !== '' || url.password !== '') return { ok: false, refusal: 'has-credentials' };
  const literal = literalOf(url);
  if (literal !== null) {
    const refusal = addressRefusal(literal, allowed);
    if (refusal !== null) return { ok: false, refusal };
  }
  const plain = url.protocol === 'http:';
  const known = literal === null ? allowed !== null : isAllowed(literal, allowed);
  return plain && !known ? { ok: false, refusal: 'not-https' } : { ok: true, url };
}

/** The address in a URL whose host is one. */
export function literalOf(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? null : host;
}

/**
 * The addresses to connect to, or why none: one bad address among them refuses all, because which of them
 * would be taken is not ours to say. Plain http goes to allowed networks only.
 */
export function checkAddresses(
  url: URL,
  addresses: readonly string[],
  allowed: AllowedNetworks | null,
): UrlRefusal | null {
  if (addresses.length === 0) return 'no-address';
  for (const address of addresses) {
    const refusal = addressRefusal(address, allowed);
    if (refusal !== null) return refusal;
    if (url.protocol === 'http:' && !isAllowed(address, allowed)) return 'not-https';
  }
  return null;
}
