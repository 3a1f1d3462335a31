import { type AddressRefusal, addressRefusal, allowedNetworks } from './address-rules.js';
import { checkAddresses, checkEndpointUrl, type UrlRefusal } from './endpoint-url.js';

const REFUSED: readonly (readonly [string, AddressRefusal])[] = [
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.1', 'shared'],
  ['100.100.100.200', 'shared'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['169.254.170.2', 'link-local'],
  ['168.63.129.16', 'metadata'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'reserved'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', 'reserved'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'private'],
  ['198.19.255.255', 'private'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.9', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::127.0.0.1', 'not-global'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['0:0:0:0:0:ffff:10.1.2.3', 'private'],
  ['::ffff:169.254.169.254', 'metadata'],
  ['::ffff:0:127.0.0.1', 'not-global'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['64:ff9b::a00:1', 'private'],
  ['64:ff9b::169.254.169.254', 'metadata'],
  ['64:ff9b:1::1', 'private'],
  ['64:ff9b:1:fffe::10.0.0.1', 'private'],
  ['100::1', 'not-global'],
  ['2001::1', 'tunnelled'],
  ['2001:0:7f00:1::1', 'tunnelled'],
  ['2001:db8::1', 'documentation'],
  ['2001:10::1', 'reserved'],
  ['2002:7f00:1::1', 'tunnelled'],
  ['2002:a00:1::', 'tunnelled'],
  ['3fff::1', 'documentation'],
  ['4000::1', 'not-global'],
  ['5f00::1', 'not-global'],
  ['fc00::1', 'private'],
  ['fd00::1', 'private'],
  ['fd00:ec2::254', 'metadata'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'private'],
  ['ff02::1', 'multicast'],
  ['ff0e::1', 'multicast'],
  ['nonsense', 'no-address'],
  ['', 'no-address'],
  ['1.2.3', 'no-address'],
];

const ALLOWED = ['1.1.1.1', '8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.255.255', '100.128.0.1'];
const ALLOWED6 = ['2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '64:ff9b::808:808'];

describe('addresses', () => {
  it.each(REFUSED)('%s is refused as %s', (address, reason) => {
    expect(addressRefusal(address, null)).toBe(reason);
  });

  it.each([...ALLOWED, ...ALLOWED6])('%s may be connected to', (address) => {
    expect(addressRefusal(address, null)).toBeNull();
  });

  it('an allowed network opens itself and nothing else, in every spelling', () => {
    const allowed = allowedNetworks(['127.0.0.0/8', 'fd12::/16', '10.1.2.3']);
    for (const address of ['127.9.9.9', '::ffff:127.0.0.1', 'fd12::5', '10.1.2.3', '64:ff9b::10.1.2.3']) {
      expect(addressRefusal(address, allowed)).toBeNull();
    }
    for (const address of ['10.1.2.4', 'fd13::5', '::1', '169.254.169.254']) {
      expect(addressRefusal(address, allowed)).not.toBeNull();
    }
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', '10.0.0.0/8/8', 'intranet', '10.0.0.0/x'])(
    '%s is no network',
    (entry) => {
      expect(() => allowedNetworks([entry])).toThrow('is no network');
    },
  );
});

describe('URLs of endpoints', () => {
  it.each<readonly [string, UrlRefusal]>([
    ['https://127.0.0.1/', 'loopback'],
    ['https://127.1/', 'loopback'],
    ['https://0x7f.1/', 'loopback'],
    ['https://2130706433/', 'loopback'],
    ['https://0177.0.0.1/', 'loopback'],
    ['https://%31%32%37.0.0.1/', 'loopback'],
    ['https://１２７.０.０.１/', 'loopback'],
    ['https://127.0.0.1./', 'loopback'],
    ['https://[::1]/', 'loopback'],
    ['https://[::ffff:7f00:1]:8443/', 'loopback'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'metadata'],
    ['https://169.254.169.254/latest/meta-data', 'metadata'],
    ['https://0/', 'unspecified'],
    ['https://user:pass@example.com/', 'has-credentials'],
    ['https://user@127.0.0.1/', 'has-credentials'],
    ['http://example.com/', 'not-https'],
    ['ftp://example.com/', 'no-url'],
    ['file:///etc/passwd', 'no-url'],
    ['gopher://example.com/', 'no-url'],
    ['javascript:alert(1)', 'no-url'],
    ['example.com', 'no-url'],
    [`https://example.com/${'x'.repeat(2_048)}`, 'too-long'],
  ])('%s is refused as %s', (text, refusal) => {
    expect(checkEndpointUrl(text, null)).toEqual({ ok: false, refusal });
  });

  it('names are let through, and judged by every address they have', () => {
    const checked = checkEndpointUrl('https://hooks.example.com/in?a=b', null);
    if (!checked.ok) throw new Error(checked.refusal);
    expect(checkAddresses(checked.url, ['1.1.1.1', '2606:4700::1111'], null)).toBeNull();
    expect(checkAddresses(checked.url, ['1.1.1.1', '10.0.0.1'], null)).toBe('private');
    expect(checkAddresses(checked.url, ['1.1.1.1', '::ffff:10.0.0.1'], null)).toBe('private');
    expect(checkAddresses(checked.url, [], null)).toBe('no-address');
  });

  it('plain http goes to allowed networks only, whatever the name says later', () => {
    const allowed = allowedNetworks(['10.0.0.0/8']);
    const checked = checkEndpointUrl('http://hooks.intranet/in', allowed);
    if (!checked.ok) throw new Error(checked.refusal);
    expect(checkAddresses(checked.url, ['10.0.0.1'], allowed)).toBeNull();
    expect(checkAddresses(checked.url, ['1.1.1.1'], allowed)).toBe('not-https');
    expect(checkEndpointUrl('http://1.1.1.1/', allowed)).toEqual({ ok: false, refusal: 'not-https' });
  });
});
