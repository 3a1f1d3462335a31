import type { Carried } from './carried.js';
import { EffectWatch } from './effect-watch.js';
import type { FaultSeen } from './fault-changes.js';
import type { AlarmSeen, PlatformReader, QuarantineSeen } from './platform-reader.js';

/** Longer than what comes `later`. */
const TIMES = { lookMs: 500, stillMs: 200 };
const TOPIC = 'lift/v1/T1/event';
const fault = (id: string, changes: Partial<FaultSeen> = {}): FaultSeen => ({
  ...{ id, kind: 'door-held', state: 'open', profile: 'native-v1', code: 'door-held', attachments: 0 },
  ...changes,
});
const says = (state: 'raised' | 'cleared', kind: 'door-held' | 'overspeed' = 'door-held'): Carried => ({
  what: 'reports',
  reports: [{ profile: 'native-v1', code: kind, kind, state }],
});

/** A platform that is as the test says. */
class Platform {
  faultRows: FaultSeen[] = [fault('old', { state: 'cleared' })];
  alarmRows: AlarmSeen[] = [{ id: 'old', kind: 'door-held', state: 'closed' }];
  refused: QuarantineSeen[] | null = [{ id: 1, topic: TOPIC, reason: 'too-large', detail: 'old' }];
  live: string | null = null;
  stored = 5;
  periods = new Map([['2026-01-01', 'then']]);

  faults = () => Promise.resolve(this.faultRows);
  alarms = () => Promise.resolve(this.alarmRows);
  quarantine = () => Promise.resolve(this.refused);
  liveReceivedAt = () => Promise.resolve(this.live);
  points = () => Promise.resolve(this.stored);
  statistics = () => Promise.resolve(this.periods);
}

let platform: Platform;
let watch: EffectWatch;

beforeEach(async () => {
  platform = new Platform();
  watch = new EffectWatch(platform as unknown as PlatformReader, { terminal: 'T1', lift: 'L1' }, TIMES);
  await watch.begin();
});

const later = (change: () => void) => setTimeout(change, 40);

it('waits for the change that the message explains, and tells others apart', async () => {
  const stranger = fault('f2', { kind: 'overspeed', code: null });
  platform.faultRows = [...platform.faultRows, stranger];
  later(() => {
    platform.faultRows = [...platform.faultRows, fault('f1')];
  });
  const { text, also } = await watch.effectOf(says('raised'), TOPIC);
  expect(text).toBe('fault raised: door-held (door-held)');
  expect(also).toEqual([{ word: 'raised', fault: stranger }]);
});

it('says what was quarantined, by the topic of the message', async () => {
  const more = { id: 3, topic: TOPIC, reason: 'malformed-json', detail: 'at byte 1' };
  platform.refused = [more, { ...more, id: 2, topic: 'other' }, ...(platform.refused ?? [])];
  const unreadable: Carried = { what: 'nothing-readable', reason: 'malformed-json' };
  const { text } = await watch.effectOf(unreadable, TOPIC);
  expect(text).toBe('quarantined: malformed-json, at byte 1');
  expect((await watch.totals()).quarantined).toBe(2);
});

it('does not guess what its key may not see', async () => {
  platform.refused = null;
  const blind = new EffectWatch(platform as unknown as PlatformReader, { terminal: 'T1', lift: 'L1' }, TIMES);
  await blind.begin();
  const unreadable: Carried = { what: 'nothing-readable', reason: 'malformed-json' };
  expect((await blind.effectOf(unreadable, TOPIC)).text).toMatch(/may not see/);
  expect((await blind.totals()).quarantined).toBeNull();
});

it('sees samples and statistics when they are stored', async () => {
  later(() => {
    platform.live = 'now';
  });
  expect((await watch.effectOf({ what: 'samples' }, TOPIC)).text).toBe('sample: the live state of the lift');
  later(() => {
    platform.periods = new Map([['2026-01-01', 'now']]);
  });
  const { text } = await watch.effectOf({ what: 'statistics' }, TOPIC);
  expect(text).toBe('statistics stored: of the period from 2026-01-01');
});

it.each<[Carried, string]>([
  [{ what: 'notice' }, 'notice: raises no fault'],
  [{ what: 'time-request' }, 'time request: the answer tells the time'],
])('of %j nothing is waited for', async (carried, expected) => {
  expect((await watch.effectOf(carried, TOPIC)).text).toBe(expected);
});

it('says that nothing changed, and that the fault stays open after a clear', async () => {
  platform.faultRows = [...platform.faultRows, fault('f1')];
  await watch.effectOf(says('raised'), TOPIC);
  const [cleared, silent] = await Promise.all([
    watch.effectOf(says('cleared'), TOPIC),
    watch.effectOf(says('raised', 'overspeed'), TOPIC),
  ]);
  expect(cleared.text).toBe('nothing changed: door-held (door-held) stays open');
  expect(silent.text).toBe('nothing seen within 0.5 s');
});

it('tells in the totals what came late, and nothing of before', async () => {
  platform.faultRows = [...platform.faultRows, fault('f1', { attachments: 1 })];
  await watch.effectOf(says('raised'), TOPIC);
  platform.stored = 8;
  later(() => {
    platform.faultRows = [
      fault('old', { state: 'cleared' }),
      fault('f1', { attachments: 2, state: 'cleared' }),
    ];
    platform.alarmRows = [...platform.alarmRows, { id: 'new', kind: 'door-held', state: 'raised' }];
  });
  const { changes, ...totals } = await watch.totals();
  expect(['raised', 'attached', 'cleared'].map((word) => changes.of(word as 'raised'))).toEqual([1, 2, 1]);
  expect(totals).toEqual({
    open: 0,
    quarantined: 0,
    alarms: [{ id: 'new', kind: 'door-held', state: 'raised' }],
    points: 3,
    statistics: 0,
  });
});
