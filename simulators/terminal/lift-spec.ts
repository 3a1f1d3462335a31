import { Rng } from '../random.js';
import type { Landing, LiftSpec, LiftState } from './lift-state.js';
import { AT_REST } from './motion.js';

const RATED_SPEEDS_MM_S = { low: 1000, middle: 1750, high: 2500 } as const;

/**
 * A lift that fits its floor marks: speed by height, door and traffic by chance. The same seed and terminal
 * give the same lift. `floors` has at least two marks, lowest first.
 */
export function liftSpec(floors: readonly string[], rng: Rng, peaks = false): LiftSpec {
  const storeyMm = rng.int(2800, 3300);
  const landings: Landing[] = [];
  let heightMm = 0;
  for (const mark of floors) {
    landings.push({ mark, heightMm });
    // The entrance hall is higher than a flat, and so are cellars used as garages.
    heightMm += mark === '1' || mark.startsWith('-') ? storeyMm + 1200 : storeyMm;
  }
  const count = floors.length;
  return {
    landings,
    ratedSpeedMmS:
      count > 25 ? RATED_SPEEDS_MM_S.high : count > 9 ? RATED_SPEEDS_MM_S.middle : RATED_SPEEDS_MM_S.low,
    accelerationMmS2: 800,
    ratedLoadKg: rng.pick([630, 800, 1000, 1050]),
    doorOpenMs: rng.int(1900, 2500),
    doorCloseMs: rng.int(2300, 3000),
    callGapMs: rng.int(35_000, 120_000),
    peaks,
  };
}

/** A lift standing closed and empty at a landing, at `timeMs`. */
export function restingLift(spec: LiftSpec, timeMs: number, rng: Rng): LiftState {
  const landing = rng.pick(spec.landings);
  return {
    spec,
    timeMs,
    motion: AT_REST,
    positionMm: landing.heightMm + Math.round(Math.max(-6, Math.min(6, rng.gaussian(2)))),
    speedMmS: 0,
    direction: 'none',
    lastDirection: 'up',
    door: { state: 'closed', opening: 0, dwellMs: 0, openMs: 0, reopens: 0 },
    arrived: false,
    readyMs: 0,
    riders: [],
    waiting: [],
    nextCallMs: rng.exponential(spec.callGapMs),
    tripCount: rng.int(0, 400_000),
    doorCycleCount: rng.int(0, 500_000),
    mode: 'normal',
    powerState: 'mains',
    bridged: false,
    presenceLost: false,
    activeCodes: [],
    script: null,
  };
}
