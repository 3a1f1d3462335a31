import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { SystemClock } from '#runtime';
import { keyPairText, publicKeyText, secretText, signedHeaders } from './sign.js';

/** A receiver written from the text of Standard Webhooks 1.0.0; it shares nothing with the signer. */
function accepts(key: string, headers: Readonly<Record<string, string>>, body: string, now: number): boolean {
  const [id, stamp, list] = ['id', 'timestamp', 'signature'].map((name) => headers[`webhook-${name}`] ?? '');
  if (Math.abs(now - Number(stamp)) > 300) return false;
  const content = Buffer.from(`${id}.${stamp}.${body}`);
  return (list ?? '').split(' ').some((each) => {
    const comma = each.indexOf(',');
    const [version, signature] = [each.slice(0, comma), each.slice(comma + 1)];
    if (version === 'v1' && key.startsWith('whsec_')) {
      const secret = Buffer.from(key.slice(6), 'base64');
      return createHmac('sha256', secret).update(content).digest('base64') === signature;
    }
    if (version !== 'v1a' || !key.startsWith('whpk_')) return false;
    // SubjectPublicKeyInfo of ed25519 (RFC 8410 §4).
    const der = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(key.slice(5), 'base64'),
    ]);
    return verify(
      null,
      content,
      createPublicKey({ key: der, format: 'der', type: 'spki' }),
      Buffer.from(signature, 'base64'),
    );
  });
}

const keys = (text: string) => {
  const seed = createHash('sha256').update(text).digest();
  return { secret: secretText(seed), ...keyPairText(seed) };
};
const NOW = 1_674_087_231;
const BODY =
  '{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}';

describe('signatures', () => {
  // The vector that the reference libraries of Standard Webhooks test themselves by.
  it("gives the reference libraries' signature", () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const { privateKey } = keys('any');
    const headers = signedHeaders(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      [{ secret, privateKey }],
      ['v1'],
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  // RFC 8032 §7.1, test 2: seed, public key.
  it("writes RFC 8032's keys as the specification serialises them", () => {
    const seed = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
    const open = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
    const pair = keyPairText(seed);
    expect(pair.publicKey).toBe(`whpk_${open.toString('base64')}`);
    expect(pair.privateKey).toBe(`whsk_${Buffer.concat([seed, open]).toString('base64')}`);
    expect(publicKeyText(pair.privateKey)).toBe(pair.publicKey);
  });

  it('is accepted by a receiver written from the text, by either scheme, and by both secrets of a rotation', () => {
    const [old, present] = [keys('old'), keys('present')];
    const headers = signedHeaders(
      'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
      NOW,
      BODY,
      [present, old],
      ['v1', 'v1a'],
    );
    for (const key of [old.secret, present.secret, old.publicKey, present.publicKey]) {
      expect(accepts(key, headers, BODY, NOW)).toBe(true);
      expect(accepts(key, headers, JSON.stringify(JSON.parse(BODY), null, 2), NOW)).toBe(false);
      expect(accepts(key, headers, BODY, NOW + 301)).toBe(false);
    }
    const { secret, publicKey } = keys('another');
    expect([accepts(secret, headers, BODY, NOW), accepts(publicKey, headers, BODY, NOW)]).toEqual([
      false,
      false,
    ]);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(4);
  });

  it("is accepted by the reference library's verifier, which a body written anew does not pass", () => {
    const [old, present] = [keys('old'), keys('present')];
    const seconds = Math.floor(new SystemClock().now() / 1_000);
    const headers = signedHeaders('msg_1', seconds, BODY, [present, old], ['v1', 'v1a']);
    for (const { secret } of [old, present]) {
      expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
      const again = JSON.stringify(JSON.parse(BODY), null, 1);
      expect(() => new Webhook(secret).verify(again, headers)).toThrow('No matching signature');
    }
    expect(() => new Webhook(keys('another').secret).verify(BODY, headers)).toThrow('No matching signature');
    const late = signedHeaders('msg_1', seconds - 301, BODY, [present], ['v1']);
    expect(() => new Webhook(present.secret).verify(BODY, late)).toThrow('too old');
  });

  it('any change of id, time or body breaks it', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[\w-]{1,40}$/), fc.nat(2 ** 31), (body, id, seconds) => {
        const mine = keys('property');
        const headers = signedHeaders(id, seconds, body, [mine], ['v1', 'v1a']);
        const stays = (changes: object, text = body) =>
          [mine.secret, mine.publicKey].map((key) => accepts(key, { ...headers, ...changes }, text, seconds));
        return (
          stays({}).every(Boolean) &&
          !stays({ 'webhook-id': `${id}x` }).some(Boolean) &&
          !stays({ 'webhook-timestamp': String(seconds + 1) }).some(Boolean) &&
          !stays({}, `${body} `).some(Boolean)
        );
      }),
    );
  });

  it("makes the header of KONE's receivers, with each secret of a rotation", () => {
    const [old, present] = [keys('old'), keys('present')];
    const headers = signedHeaders('msg_1', NOW, BODY, [present, old], ['kone']);
    const by = (secret: string) => createHmac('sha256', secret).update(`${NOW}.${BODY}`).digest('hex');
    expect(headers['kone-signature']).toBe(`t=${NOW},v1=${by(present.secret)},v1=${by(old.secret)}`);
    expect(headers['webhook-signature']).toBeUndefined();
  });

  it('refuses an id with a full stop, and secrets too short', () => {
    expect(() => signedHeaders('a.b', NOW, BODY, [keys('x')], ['v1'])).toThrow('full stop');
    expect(() => secretText(Buffer.alloc(23))).toThrow('24 to 64');
  });
});
