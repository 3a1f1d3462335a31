import { hashSecret, newSecret, verifySecret } from './secret-hash.js';

/** Made by `mosquitto_passwd -b` (Mosquitto 2.0) for the password `geheim-梯`. */
const MOSQUITTO =
  '$7$101$LAW20HJKulUVJpjr$' +
  'vNl2mV9Jfyhig0QcoaUZVjTpNCTU/SswxlerU/lXHYfbw1Ts3Ra9p+HYrpkn2q1UkJjqbEwLqA+K5qbaFaZPJw==';

describe('terminal secrets', () => {
  it("reads and writes Mosquitto's hashes", () => {
    expect(verifySecret(Buffer.from('geheim-梯'), MOSQUITTO)).toBe(true);
    expect(verifySecret(Buffer.from('geheim-楼'), MOSQUITTO)).toBe(false);
    expect(hashSecret('geheim-梯', Buffer.from('LAW20HJKulUVJpjr', 'base64'))).toBe(MOSQUITTO);
  });

  it('makes secrets of at least 128 bits, each with its own salt', () => {
    const secret = newSecret();
    expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(newSecret()).not.toBe(secret);
    expect(hashSecret(secret)).not.toBe(hashSecret(secret));
    expect(verifySecret(Buffer.from(secret), hashSecret(secret))).toBe(true);
    expect(verifySecret(Buffer.from(''), hashSecret(secret))).toBe(false);
  });

  it.each(['', 'plain', '$6$101$AAAA$AAAA', MOSQUITTO.slice(0, -4), MOSQUITTO.replace('101', '0')])(
    'accepts nothing against %j',
    (stored) => expect(verifySecret(Buffer.from('geheim-梯'), stored)).toBe(false),
  );
});
