import { isExpected, nextLookMs, watchOutcome } from './delivery-watch.js';
import type { Attempt } from './webhook-view.js';

const attempt = (number: number, outcome: string): Attempt => ({
  number,
  outcome,
  beganAtMs: 0,
  durationMs: 1,
  status: null,
  head: null,
  body: null,
  error: null,
});

describe('watching a delivery', () => {
  it.each([
    ['nothing yet', 0, [], 'waiting'],
    ['an accepted one', 0, [attempt(1, 'accepted')], 'accepted'],
    ['a refused one', 0, [attempt(1, 'timeout')], 'refused'],
    ['a retry that succeeds', 0, [attempt(1, 'timeout'), attempt(2, 'accepted')], 'accepted'],
    ['only what was there before', 1, [attempt(1, 'accepted')], 'waiting'],
    ['a redelivery that fails', 1, [attempt(1, 'accepted'), attempt(2, 'refused-status')], 'refused'],
  ] as const)('%s', (_what, seen, attempts, outcome) => {
    expect(watchOutcome(seen, attempts)).toBe(outcome);
  });

  it.each([
    ['waiting', 0, 500],
    ['waiting', 20_000, 3_000],
    ['refused', 0, 3_000],
    ['refused', 120_000, null],
    ['waiting', 120_000, null],
    ['accepted', 0, null],
  ] as const)('%s after %d ms looks again after %s ms', (outcome, watchedMs, ms) => {
    expect(nextLookMs(outcome, watchedMs)).toBe(ms);
  });

  it.each([
    [null, true],
    [{ state: 'pending', dueAtMs: 90_000 }, true],
    [{ state: 'pending', dueAtMs: null }, true],
    [{ state: 'pending', dueAtMs: 300_000 }, false],
    [{ state: 'cancelled', dueAtMs: null }, false],
    [{ state: 'delivered', dueAtMs: null }, false],
  ] as const)('%j at 40 s is expected soon: %p', (delivery, expected) => {
    expect(isExpected(delivery, 40_000)).toBe(expected);
  });
});
