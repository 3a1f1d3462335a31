import type { FeedStatus } from './alarm-feed.js';
import { type Connection, describeConnection } from './connection.js';

const T0 = 1_000_000;
const status = (part: Partial<FeedStatus>): FeedStatus => ({
  connected: true,
  heardAt: T0,
  startedAt: T0 - 60_000,
  failure: null,
  unreadable: 0,
  recordsFailingSince: null,
  ...part,
});
const lost: Connection = { state: 'lost', since: T0 };

describe('describeConnection', () => {
  it.each<[string, Partial<FeedStatus>, number, Connection]>([
    ['just heard', {}, 0, { state: 'live' }],
    ['one heartbeat is late', {}, 7_999, { state: 'live' }],
    ['silent for 8 s: said within the 10 s', {}, 8_000, lost],
    ['the stream ended a moment ago', { connected: false }, 2_999, { state: 'connecting' }],
    ['the stream ended, tries fail', { connected: false }, 3_000, lost],
    [
      'never connected yet',
      { connected: false, heardAt: null, startedAt: T0 },
      1_000,
      { state: 'connecting' },
    ],
    ['never connected at all', { connected: false, heardAt: null, startedAt: T0 }, 5_000, lost],
    [
      'refused by the server: at once',
      { connected: false, failure: { ok: false, reason: 'refused', status: 403, detail: 'no' } },
      0,
      lost,
    ],
    [
      'not reached: the grace holds',
      { connected: false, failure: { ok: false, reason: 'unreachable', status: null, detail: null } },
      1_000,
      { state: 'connecting' },
    ],
  ])('%s', (_name, part, laterMs, expected) => {
    expect(describeConnection(status(part), T0 + laterMs)).toEqual(expected);
  });
});
