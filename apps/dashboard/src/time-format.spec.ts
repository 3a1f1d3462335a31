import { describeDuration, formatClock, formatMinute, formatMoment } from './time-format.js';

describe('describeDuration', () => {
  it.each([
    [-5_000, 'duration.seconds', { s: '0' }],
    [59_999, 'duration.seconds', { s: '59' }],
    [60_000, 'duration.minutes', { m: '1', s: '00' }],
    [3_599_000, 'duration.minutes', { m: '59', s: '59' }],
    [3_600_000, 'duration.hours', { h: '1', m: '00' }],
    [90_061_000, 'duration.days', { d: '1', h: '01' }],
  ])('%d ms', (ms, key, values) => {
    expect(describeDuration(ms)).toEqual({ key, values });
  });
});

it('writes local times with two digits each', () => {
  const at = new Date(2025, 0, 2, 3, 4, 5).getTime();
  expect([formatClock(at), formatMoment(at), formatMinute(at)]).toEqual([
    '03:04:05',
    '01-02 03:04:05',
    '01-02 03:04',
  ]);
});
