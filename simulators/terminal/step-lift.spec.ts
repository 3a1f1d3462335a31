import fc from 'fast-check';
import { Rng } from '../random.js';
import { readLift } from './lift-reading.js';
import { liftSpec, restingLift } from './lift-spec.js';
import { isMoving, type LiftState, levelErrorMm } from './lift-state.js';
import { ACTION_FACTS, SCRIPTED_ACTIONS, type ScriptedAction, startScript } from './script.js';
import { stepLift } from './step-lift.js';

const STEP_MS = 200;
const START = 1_700_000_000_000;

function lift(seed: number): { state: LiftState; rng: Rng } {
  const rng = new Rng(seed, 'lift');
  const floors = Array.from({ length: rng.int(2, 33) }, (_, n) => String(n + 1));
  // Busier than in the field, so that two hours see hundreds of runs.
  const spec = { ...liftSpec(floors, new Rng(seed, 'spec')), callGapMs: 15_000 };
  return { state: restingLift(spec, START, rng), rng };
}

/** Steps for `ms`, looking at each pair of neighbouring states. */
function run(
  from: LiftState,
  rng: Rng,
  ms: number,
  look: (now: LiftState, before: LiftState) => void,
): LiftState {
  let state = from;
  for (let t = 0; t < ms; t += STEP_MS) {
    const before = state;
    state = stepLift(state, STEP_MS, rng);
    look(state, before);
  }
  return state;
}

/** Positions follow the speed limit, and people change only through an open door: scripted or not. */
function physicallyPossible(now: LiftState, before: LiftState): void {
  const movedMm = Math.abs(now.positionMm - before.positionMm);
  const fastest = Math.max(now.spec.ratedSpeedMmS, before.speedMmS);
  if (movedMm > (fastest * STEP_MS) / 1000 + 1) throw new Error(`jumped ${movedMm} mm`);
  if (now.speedMmS > now.spec.ratedSpeedMmS + 1) throw new Error(`runs at ${now.speedMmS} mm/s`);
  if (
    Math.abs(now.speedMmS - before.speedMmS) > 1200 * (STEP_MS / 1000) + 1 &&
    before.motion.kind !== 'rest'
  ) {
    throw new Error(`speed jumped from ${before.speedMmS} to ${now.speedMmS}`);
  }
  if (now.riders.length !== before.riders.length && before.door.state !== 'open') {
    throw new Error(`people changed while the door was ${before.door.state}`);
  }
  if (now.tripCount < before.tripCount || now.doorCycleCount < before.doorCycleCount) {
    throw new Error('a counter ran backwards');
  }
  const end = now.spec.landings.at(-1)?.heightMm ?? 0;
  if (now.positionMm < -40 || now.positionMm > end + 40) throw new Error(`left the shaft: ${now.positionMm}`);
}

describe('a lift with no script', () => {
  it('never shows what a detector would report, in two hours of any seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const { state, rng } = lift(seed);
        let openMs = 0;
        let cyclesHere = 0;
        const end = run(state, rng, 2 * 3_600_000, (now, before) => {
          physicallyPossible(now, before);
          const reading = readLift(now);
          if (reading.moving && reading.doorState !== 'closed') throw new Error('moves with the door open');
          if (!reading.moving && !reading.inDoorZone) throw new Error('stands outside the zone');
          if (Math.abs(reading.levelErrorMm ?? 0) > 6) throw new Error(`level ${reading.levelErrorMm} mm`);
          const contacts = reading.doorState === 'closed' ? 'closed' : 'open';
          if (reading.safetyLoop !== contacts || reading.doorLock !== contacts)
            throw new Error('contacts lie');
          openMs = reading.doorState === 'closed' ? 0 : openMs + STEP_MS;
          if (openMs >= 45_000) throw new Error('door held');
          if (reading.doorState === 'opening' && before.door.state !== 'opening') cyclesHere++;
          if (reading.moving) cyclesHere = 0;
          if (cyclesHere >= 4) throw new Error('door cycling');
          if (now.activeCodes.length > 0) throw new Error(`reports ${now.activeCodes}`);
        });
        expect(end.tripCount - state.tripCount).toBeGreaterThan(50);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it('repeats itself for the same seed', () => {
    const [a, b] = [lift(5), lift(5)];
    const ends = [a, b].map(({ state, rng }) => run(state, rng, 600_000, () => undefined));
    expect(ends[0]).toEqual(ends[1]);
  });
});

interface Seen {
  onsetAfterMs: number | null;
  endedAfterMs: number | null;
  states: LiftState[];
}

function play(action: ScriptedAction, seed: number, forMs = ACTION_FACTS[action].defaultForMs): Seen {
  const { state, rng } = lift(seed);
  // Any moment may be the one: standing, moving, door open.
  const before = run(state, rng, rng.int(0, 600) * STEP_MS, () => undefined);
  const scripted = { ...before, script: startScript(action, forMs, rng) };
  const seen: Seen = { onsetAfterMs: null, endedAfterMs: null, states: [] };
  let now: LiftState = scripted;
  for (let t = STEP_MS; t <= forMs + 180_000 && seen.endedAfterMs === null; t += STEP_MS) {
    const last = now;
    now = stepLift(now, STEP_MS, rng);
    physicallyPossible(now, last);
    seen.states.push(now);
    if (now.script?.onsetAt != null) seen.onsetAfterMs ??= t;
    if (now.script === null) seen.endedAfterMs = t;
  }
  return seen;
}

const seeds = Array.from({ length: 12 }, (_, n) => n + 1);

describe.each(SCRIPTED_ACTIONS)('script %s', (action) => {
  it('begins soon and ends, from any moment of any lift', () => {
    for (const seed of seeds) {
      const seen = play(action, seed);
      const where = `${action}, seed ${seed}`;
      expect({ where, begins: seen.onsetAfterMs !== null && seen.onsetAfterMs <= 45_000 }).toEqual({
        where,
        begins: true,
      });
      expect({ where, ends: seen.endedAfterMs !== null }).toEqual({ where, ends: true });
      expect(seen.states.at(-1)?.activeCodes).toEqual([]);
    }
  });
});

describe('what the sensors see of a script', () => {
  const readings = (action: ScriptedAction, seed: number) => play(action, seed).states.map(readLift);

  it.each(seeds)('shorted loop: 4 s outside the zone, door open, contacts closed (seed %i)', (seed) => {
    const out = readings('shorted-safety-loop', seed).filter(
      (r) => r.moving && !r.inDoorZone && r.doorState === 'open',
    );
    expect(out.length * STEP_MS).toBeGreaterThanOrEqual(4000);
    expect(
      out.every((r) => r.safetyLoop === 'closed' && r.doorLock === 'closed' && r.mode === 'normal'),
    ).toBe(true);
  });

  it.each(seeds)('moving with door open: the contacts tell the truth (seed %i)', (seed) => {
    const out = readings('moving-door-open', seed).filter(
      (r) => r.moving && !r.inDoorZone && r.doorState === 'open',
    );
    expect(out.length * STEP_MS).toBeGreaterThanOrEqual(4000);
    expect(out.every((r) => r.safetyLoop === 'open' && r.doorLock === 'open')).toBe(true);
  });

  it.each(seeds)('levelling error: 28 mm, door open, and the next stop is good (seed %i)', (seed) => {
    const { states } = play('levelling-error', seed);
    const bad = states
      .map(readLift)
      .filter((r) => Math.abs(r.levelErrorMm ?? 0) === 28 && r.doorState === 'open');
    expect(bad.length * STEP_MS).toBeGreaterThanOrEqual(15_000);
    const end = states.at(-1);
    expect(end && !isMoving(end) && Math.abs(levelErrorMm(end)) <= 6).toBe(true);
  });

  it.each(seeds)('silently trapped: outside the zone with a person, until released (seed %i)', (seed) => {
    const { states } = play('trapped-silent', seed);
    const stuck = states.filter((s) => s.script?.phase === 'stuck').map(readLift);
    expect(stuck.length * STEP_MS).toBeGreaterThanOrEqual(119_000);
    expect(stuck.every((r) => !r.moving && !r.inDoorZone && r.doorState === 'closed')).toBe(true);
    const absent = stuck.filter((r) => !r.occupied).length;
    expect(absent).toBeGreaterThan(0);
    expect(absent / stuck.length).toBeLessThan(0.2);
    expect(readLift(states.at(-1) as LiftState)).toMatchObject({ doorState: 'open', inDoorZone: true });
  });

  it.each(seeds)(
    'trapped with a button: pressed 3–5 s after the stop, stopped and shut (seed %i)',
    (seed) => {
      const { states } = play('trapped-pressing-button', seed);
      const stuck = states.filter((s) => s.script?.phase === 'stuck');
      const pressed = stuck.findIndex((s) => s.activeCodes.includes('alarm-button'));
      expect(pressed * STEP_MS).toBeGreaterThanOrEqual(2800);
      expect(pressed * STEP_MS).toBeLessThanOrEqual(5200);
      for (const r of stuck.map(readLift)) {
        expect(r).toMatchObject({ moving: false, doorState: 'closed', occupied: true });
      }
    },
  );

  it('a door fault is three tries, then the code while the door stays open', () => {
    const { states } = play('door-fault', 1);
    const failed = states.filter((s) => s.activeCodes.includes('door-close-failed'));
    expect(failed.length * STEP_MS).toBeGreaterThanOrEqual(39_000);
    expect(failed.every((s) => s.door.state === 'open')).toBe(true);
  });
});
