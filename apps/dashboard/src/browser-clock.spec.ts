import { clockSkewMs } from './browser-clock.js';

const noon = Date.UTC(2025, 10, 21, 12, 0, 0);
const header = new Date(noon).toUTCString();

describe('clockSkewMs', () => {
  it.each([
    ['same second', header, noon + 400, 0],
    ['two seconds apart are the header’s grain', header, noon + 2_500, 0],
    ['desk clock ten minutes ahead', header, noon + 600_500, -600_000],
    ['desk clock an hour behind', header, noon - 3_599_500, 3_600_000],
    ['no header', null, noon, 0],
    ['unreadable header', 'yesterday-ish', noon, 0],
  ])('%s', (_name, dateHeader, localNow, expected) => {
    expect(clockSkewMs(dateHeader, localNow)).toBe(expected);
  });
});
