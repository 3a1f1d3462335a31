import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { AlarmFeed, type FeedStatus, newFeedStatus } from './alarm-feed.js';
import { type AlarmStore, EMPTY_STORE, reduceAlarms } from './alarm-store.js';
import type { AlarmView } from './alarm-view.js';
import { type AlarmApi, createAlarmApi } from './api-client.js';
import type { BrowserClock } from './browser-clock.js';
import { BROWSER_FRAMES, gatherActions } from './gather-actions.js';
import type { Http } from './http.js';

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

/** The live alarms while the component is shown. */
export function useAlarmFeed(http: Http, clock: BrowserClock, onUnauthorized: () => void): AlarmFeedView {
  const api = useMemo(() => createAlarmApi(http), [http]);
  const [store, dispatch] = useReducer(reduceAlarms, EMPTY_STORE);
  const [status, setStatus] = useState<FeedStatus>(() => newFeedStatus(clock.now()));
  const feedRef = useRef<AlarmFeed | null>(null);
  const unauthorized = useRef(onUnauthorized);
  unauthorized.current = onUnauthorized;

  useEffect(() => {
    // React renders once for all that is dispatched in one turn.
    const gathered = gatherActions((actions) => actions.forEach(dispatch), BROWSER_FRAMES);
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

  const tools = useMemo(() => {
    const apply = (alarm: AlarmView) => dispatch({ type: 'changes', alarms: [alarm], at: clock.now() });
    return {
      api,
      clock,
      apply,
      addHistory: (alarms: readonly AlarmView[]) => dispatch({ type: 'history', alarms }),
      refresh: async (id: string) => {
        const read = await api.readAlarm(id);
        if (read.ok && read.value !== null) apply(read.value);
        else if (!read.ok && read.reason === 'unauthorized') unauthorized.current();
        else feedRef.current?.resync();
      },
    };
  }, [api, clock]);
  return useMemo(() => ({ store, status, ...tools }), [store, status, tools]);
}

/** A heartbeat each 5 s is enough to show; a flood of bytes within a second is not news. */
function isSameStatus(a: FeedStatus, b: FeedStatus): boolean {
  return (
    a.connected === b.connected &&
    a.startedAt === b.startedAt &&
    a.failure === b.failure &&
    a.unreadable === b.unreadable &&
    a.recordsFailingSince === b.recordsFailingSince &&
    (a.heardAt === null) === (b.heardAt === null) &&
    Math.abs((a.heardAt ?? 0) - (b.heardAt ?? 0)) < 1_000
  );
}
