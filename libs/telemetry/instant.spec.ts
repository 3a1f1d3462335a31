import { INSTANT, instantOf } from './instant.js';

describe('instantOf', () => {
  it.each([
    ['2026-11-21T08:00:00Z', 1_795_248_000_000],
    ['2026-11-21T16:00+08:00', 1_795_248_000_000],
    ['2026-11-21T08:00:00.0019Z', 1_795_248_000_001],
    ['1795248000000', 1_795_248_000_000],
    ['0', 0],
  ])('reads %s', (text, ms) => {
    expect(INSTANT.test(text)).toBe(true);
    expect(instantOf(text)).toBe(ms);
  });

  it.each(['2026-13-21T08:00:00Z', '1969-12-31T23:59:59Z', '2500-01-01T00:00:00Z', '9999999999999'])(
    'knows no time %s',
    (text) => {
      expect(instantOf(text)).toBeNull();
    },
  );

  it.each([
    '',
    '2026-11-21',
    '2026-11-21T08:00:00',
    'now',
    '-5',
    '1e12',
    '2026-11-21T16:00 08:00',
    '12345678901234',
  ])('does not take %j for a time', (text) => {
    expect(INSTANT.test(text)).toBe(false);
  });
});
