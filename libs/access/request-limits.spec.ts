import fc from 'fast-check';
import { Metrics } from '#runtime';
import { ShiftedClock } from './access.fixture.js';
import { callerAddress } from './remote-address.js';
import { ADDRESS_LIMIT, KEY_LIMIT, RequestLimits, WRONG_KEY_LIMIT } from './request-limits.js';
import { noSessionCookie, sessionCookie, sessionTokenOf } from './session-cookie.js';
import { csrfMatches, csrfTokenOf, newSessionToken } from './session-token.js';
import { TokenBuckets } from './token-buckets.js';
import { ADDRESSES_MAX, FREE_TRIES, WrongKeys } from './wrong-keys.js';

/** Stands still until it is told. */
class StoppedClock extends ShiftedClock {
  private ms = 1_000;

  override now(): number {
    return this.ms;
  }

  override monotonicMs(): number {
    return this.ms;
  }

  override pass(ms: number): void {
    this.ms += ms;
  }
}

describe('TokenBuckets', () => {
  const options = { perSecond: 10, burst: 3, bucketsMax: 2 };

  it('gives the burst, then as many as come back', () => {
    const clock = new StoppedClock();
    const buckets = new TokenBuckets(options, clock);
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 1]);
    clock.pass(99);
    expect(buckets.take('a')).toBe(1);
    clock.pass(1);
    expect([buckets.wait('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 1]);
    expect(buckets.take('b')).toBe(0);
  });

  it('never gives more than burst + rate × time, however it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), (gaps) => {
        const clock = new StoppedClock();
        const buckets = new TokenBuckets(options, clock);
        let given = 0;
        for (const gap of gaps) {
          clock.pass(gap);
          if (buckets.take('a') === 0) given += 1;
        }
        const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1_000;
        expect(given).toBeLessThanOrEqual(options.burst + options.perSecond * seconds + 1e-6);
      }),
      { seed: 20_261_121 },
    );
  });

  it('forgets the one longest untouched when there are too many', () => {
    const buckets = new TokenBuckets(options, new StoppedClock());
    for (const name of ['a', 'a', 'a', 'b', 'a', 'c']) buckets.take(name);
    expect(buckets.size).toBe(2);
    expect(buckets.take('a')).toBe(1);
    expect(buckets.size).toBe(2);
  });
});

describe('WrongKeys', () => {
  it('lets a person err, then doubles the wait up to a quarter of an hour', () => {
    const clock = new StoppedClock();
    const wrong = new WrongKeys(clock);
    const waits: number[] = [];
    for (let n = 0; n < FREE_TRIES + 12; n += 1) {
      wrong.failed('a');
      waits.push(wrong.wait('a'));
      clock.pass(wrong.wait('a') * 1_000);
      expect(wrong.wait('a')).toBe(0);
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(wrong.wait('b')).toBe(0);
    clock.pass(3_600_000);
    wrong.failed('a');
    expect(wrong.wait('a')).toBe(0);
  });

  it('keeps a bounded number of addresses', () => {
    const wrong = new WrongKeys(new StoppedClock());
    for (let n = 0; n < ADDRESSES_MAX + 10; n += 1) wrong.failed(`10.${n}`);
    expect(wrong.size).toBe(ADDRESSES_MAX);
  });
});

describe('RequestLimits', () => {
  const limits = () => {
    const clock = new StoppedClock();
    return { clock, limits: new RequestLimits(clock, new Metrics()) };
  };

  it('locks an address that guesses, and not the key beside it that was right before', () => {
    const { clock, limits: each } = limits();
    expect(each.rightCredential('good', 'k1')).toBeNull();
    for (let n = 0; n <= FREE_TRIES; n += 1) each.wrongKey('office');
    expect(each.beforeKey('office', 'guess')).toEqual({ reason: 'locked-out', seconds: 1 });
    expect(each.beforeKey('office', 'good')).toBeNull();
    expect(each.beforeSession('office', 'cookie')).toBeNull();
    expect(each.beforeKey('elsewhere', 'guess')).toBeNull();
    clock.pass(1_000);
    expect(each.beforeKey('office', 'guess')).toBeNull();
    clock.pass(3_600_000);
    for (let n = 0; n <= FREE_TRIES; n += 1) each.wrongKey('office');
    expect(each.beforeKey('office', 'good')).toMatchObject({ reason: 'locked-out' });
  });

  it('bounds wrong keys of all addresses together', () => {
    const { clock, limits: each } = limits();
    for (let n = 0; n < WRONG_KEY_LIMIT.burst; n += 1) each.wrongKey(`10.${n}`);
    expect(each.beforeKey('fresh', 'guess')).toEqual({ reason: 'locked-out', seconds: 1 });
    clock.pass(1_000);
    expect(each.beforeKey('fresh', 'guess')).toBeNull();
  });

  it('bounds requests by key and by address', () => {
    const { limits: each } = limits();
    for (let n = 0; n < KEY_LIMIT.burst; n += 1) expect(each.rightCredential('d', 'k1')).toBeNull();
    expect(each.rightCredential('d', 'k1')).toEqual({ reason: 'rate-limited', seconds: 1 });
    expect(each.rightCredential('e', 'k2')).toBeNull();
    for (let n = 0; n < ADDRESS_LIMIT.burst; n += 1) expect(each.stranger('a')).toBeNull();
    expect(each.stranger('a')).toEqual({ reason: 'rate-limited', seconds: 1 });
    expect(each.beforeKey('a', 'guess')).toEqual({ reason: 'rate-limited', seconds: 1 });
    expect(each.beforeSession('a', 'cookie')).toEqual({ reason: 'rate-limited', seconds: 1 });
    expect(each.beforeSession('a', 'd')).toBeNull();
    expect(each.stranger('b')).toBeNull();
  });

  it('shows how near its bounds are', async () => {
    const clock = new StoppedClock();
    const metrics = new Metrics();
    const each = new RequestLimits(clock, metrics);
    each.onModuleInit();
    each.rightCredential('d', 'k1');
    each.stranger('a');
    each.wrongKey('b');
    const text = await metrics.registry.getSingleMetricAsString('liftwarden_access_tracked');
    for (const what of ['keys', 'addresses', 'wrong-key-addresses', 'proved']) {
      expect(text).toContain(`{what="${what}"} 1`);
    }
  });
});

describe('callerAddress', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', 'unknown'],
    [undefined, 'unknown'],
  ])('%s is %s', (ip, expected) => {
    expect(callerAddress(ip)).toBe(expected);
  });
});

describe('the session cookie', () => {
  const token = newSessionToken();

  it('is read from among others, once', () => {
    expect(sessionTokenOf(`a=b; liftwarden_session=${token}; c=d`)).toBe(token);
    expect(sessionTokenOf(sessionCookie(token, 9, true).split(';')[0])).toBe(token);
    for (const bad of [undefined, '', 'a', `xliftwarden_session=${token}`, `liftwarden_session=${token}x`]) {
      expect([bad, sessionTokenOf(bad)]).toEqual([bad, null]);
    }
    expect(sessionTokenOf(`liftwarden_session=${token}; liftwarden_session=${token}`)).toBeNull();
    fc.assert(
      fc.property(fc.string(), (text) => sessionTokenOf(text) === null),
      { seed: 20_261_121 },
    );
  });

  it('is Secure where the connection is', () => {
    expect(sessionCookie(token, 9, true)).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
    expect(sessionCookie(token, 9, false)).not.toContain('Secure');
    expect(noSessionCookie(true)).toBe(
      'liftwarden_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure',
    );
  });

  it('has one CSRF token, which gives nothing away', () => {
    const csrf = csrfTokenOf(token);
    expect(csrfMatches(token, csrf)).toBe(true);
    expect(csrf).not.toContain(token);
    for (const wrong of ['', token, csrf.slice(1), `${csrf}x`, csrfTokenOf(newSessionToken())]) {
      expect(csrfMatches(token, wrong)).toBe(false);
    }
  });
});
