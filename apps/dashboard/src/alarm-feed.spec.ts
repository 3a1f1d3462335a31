import { anAlarm } from './alarm.fixture.js';
import { FakeServer, StillClock, settle, UNREACHABLE } from './alarm-feed.fixture.js';
import { AlarmFeed, type FeedStatus, OPEN_MAX, retryDelayMs, SILENCE_MAX_MS } from './alarm-feed.js';
import { type AlarmStore, EMPTY_STORE, reduceAlarms } from './alarm-store.js';

let clock: StillClock;
let server: FakeServer;
let feed: AlarmFeed;
let store: AlarmStore;
let status: FeedStatus | null;
let unauthorized: number;

beforeEach(() => {
  clock = new StillClock();
  server = new FakeServer();
  store = EMPTY_STORE;
  status = null;
  unauthorized = 0;
  feed = new AlarmFeed(server.api, clock, {
    onAlarms: (action) => {
      store = reduceAlarms(store, action);
    },
    onStatus: (next) => {
      status = next;
    },
    onUnauthorized: () => {
      unauthorized += 1;
    },
  });
});
afterEach(() => feed.stop());

async function start(): Promise<void> {
  void feed.run();
  await settle();
}
const versions = () => Object.fromEntries([...store.alarms].map(([id, alarm]) => [id, alarm.version]));

/** Started, greeted at event 100, and listed: `a` at version 1. */
async function startLive(): Promise<void> {
  await start();
  await server.send('hello', { head: 100 }, 100);
  await server.answerList([anAlarm({ id: 'a', version: 1 })]);
}

describe('AlarmFeed', () => {
  it('opens the stream before it lists, and is live only when both are there', async () => {
    await start();
    expect(server.resumedFrom).toEqual([null]);
    expect(server.listCursors).toEqual([]);
    await server.send('hello', { head: 100 }, 100);
    expect(server.listCursors).toEqual([null]);
    expect(status?.connected).toBe(false);
    await server.answerList([anAlarm({ id: 'a' })]);
    expect(status?.connected).toBe(true);
    expect(versions()).toEqual({ a: 1 });
  });

  it('loses nothing that happens while the list is read, and goes back to nothing older', async () => {
    await start();
    await server.send('hello', { head: 100 }, 100);
    await server.alarm(anAlarm({ id: 'raised-after-its-page', version: 1 }), 101);
    await server.alarm(anAlarm({ id: 'a', version: 2 }), 102);
    await server.alarm(anAlarm({ id: 'b', version: 1 }), 103);
    expect(store.loaded).toBe(false);
    await server.answerList([anAlarm({ id: 'a', version: 1 })], 'p2');
    await server.answerList([anAlarm({ id: 'b', version: 4 })]);
    expect(server.listCursors).toEqual([null, 'p2']);
    expect(versions()).toEqual({ a: 2, b: 4, 'raised-after-its-page': 1 });
  });

  it('resumes a cut stream from the last event, without a list', async () => {
    await startLive();
    await server.alarm(anAlarm({ id: 'a', version: 2 }), 101);
    await server.cut();
    expect(status?.connected).toBe(false);
    await clock.pass(500);
    expect(server.resumedFrom).toEqual([null, '101']);
    // The greeting of a resumed stream names a head that lies beyond the replay.
    await server.send('hello', { head: 150 });
    await server.alarm(anAlarm({ id: 'b' }), 120);
    expect(status?.connected).toBe(true);
    expect(versions()).toEqual({ a: 2, b: 1 });
    expect(server.listCursors).toEqual([null]);
    await server.cut();
    await clock.pass(500);
    expect(server.resumedFrom.at(-1)).toBe('120');
  });

  it('takes a heartbeat’s id as its place, so that a quiet client can resume', async () => {
    await startLive();
    await server.send('heartbeat', {}, 4_000);
    await server.cut();
    await clock.pass(500);
    expect(server.resumedFrom.at(-1)).toBe('4000');
  });

  it('lists again after a reset, and drops what was closed meanwhile', async () => {
    await startLive();
    await server.cut();
    await clock.pass(500);
    await server.send('hello', { head: 900 });
    await server.send('reset', { head: 900 }, 900);
    await server.alarm(anAlarm({ id: 'c' }), 901);
    await server.answerList([anAlarm({ id: 'b' })]);
    expect(versions()).toEqual({ b: 1, c: 1 });
    expect([...store.arrivedAt.keys()].sort()).toEqual(['b', 'c']);
  });

  it('starts afresh when the stream is cut before its list came', async () => {
    await start();
    await server.send('hello', { head: 100 }, 100);
    await server.alarm(anAlarm({ id: 'a', version: 2 }), 101);
    await server.cut();
    await clock.pass(500);
    expect(server.resumedFrom).toEqual([null, null]);
    await server.send('hello', { head: 105 }, 105);
    await server.answerList([anAlarm({ id: 'late answer of the first list' })]);
    expect(store.loaded).toBe(false);
    await server.answerList([anAlarm({ id: 'a', version: 3 })]);
    expect(versions()).toEqual({ a: 3 });
  });

  it('reconnects when the list fails', async () => {
    await start();
    await server.send('hello', { head: 100 }, 100);
    await server.failList();
    expect(status).toMatchObject({ connected: false, failure: { reason: 'unreachable' } });
    await clock.pass(500);
    expect(server.resumedFrom).toEqual([null, null]);
  });

  it('gives up a silent connection after 10 s, and one that heartbeats never', async () => {
    await startLive();
    for (let beat = 0; beat < 4; beat += 1) {
      await clock.pass(5_000);
      await server.send('heartbeat', {}, 100);
    }
    expect(server.resumedFrom).toHaveLength(1);
    await clock.pass(SILENCE_MAX_MS - 1_000);
    expect(status?.connected).toBe(true);
    await clock.pass(1_000);
    expect(status?.connected).toBe(false);
    await clock.pass(500);
    expect(server.resumedFrom).toEqual([null, '100']);
  });

  it('backs off from 0.5 s to 5 s while the server is away, and begins anew once greeted', async () => {
    server.refuse = UNREACHABLE;
    await start();
    for (let attempt = 0; attempt < 6; attempt += 1) await clock.pass(5_000);
    expect(clock.slept.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    server.refuse = null;
    await clock.pass(5_000);
    await server.send('hello', { head: 1 }, 1);
    await server.cut();
    expect(clock.slept.at(-1)).toBe(500);
    expect(retryDelayMs(1_000)).toBe(5_000);
  });

  it('stops at a refused key and says so once', async () => {
    server.refuse = { ok: false, reason: 'unauthorized', status: 401, detail: null };
    await start();
    await clock.pass(60_000);
    expect(unauthorized).toBe(1);
    expect(server.resumedFrom).toHaveLength(1);
  });

  it('stops for good when told to', async () => {
    await startLive();
    feed.stop();
    await server.alarm(anAlarm({ id: 'b' }), 101).catch(() => undefined);
    await clock.pass(60_000);
    expect(versions()).toEqual({ a: 1 });
    expect(server.resumedFrom).toHaveLength(1);
  });

  it('lists again on a new connection when asked', async () => {
    await startLive();
    feed.resync();
    await settle();
    await clock.pass(500);
    expect(server.resumedFrom).toEqual([null, null]);
  });

  it('knows from each heartbeat since when the records database has not answered', async () => {
    await startLive();
    await server.send('heartbeat', { at: 'now', recordsFailingSince: '2025-11-21T12:00:00.000Z' }, 101);
    expect(status?.recordsFailingSince).toBe(Date.UTC(2025, 10, 21, 12));
    await server.send('heartbeat', { at: 'now', recordsFailingSince: null }, 101);
    expect(status?.recordsFailingSince).toBeNull();
    await server.send('heartbeat', { at: 'an older server' }, 101);
    expect(status?.recordsFailingSince).toBeNull();
  });

  it('counts what it cannot read and goes on', async () => {
    await startLive();
    await server.send('alarm.raised', { alarm: { id: 'x' } }, 101);
    await server.send('alarm.raised', null, 102);
    await server.alarm(anAlarm({ id: 'b' }), 103);
    expect(status?.unreadable).toBe(2);
    expect(versions()).toEqual({ a: 1, b: 1 });
  });

  it('stops reading pages at its bound and says that the list is not all', async () => {
    await start();
    await server.send('hello', { head: 1 }, 1);
    const page = Array.from({ length: OPEN_MAX / 4 }, () => anAlarm());
    for (let number = 0; number < 4; number += 1) await server.answerList(page, 'more');
    expect(server.listCursors).toHaveLength(4);
    expect(store.truncated).toBe(true);
  });
});
