import { hashSecret, keyText, newKey, parseKeyText, secretMatches } from './key-text.js';

describe('API key text', () => {
  it('comes apart as it was put together', () => {
    for (let n = 0; n < 200; n += 1) {
      const key = newKey();
      expect(parseKeyText(keyText(key))).toEqual(key);
      expect(Buffer.from(key.secret, 'base64url')).toHaveLength(32);
    }
  });

  it.each([
    '',
    'lw_',
    'lw_0123456789ab_short',
    `lw_0123456789AB_${'a'.repeat(43)}`,
    `lw_0123456789ab_${'a'.repeat(44)}`,
  ])('refuses %j', (text) => expect(parseKeyText(text)).toBeNull());

  it('matches its own secret only', () => {
    const { secret } = newKey();
    expect(secretMatches(secret, hashSecret(secret))).toBe(true);
    expect(secretMatches(newKey().secret, hashSecret(secret))).toBe(false);
    expect(secretMatches(secret, '')).toBe(false);
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
