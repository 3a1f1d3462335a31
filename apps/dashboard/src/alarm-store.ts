import { type AlarmView, PRIORITY_ORDER } from './alarm-view.js';

/** A new row stays marked this long; milliseconds. */
export const HIGHLIGHT_MS = 6_000;
/** Closed alarms kept in the page: the newest ones. A page open for months must not grow without end. */
export const CLOSED_MAX = 500;

export interface AlarmStore {
  readonly alarms: ReadonlyMap<string, AlarmView>;
  /**
   * When an alarm appeared, or rose in priority, after the first list; ms since 1970 UTC, of the last seconds
   * only.
   */
  readonly arrivedAt: ReadonlyMap<string, number>;
  /** The first list has come: before it nothing is "new". */
  readonly loaded: boolean;
  /** More alarms are open than one page can hold: what is shown is not everything. */
  readonly truncated: boolean;
}

export type AlarmAction =
  /** The whole list of open alarms, with what the stream said meanwhile. */
  | {
      readonly type: 'snapshot';
      readonly alarms: readonly AlarmView[];
      readonly truncated: boolean;
      readonly at: number;
    }
  | { readonly type: 'changes'; readonly alarms: readonly AlarmView[]; readonly at: number }
  /** Closed alarms asked for by a person: never "new". */
  | { readonly type: 'history'; readonly alarms: readonly AlarmView[] };

export const EMPTY_STORE: AlarmStore = {
  alarms: new Map(),
  arrivedAt: new Map(),
  loaded: false,
  truncated: false,
};

/** Pure: the next state. An alarm with an older or equal version than the one held changes nothing. */
export function reduceAlarms(store: AlarmStore, action: AlarmAction): AlarmStore {
  switch (action.type) {
    case 'snapshot':
      return applySnapshot(store, action.alarms, action.truncated, action.at);
    case 'changes':
      return applyChanges(store, action.alarms, action.at);
    case 'history':
      return { ...store, alarms: boundClosed(merge(store.alarms, action.alarms).alarms) };
  }
}

function applySnapshot(
  store: AlarmStore,
  listed: readonly AlarmView[],
  truncated: boolean,
  at: number,
): AlarmStore {
  const ids = new Set(listed.map((alarm) => alarm.id));
  // An open alarm that is no longer listed was closed, or left our scope, while nobody told us.
  const kept = [...store.alarms].filter(([id, alarm]) => ids.has(id) || alarm.state === 'closed');
  const { alarms, risen } = merge(new Map(kept), listed);
  const fresh = store.loaded ? risen : [];
  return {
    alarms: boundClosed(alarms),
    arrivedAt: markArrivals(store.arrivedAt, fresh, at),
    loaded: true,
    truncated,
  };
}

function applyChanges(store: AlarmStore, changed: readonly AlarmView[], at: number): AlarmStore {
  const { alarms, risen, touched } = merge(store.alarms, changed);
  if (!touched) return store;
  return {
    ...store,
    alarms: boundClosed(alarms),
    arrivedAt: markArrivals(store.arrivedAt, store.loaded ? risen : [], at),
  };
}

interface Merged {
  readonly alarms: ReadonlyMap<string, AlarmView>;
  /** New open alarms, and those whose priority rose. */
  readonly risen: readonly string[];
  readonly touched: boolean;
}

function merge(held: ReadonlyMap<string, AlarmView>, incoming: readonly AlarmView[]): Merged {
  const alarms = new Map(held);
  const risen: string[] = [];
  let touched = false;
  for (const alarm of incoming) {
    const before = alarms.get(alarm.id);
    if (before !== undefined && before.version >= alarm.version) continue;
    touched = true;
    alarms.set(alarm.id, alarm);
    const rose = before === undefined || rank(alarm) < rank(before);
    if (rose && alarm.state !== 'closed') risen.push(alarm.id);
  }
  return { alarms, risen, touched };
}

function rank(alarm: AlarmView): number {
  return PRIORITY_ORDER.indexOf(alarm.priority);
}

/** Whether a row is to be marked as new at `now`; a page that is entered later must not mark it again. */
export function isFresh(arrivedAt: ReadonlyMap<string, number>, id: string, now: number): boolean {
  const at = arrivedAt.get(id);
  return at !== undefined && now - at < HIGHLIGHT_MS;
}

function markArrivals(
  held: ReadonlyMap<string, number>,
  ids: readonly string[],
  at: number,
): ReadonlyMap<string, number> {
  const recent = [...held].filter(([, since]) => at - since < HIGHLIGHT_MS);
  return new Map([...recent, ...ids.map((id): [string, number] => [id, at])]);
}

function boundClosed(alarms: ReadonlyMap<string, AlarmView>): ReadonlyMap<string, AlarmView> {
  const closed: { readonly id: string; readonly at: number }[] = [];
  // A time is read once an alarm: reading both at each comparison took 3 ms for every change of a flood.
  for (const alarm of alarms.values()) {
    if (alarm.state === 'closed') closed.push({ id: alarm.id, at: closedMs(alarm) });
  }
  if (closed.length <= CLOSED_MAX) return alarms;
  const oldest = closed
    .sort((a, b) => a.at - b.at)
    .slice(0, closed.length - CLOSED_MAX)
    .map(({ id }) => id);
  const bounded = new Map(alarms);
  for (const id of oldest) bounded.delete(id);
  return bounded;
}

function closedMs(alarm: AlarmView): number {
  return alarm.closedAt === null ? alarm.raisedAtMs : Date.parse(alarm.closedAt);
}
