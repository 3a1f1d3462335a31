import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { AlarmFeed, type FeedStatus } from './alarm-feed.js';
import { type AlarmAction, type AlarmStore, EMPTY_STORE, reduceAlarms } from './alarm-store.js';
import type { AlarmView } from './alarm-view.js';
import { type AlarmApi, createAlarmApi } from './api-client.js';
import { BrowserClock } from './browser-clock.js';

/**
 * Changes are shown together at most this often: an alarm flood must not cost a render each. Milliseconds.
 */
const SHOW_EVERY_MS = 80;

export interface AlarmFeedView {
  readonly store: AlarmStore;
  readonly status: FeedStatus;
  readonly api: AlarmApi;
  readonly clock: BrowserClock;
  /** Shows an alarm that an answer brought, ahead of the stream. */
  readonly apply: (alarm: AlarmView) => void;
  /** Adds closed alarms to look back at. */
  readonly addHistory: (alarms: readonly AlarmView[]) => void;
  /** Reads one alarm again; when that fails, all of them. */
  readonly refresh: (id: string) => Promise<void>;
}

/** The live alarms for `apiKey` while the component is shown. */
export function useAlarmFeed(apiKey: string, onUnauthorized: () => void): AlarmFeedView {
  const clock = useMemo(() => new BrowserClock(), []);
  const api = useMemo(
    () =>
      createAlarmApi({
        key: apiKey,
        fetch: (input, init) => fetch(input, init),
        onServerDate: (dateHeader) => clock.follow(dateHeader),
      }),
    [apiKey, clock],
  );
  const [store, dispatch] = useReducer(reduceAlarms, EMPTY_STORE);
  const [status, setStatus] = useState<FeedStatus>(() => ({
    connected: false,
    heardAt: null,
    startedAt: clock.now(),
    failure: null,
    unreadable: 0,
  }));
  const feedRef = useRef<AlarmFeed | null>(null);
  const unauthorized = useRef(onUnauthorized);
  unauthorized.current = onUnauthorized;

  useEffect(() => {
    const gathered = gatherActions(dispatch);
    const feed = new AlarmFeed(api, clock, {
      onAlarms: gathered.add,
      onStatus: (next) => setStatus((held) => (isSameStatus(held, next) ? held : next)),
      onUnauthorized: () => unauthorized.current(),
    });
    feedRef.current = feed;
    void feed.run();
    return () => {
      feed.stop();
      gathered.stop();
      feedRef.current = null;
    };
  }, [api, clock]);

  return useMemo(() => {
    const apply = (alarm: AlarmView) => dispatch({ type: 'changes', alarms: [alarm], at: clock.now() });
    return {
      store,
      status,
      api,
      clock,
      apply,
      addHistory: (alarms) => dispatch({ type: 'history', alarms }),
      refresh: async (id) => {
        const read = await api.readAlarm(id);
        if (read.ok && read.value !== null) apply(read.value);
        else if (!read.ok && read.reason === 'unauthorized') unauthorized.current();
        else feedRef.current?.resync();
      },
    };
  }, [store, status, api, clock]);
}

/** A heartbeat each 5 s is enough to show; a flood of bytes within a second is not news. */
function isSameStatus(a: FeedStatus, b: FeedStatus): boolean {
  return (
    a.connected === b.connected &&
    a.startedAt === b.startedAt &&
    a.failure === b.failure &&
    a.unreadable === b.unreadable &&
    (a.heardAt === null) === (b.heardAt === null) &&
    Math.abs((a.heardAt ?? 0) - (b.heardAt ?? 0)) < 1_000
  );
}

/** Passes the first action on at once, and those that follow within `SHOW_EVERY_MS` together, in order. */
function gatherActions(pass: (action: AlarmAction) => void) {
  let waiting: AlarmAction[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    timer = waiting.length > 0 ? setTimeout(flush, SHOW_EVERY_MS) : null;
    const now = waiting;
    waiting = [];
    for (const action of now) pass(action);
  };
  return {
    add(action: AlarmAction) {
      waiting.push(action);
      if (timer === null) flush();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      waiting = [];
    },
  };
}
