import { createHash } from 'node:crypto';
import { faultsExpected, scriptOf } from './fault-script.js';
import {
  bootName,
  bootNumberOf,
  type Morning,
  morningStart,
  recordMorning,
  STEP_MS,
  STEPS_A_BOOT,
  timeOf,
} from './morning.js';
import { FAULTY_SHARE, LOOP_STEPS } from './morning-life.js';

const floors = ['-1', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
const lifts = Array.from({ length: 20 }, (_, n) => ({ id: `T${n}`, lift: `L${n}`, floors }));
const morning = recordMorning(lifts, 11);

function digest({ lives, pictures }: Morning): string {
  const hash = createHash('sha256').update(pictures.seal().bytes);
  for (const life of lives) {
    hash.update(life.pictures).update(life.trips).update(life.doorCycles).update(JSON.stringify(life.faults));
  }
  return hash.digest('hex');
}

describe('a recorded morning', () => {
  it('is the same for the same seed and another for another', () => {
    expect(digest(recordMorning(lifts, 11))).toBe(digest(morning));
    expect(digest(recordMorning(lifts, 12))).not.toBe(digest(morning));
  });

  it('moves, stops and opens its doors, and a hundredth of its runs are faulty', () => {
    let runs = 0;
    let faults = 0;
    for (const life of morning.lives) {
      runs += life.trips[LOOP_STEPS - 1] ?? 0;
      expect(life.doorCycles[LOOP_STEPS - 1]).toBeGreaterThan(50);
      // A shorted loop is two faults at one moment.
      faults += new Set(life.faults.map(({ begunStep }) => begunStep)).size;
    }
    expect(runs).toBeGreaterThan(1_250);
    expect(faults / runs).toBeGreaterThan(FAULTY_SHARE * 0.5);
    expect(faults / runs).toBeLessThan(FAULTY_SHARE * 1.6);
  });

  it('begins and ends shut, empty and at the entrance, so that it can begin again', () => {
    const { bytes, starts } = morning.pictures.seal();
    const text = (picture: number) => bytes.toString('utf8', starts[picture], starts[picture + 1]);
    for (const { pictures } of morning.lives) {
      for (const step of [0, LOOP_STEPS - 1]) {
        expect(JSON.parse(`{${text(pictures[step] ?? 0)}}`)).toMatchObject({
          ...{ moving: false, floor: '1', doorState: 'closed', inDoorZone: true, occupied: false },
        });
      }
    }
  });

  it('stays within a day of our clock for hours', () => {
    const now = 1_790_000_123_456;
    const startAt = morningStart(now);
    const hours = (at: number) => (at - now) / 3_600_000;
    expect(startAt % STEP_MS).toBe(0);
    expect(hours(startAt)).toBeGreaterThan(-20);
    expect(hours(timeOf(startAt, 900, STEPS_A_BOOT))).toBeLessThan(20);
  });

  it('names its boots by run, terminal and start', () => {
    const names = [
      bootName(1, 5, 'T1', 0),
      bootName(1, 5, 'T1', 1),
      bootName(1, 5, 'T2', 0),
      bootName(1, 6, 'T1', 0),
      bootName(2, 5, 'T1', 0),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toMatch(/^[0-9a-f]{8}-000$/);
    expect(bootNumberOf(bootName(1, 5, 'T1', 417))).toBe(417);
    expect(() => bootName(1, 5, 'T1', 1_000)).toThrow('use more terminals');
  });

  it('expects a fault once its deciding message is acknowledged, in every loop and boot', () => {
    const startAt = 1_790_000_000_000;
    const faults = scriptOf(morning, lifts);
    const [fault] = faults;
    if (!fault) throw new Error('no fault was scripted');
    const { terminal, lift, kind, begunStep, decidedStep } = fault;
    const script = { startAt, seed: 11, faults: [fault] };
    const expected = (boot: string, last: number) =>
      faultsExpected(script, new Map([[terminal, new Map([[boot, [[1, last]] as const]])]]));
    const at = startAt + begunStep * STEP_MS;
    expect(expected('0-000', decidedStep)).toEqual([]);
    expect(expected('0-000', decidedStep + 1)).toEqual([{ lift, kind, at }]);
    expect(expected('0-002', LOOP_STEPS + decidedStep + 1)).toEqual([
      { lift, kind, at: at + 2 },
      { lift, kind, at: at + 2 + LOOP_STEPS * STEP_MS },
    ]);
  });
});
