import { BlockList, isIP, isIPv4 } from 'node:net';

/** Why we do not connect to an address. */
export type AddressRefusal =
  | 'no-address'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'reserved'
  | 'documentation'
  | 'not-global'
  | 'tunnelled';

type Rule = readonly [reason: AddressRefusal, network: string, bits: number];

/** The special-purpose registry of IPv4 (RFC 6890), and the metadata service that has a public address. */
const IPV4_RULES: readonly Rule[] = [
  ['unspecified', '0.0.0.0', 8],
  ['private', '10.0.0.0', 8],
  ['shared', '100.64.0.0', 10],
  ['loopback', '127.0.0.0', 8],
  ['metadata', '169.254.169.254', 32],
  ['link-local', '169.254.0.0', 16],
  ['private', '172.16.0.0', 12],
  ['reserved', '192.0.0.0', 24],
  ['documentation', '192.0.2.0', 24],
  ['reserved', '192.88.99.0', 24],
  ['private', '192.168.0.0', 16],
  ['private', '198.18.0.0', 15],
  ['documentation', '198.51.100.0', 24],
  ['documentation', '203.0.113.0', 24],
  ['multicast', '224.0.0.0', 4],
  ['reserved', '240.0.0.0', 4],
  // Azure's, reachable from inside its machines only.
  ['metadata', '168.63.129.16', 32],
];

/** What of IPv6 has a name of its own; the rest outside 2000::/3 is `not-global` (RFC 4291, RFC 6890). */
const IPV6_RULES: readonly Rule[] = [
  ['unspecified', '::', 128],
  ['loopback', '::1', 128],
  ['metadata', 'fd00:ec2::254', 128],
  ['private', 'fc00::', 7],
  ['link-local', 'fe80::', 10],
  ['private', 'fec0::', 10],
  ['multicast', 'ff00::', 8],
  // RFC 8215: the operator's own translation, to anywhere inside.
  ['private', '64:ff9b:1::', 48],
  ['tunnelled', '2001::', 32],
  ['tunnelled', '2002::', 16],
  ['documentation', '2001:db8::', 32],
  ['documentation', '3fff::', 20],
  ['reserved', '2001::', 23],
];

const NAMED4 = IPV4_RULES.map(listOf);
const NAMED6 = IPV6_RULES.map(listOf);
const GLOBAL6 = listOf(['not-global', '2000::', 3]).list;

/** Networks that are allowed all the same: tests and intranets. */
export type AllowedNetworks = BlockList;

function listOf([reason, network, bits]: Rule): {
  readonly reason: AddressRefusal;
  readonly list: BlockList;
} {
  const list = new BlockList();
  list.addSubnet(network, bits, isIPv4(network) ? 'ipv4' : 'ipv6');
  return { reason, list };
}

/** Networks such as `10.0.0.0/8` or `10.1.2.3`. Throws with the entry that is none. */
export function allowedNetworks(entries: readonly string[]): AllowedNetworks {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits, ...more] = entry.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const wide = bits === undefined ? most : Number(bits);
    if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits ?? '0') || wide > most) {
      throw new Error(`${JSON.stringify(entry)} is no network: give one such as 10.0.0.0/8`);
    }
    list.addSubnet(address, wide, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** True when `address` lies in an allowed network, as it is or as the IPv4 address inside it. */
export function isAllowed(address: string, allowed: AllowedNetworks | null): boolean {
  if (allowed === null || isIP(address) === 0) return false;
  if (isIPv4(address)) return allowed.check(address, 'ipv4');
  const inner = embeddedIpv4(address);
  return allowed.check(address, 'ipv6') || (inner !== null && allowed.check(inner, 'ipv4'));
}

/**
 * Why a webhook may not be sent to `address`, a literal as the resolver gives it; null = it may. An address
 * that carries an IPv4 address (mapped, or translated by NAT64) is judged by that.
 */
export function addressRefusal(address: string, allowed: AllowedNetworks | null): AddressRefusal | null {
  const family = isIP(address);
  // A zone (fe80::1%eth0) names an interface of this machine.
  if (family === 0 || address.includes('%')) return family === 0 ? 'no-address' : 'link-local';
  if (isAllowed(address, allowed)) return null;
  if (family === 4) return NAMED4.find(({ list }) => list.check(address, 'ipv4'))?.reason ?? null;
  const inner = embeddedIpv4(address);
  if (inner !== null) return addressRefusal(inner, allowed);
  const named = NAMED6.find(({ list }) => list.check(address, 'ipv6'));
  if (named !== undefined) return named.reason;
  return GLOBAL6.check(address, 'ipv6') ? null : 'not-global';
}

/** The IPv4 address in `::ffff:a.b.c.d` (RFC 4291) or `64:ff9b::a.b.c.d` (RFC 6052); null for others. */
function embeddedIpv4(address: string): string | null {
  const groups = groupsOf(address);
  const head = groups.slice(0, 6).join(':');
  if (head !== '0:0:0:0:0:ffff' && head !== '64:ff9b:0:0:0:0') return null;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 literal, hexadecimal without leading zeros. */
function groupsOf(address: string): readonly string[] {
  // The URL parser writes an embedded dotted quad as two groups.
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = '', right] = plain.split('::');
  const before = left === '' ? [] : left.split(':');
  if (right === undefined) return before;
  const after = right === '' ? [] : right.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}
