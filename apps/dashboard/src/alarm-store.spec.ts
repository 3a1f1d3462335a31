import fc from 'fast-check';
import { aBrokenRate, anAlarm } from './alarm.fixture.js';
import {
  type AlarmAction,
  type AlarmStore,
  CLOSED_MAX,
  EMPTY_STORE,
  HIGHLIGHT_MS,
  isFresh,
  reduceAlarms,
} from './alarm-store.js';
import type { AlarmView } from './alarm-view.js';

const T0 = Date.UTC(2025, 10, 21, 12);
const snapshot = (alarms: AlarmView[], at = T0): AlarmAction => ({
  type: 'snapshot',
  alarms,
  truncated: false,
  at,
});
const changes = (alarms: AlarmView[], at = T0): AlarmAction => ({ type: 'changes', alarms, at });
const run = (...actions: AlarmAction[]): AlarmStore => actions.reduce(reduceAlarms, EMPTY_STORE);
const ids = (store: AlarmStore) => [...store.alarms.keys()].sort();

describe('isFresh', () => {
  it('marks a row for six seconds and never again', () => {
    const { arrivedAt } = run(snapshot([]), changes([anAlarm({ id: 'b' })], T0));
    expect([T0, T0 + HIGHLIGHT_MS - 1, T0 + HIGHLIGHT_MS].map((now) => isFresh(arrivedAt, 'b', now))).toEqual(
      [true, true, false],
    );
    expect(isFresh(arrivedAt, 'other', T0)).toBe(false);
  });
});

describe('a rate beside the lifts', () => {
  const first = aBrokenRate({ version: 1 });
  const cleared = aBrokenRate({ version: 2, state: 'cleared', clearedAt: '2025-11-21T13:00:00Z' });
  const again = aBrokenRate({ version: 3, state: 'raised', raisedAtMs: T0 + 60_000, attachments: 1 });

  it('is one row that ends, comes back and is not new a second time', () => {
    const store = run(snapshot([anAlarm()]), changes([first]), changes([cleared]), changes([again], T0 + 1));
    expect(ids(store)).toEqual(['a1', 'rate']);
    expect(store.alarms.get('rate')).toEqual(again);
    expect([...store.arrivedAt]).toEqual([['rate', T0]]);
  });

  it('keeps its newest word in whatever order the words come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([first, cleared, again], { minLength: 3 }), (words) => {
        const store = words.reduce((held, word) => reduceAlarms(held, changes([word])), run(snapshot([])));
        expect(store.alarms.get('rate')).toEqual(again);
      }),
    );
  });
});

describe('reduceAlarms', () => {
  it('marks nothing of the first list as new, and what comes after it', () => {
    const first = run(snapshot([anAlarm({ id: 'a' })]));
    expect(first.loaded).toBe(true);
    expect(first.arrivedAt.size).toBe(0);
    const then = reduceAlarms(first, changes([anAlarm({ id: 'b' })], T0 + 5));
    expect([...then.arrivedAt]).toEqual([['b', T0 + 5]]);
  });

  it('forgets arrivals after their time', () => {
    const store = run(
      snapshot([]),
      changes([anAlarm({ id: 'a' })], T0),
      changes([anAlarm({ id: 'b' })], T0 + HIGHLIGHT_MS),
    );
    expect([...store.arrivedAt.keys()]).toEqual(['b']);
  });

  it('marks an alarm whose priority rose, not one that was acknowledged', () => {
    const store = run(
      snapshot([anAlarm({ id: 'a', priority: 'high' }), anAlarm({ id: 'b' })]),
      changes([anAlarm({ id: 'a', priority: 'critical', version: 2 })]),
      changes([anAlarm({ id: 'b', state: 'acknowledged', version: 2 })]),
    );
    expect([...store.arrivedAt.keys()]).toEqual(['a']);
  });

  it.each([
    ['older', 4],
    ['the same', 5],
  ])('ignores %s version, and says so by the same object', (_name, version) => {
    const store = run(snapshot([anAlarm({ version: 5, state: 'acknowledged' })]));
    expect(reduceAlarms(store, changes([anAlarm({ version, state: 'raised' })]))).toBe(store);
  });

  it('drops an open alarm the list no longer has, keeps a closed one, and never goes back a version', () => {
    const store = run(
      snapshot([anAlarm({ id: 'gone' }), anAlarm({ id: 'held', version: 3, state: 'acknowledged' })]),
      changes([anAlarm({ id: 'done', state: 'closed', version: 2 })]),
      snapshot([anAlarm({ id: 'held', version: 2 }), anAlarm({ id: 'missed' })], T0 + 60_000),
    );
    expect(ids(store)).toEqual(['done', 'held', 'missed']);
    expect(store.alarms.get('held')?.version).toBe(3);
    expect([...store.arrivedAt.keys()]).toEqual(['missed']);
  });

  it('keeps only the newest closed alarms', () => {
    const closed = Array.from({ length: CLOSED_MAX + 20 }, (_, index) =>
      anAlarm({ id: `c${index}`, state: 'closed', closedAt: new Date(T0 + index * 1_000).toISOString() }),
    );
    const store = run(snapshot([anAlarm({ id: 'open' })]), { type: 'history', alarms: closed });
    expect(store.alarms.size).toBe(CLOSED_MAX + 1);
    expect(store.alarms.has('c19')).toBe(false);
    expect(store.alarms.has('c20')).toBe(true);
    expect(store.alarms.has('open')).toBe(true);
    expect(store.arrivedAt.size).toBe(0);
  });

  it('ends the same whatever the order and repetition of the changes', () => {
    const version = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      version: fc.integer({ min: 1, max: 6 }),
    });
    const alarmOf = ({ id, version: number }: { id: string; version: number }) =>
      anAlarm({ id, version: number, note: `${id}${number}` });
    fc.assert(
      fc.property(
        fc.array(version, { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (heard, order) => {
          const shuffled = [
            ...heard,
            ...order.flatMap((at) => (heard.length > 0 ? (heard[at % heard.length] ?? []) : [])),
          ];
          shuffled.reverse();
          const one = run(snapshot([]), ...heard.map((item) => changes([alarmOf(item)])));
          const other = run(snapshot([]), ...shuffled.map((item) => changes([alarmOf(item)])));
          expect([...other.alarms].sort()).toEqual([...one.alarms].sort());
        },
      ),
    );
  });
});
