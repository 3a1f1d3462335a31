import fc from 'fast-check';
import {
  DELIVERY_EDGES,
  DELIVERY_STATES,
  type DeliveryState,
  decideAttempt,
  decideHealth,
  GIVE_UP_MS,
} from './delivery-lifecycle.js';
import { RETRY_AFTER_MAX_MS, retryAfterMs, SCHEDULES, waitAfter } from './retry-schedule.js';

const pending = (tries: number, schedule: 'normal' | 'critical' = 'normal') =>
  ({ id: 'msg_1', state: 'pending', schedule, tries }) as const;

describe('a delivery', () => {
  it('reaches every state from pending, and every state leads back to it or on', () => {
    const reached = new Set<DeliveryState>(['pending']);
    for (let size = 0; size < reached.size; ) {
      size = reached.size;
      for (const state of [...reached])
        for (const next of Object.values(DELIVERY_EDGES[state])) reached.add(next);
    }
    expect([...reached].sort()).toEqual([...DELIVERY_STATES].sort());
  });

  it.each(['delivered', 'failed', 'cancelled'] as const)('%s takes no attempt', (state) => {
    for (const outcome of ['accepted', 'gone', 'timeout'] as const) {
      expect(() => decideAttempt({ ...pending(1), state }, outcome, null)).toThrow(
        `A delivery that is ${state}`,
      );
    }
    expect(DELIVERY_EDGES[state]).toEqual({ redeliver: 'pending' });
  });

  it('is delivered by 2xx alone, cancelled by 410, and tried again after anything else', () => {
    expect(decideAttempt(pending(1), 'accepted', null)).toMatchObject({ state: 'delivered', waitMs: null });
    expect(decideAttempt(pending(1), 'gone', null)).toMatchObject({
      state: 'cancelled',
      reason: 'endpoint-disabled',
    });
    for (const outcome of ['refused-status', 'redirect-refused', 'timeout', 'address-refused'] as const) {
      expect(decideAttempt(pending(1), outcome, null)).toMatchObject({ state: 'pending', reason: outcome });
    }
  });

  it.each(['normal', 'critical'] as const)(
    'the %s schedule is walked to its end, each wait up to a fifth longer',
    (schedule) => {
      const waits = SCHEDULES[schedule];
      for (let tries = 1; tries < waits.length; tries++) {
        const { waitMs } = decideAttempt(pending(tries, schedule), 'timeout', null);
        expect(waitMs).toBeGreaterThanOrEqual(waits[tries] ?? Number.NaN);
        expect(waitMs).toBeLessThanOrEqual((waits[tries] ?? Number.NaN) * 1.2);
      }
      expect(decideAttempt(pending(waits.length, schedule), 'timeout', null)).toEqual({
        state: 'failed',
        reason: 'attempts-exhausted',
        waitMs: null,
      });
    },
  );

  it('the schedules are those of the issue', () => {
    const [s, min, h] = [1_000, 60_000, 3_600_000];
    const rest = [5 * min, 30 * min, 2 * h, 5 * h, 10 * h, 10 * h];
    expect(SCHEDULES.normal).toEqual([0, 5 * s, ...rest]);
    expect(SCHEDULES.critical).toEqual([0, s, 2 * s, 5 * s, 10 * s, 30 * s, ...rest]);
  });

  it('Retry-After lengthens a wait and never shortens one', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.nat(200_000_000), fc.string(), (tries, asked, id) => {
        const plain = waitAfter('critical', tries, id, null) ?? 0;
        const wait = waitAfter('critical', tries, id, asked) ?? 0;
        return wait === Math.max(plain, Math.min(asked, RETRY_AFTER_MAX_MS));
      }),
    );
  });

  it.each<readonly [string | undefined, number | null]>([
    ['120', 120_000],
    ['0', 0],
    ['Fri, 01 May 2026 08:00:10 GMT', 10_000],
    ['Fri, 01 May 2026 07:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['99999999999', null],
    [undefined, null],
  ])('Retry-After %p is %p ms', (header, ms) => {
    expect(retryAfterMs(header, Date.parse('2026-05-01T08:00:00Z'))).toBe(ms);
  });
});

describe("an endpoint's health", () => {
  it('forgets failures at a success, and gives up five days after the first of a row', () => {
    const fail = (at: number) => ({ outcome: 'timeout', at }) as const;
    expect(decideHealth(null, [fail(5), fail(9)])).toEqual({ failingSince: 5, disable: null });
    expect(decideHealth(5, [{ outcome: 'accepted', at: 10 }])).toEqual({ failingSince: null, disable: null });
    expect(decideHealth(5, [{ outcome: 'accepted', at: 10 }, fail(12)])).toEqual({
      failingSince: 12,
      disable: null,
    });
    expect(decideHealth(5, [fail(5 + GIVE_UP_MS - 1)]).disable).toBeNull();
    expect(decideHealth(5, [fail(5 + GIVE_UP_MS)]).disable).toBe('failing-five-days');
    expect(decideHealth(null, [{ outcome: 'gone', at: 1 }]).disable).toBe('gone');
  });
});
