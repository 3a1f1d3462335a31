import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { Rng } from '../random.js';
import { arrivalLine } from './arrival-line.js';
import { parseFail, parseSlow, statusFor } from './bad-endpoint.js';
import { type Arrival, WebhookInbox } from './inbox.js';
import { verifyWebhook } from './verify-webhook.js';

const NOW = 1_614_265_330_000;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
// The vector of the reference libraries of Standard Webhooks.
const HEADERS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const BODY = Buffer.from('{"test": 2432232314}');
const verdict = (changes: object = {}, body = BODY, now = NOW, key = SECRET) =>
  verifyWebhook(key, { ...HEADERS, ...changes }, body, now);

describe('verifying', () => {
  it("takes the reference libraries' vector, alone and among others", () => {
    expect(verdict()).toEqual({ ok: true, scheme: 'v1', id: HEADERS['webhook-id'] });
    const wrong = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
    const many = `${wrong} v2,${HEADERS['webhook-signature'].slice(3)} ${HEADERS['webhook-signature']} ${wrong}`;
    expect(verdict({ 'webhook-signature': many }).ok).toBe(true);
    expect(verdict({ 'webhook-signature': wrong })).toEqual({ ok: false, why: 'no-signature-fits' });
  });

  it.each([
    [{ 'webhook-id': undefined }, 'header-missing'],
    [{ 'webhook-signature': '' }, 'header-missing'],
    [{ 'webhook-timestamp': ['1614265330'] }, 'header-missing'],
    [{ 'webhook-timestamp': 'hello' }, 'time-off'],
    [{ 'webhook-timestamp': '1614265029' }, 'time-off'],
    [{ 'webhook-signature': 'v1,' }, 'no-signature-fits'],
    [{ 'webhook-signature': 'v1' }, 'no-signature-fits'],
    [{ 'webhook-id': 'msg_other' }, 'no-signature-fits'],
  ])('refuses %j: %s', (changes, why) => {
    expect(verdict(changes)).toEqual({ ok: false, why });
  });

  it('refuses a body that was parsed and written again', () => {
    expect(verdict({}, Buffer.from(JSON.stringify(JSON.parse(BODY.toString()))))).toEqual({
      ok: false,
      why: 'no-signature-fits',
    });
  });

  it('takes v1a by the public key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = `whpk_${publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;
    const content = `${HEADERS['webhook-id']}.${HEADERS['webhook-timestamp']}.${BODY}`;
    const signature = `v1a,${sign(null, Buffer.from(content), privateKey).toString('base64')}`;
    expect(verdict({ 'webhook-signature': signature }, BODY, NOW, key)).toMatchObject({
      ok: true,
      scheme: 'v1a',
    });
    expect(verdict({ 'webhook-signature': signature }, Buffer.from('{}'), NOW, key).ok).toBe(false);
  });
});

describe('bad manners', () => {
  it('are read from the command line, or refused', () => {
    expect([parseFail('500:0.2'), parseSlow('3s'), parseSlow('250ms')]).toEqual([
      { status: 500, share: 0.2 },
      3_000,
      250,
    ]);
    for (const text of ['500', '200:0.5', '500:2', '500:', 'x:0.1'])
      expect(() => parseFail(text)).toThrow('--fail');
    for (const text of ['3', '3m', '-1s', '601s']) expect(() => parseSlow(text)).toThrow('--slow');
  });

  it('fail about the share asked for, the same with the same seed, and are gone after N', () => {
    const manners = { fail: { status: 500, share: 0.2 }, slowMs: 0, goneFrom: 901 };
    const run = () => {
      const rng = new Rng(7, 'receiver');
      return Array.from({ length: 1_000 }, (_, index) => statusFor(manners, true, index + 1, rng));
    };
    const statuses = run();
    expect(run()).toEqual(statuses);
    expect(statuses.filter((status) => status === 410)).toHaveLength(100);
    const failed = statuses.filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(140);
    expect(failed).toBeLessThan(220);
    expect(statusFor({ fail: null, slowMs: 0, goneFrom: null }, false, 1, new Rng(1))).toBe(401);
  });
});

it('an inbox verifies, tells repetitions, and shows what came without its control characters', async () => {
  const arrivals: Arrival[] = [];
  const manners = { fail: null, slowMs: 0, goneFrom: null };
  const options = { key: SECRET, manners, rng: new Rng(1), clock: () => NOW };
  const inbox = await WebhookInbox.open(
    { ...options, onArrival: (each) => arrivals.push(each) },
    0,
    '127.0.0.1',
  );
  const body =
    '{"type":"fault.raised\\u001b[2J","data":{"sequence":17,"lift":{"registrationCode":"L-1"},"kind":"overspeed"}}';
  const stamp = String(NOW / 1_000);
  const signature = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update(
    `msg_1.${stamp}.${body}`,
  );
  const headers = {
    ...{ 'webhook-id': 'msg_1', 'webhook-timestamp': stamp },
    'webhook-signature': `v1,${signature.digest('base64')}`,
  };
  const post = async (changes: object = {}, text = body) => {
    const init = { method: 'POST', headers: { ...headers, ...changes }, body: text };
    return (await fetch(`http://127.0.0.1:${inbox.port}/`, init)).status;
  };
  const statuses = [
    await post(),
    await post(),
    await post({ 'webhook-id': 'msg_2' }),
    await post({}, 'x'.repeat(70_000)),
  ];
  expect(statuses).toEqual([204, 204, 401, 413]);
  expect(arrivals.map(arrivalLine)).toEqual([
    '#1 ok v1 204 fault.raised?[2J #17 L-1 overspeed',
    '#2 ok v1 again 204 fault.raised?[2J #17 L-1 overspeed',
    '#3 REFUSED no-signature-fits 401 fault.raised?[2J #17 L-1 overspeed',
  ]);
  await inbox.close();
});
