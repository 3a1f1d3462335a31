import type { Rng } from '../random.js';
import { opening, stepDoor } from './door.js';
import { isMoving, type LiftState, landingAt, nearestFloor, type Overrides } from './lift-state.js';
import { AT_REST, momentOf, stoppingDistanceMm, type Trip } from './motion.js';
import { scriptStep } from './script-step.js';
import { nextFloor, withArrivals } from './traffic.js';

/** A car leaves this long after its door closed. */
const START_DELAY_MS = 600;
/** Ordinary stops end within ± this of the sill (EN 81-20 asks for ±10 mm). */
const LEVEL_ERROR_MAX_MM = 6;

/**
 * The lift `dtMs` later: pure but for the draws from `rng`. With no script it never does anything a detector
 * of DOMAIN §4 would report; a script (`state.script`) bends one step at a time through `Overrides`.
 */
export function stepLift(state: LiftState, dtMs: number, rng: Rng): LiftState {
  const later = withArrivals({ ...state, timeMs: state.timeMs + dtMs }, dtMs, rng);
  const { state: scripted, overrides } = scriptStep(later, dtMs, rng);
  return isMoving(scripted)
    ? stepMoving(scripted, dtMs, rng, overrides)
    : stepStanding(scripted, dtMs, rng, overrides);
}

function stepStanding(state: LiftState, dtMs: number, rng: Rng, overrides: Overrides): LiftState {
  if (overrides.leaveOpen && overrides.goTo !== undefined)
    return depart(state, overrides.goTo, rng, overrides);
  if (state.door.state !== 'closed') return stepDoor(state, dtMs, rng, overrides);
  const here = nearestFloor(state.spec, state.positionMm);
  const somebodyHere =
    state.arrived || (state.riders.length === 0 && state.waiting.some((call) => call.from === here));
  if (!overrides.keepShut && (overrides.openNow || (somebodyHere && overrides.goTo === undefined))) {
    return { ...state, door: opening(state.door) };
  }
  const to = overrides.goTo ?? nextFloor(state);
  if (overrides.stay || to === null) return state;
  if (state.readyMs < START_DELAY_MS) return { ...state, readyMs: state.readyMs + dtMs };
  return depart(state, to, rng, overrides);
}

function depart(state: LiftState, floor: number, rng: Rng, overrides: Overrides): LiftState {
  const toMm = landingAt(state.spec, floor).heightMm;
  const up = toMm >= state.positionMm;
  const motion: Trip = {
    kind: 'trip',
    fromMm: state.positionMm,
    toMm: stopAt(toMm, up ? 1 : -1, rng, overrides),
    startSpeedMmS: 0,
    maxSpeedMmS: overrides.maxSpeedMmS ?? state.spec.ratedSpeedMmS,
    accelerationMmS2: state.spec.accelerationMmS2,
    elapsedMs: 0,
  };
  const direction = up ? 'up' : 'down';
  return {
    ...state,
    motion,
    direction,
    lastDirection: direction,
    readyMs: 0,
    tripCount: state.tripCount + 1,
    door: { ...state.door, reopens: 0 },
  };
}

function stopAt(sillMm: number, sign: 1 | -1, rng: Rng, overrides: Overrides): number {
  if (overrides.overshootMm !== undefined) return sillMm + sign * overrides.overshootMm;
  const error = Math.max(-LEVEL_ERROR_MAX_MM, Math.min(LEVEL_ERROR_MAX_MM, rng.gaussian(2)));
  return sillMm + error;
}

function stepMoving(state: LiftState, dtMs: number, rng: Rng, overrides: Overrides): LiftState {
  if (state.motion.kind === 'rest') return state;
  const planned =
    state.motion.kind === 'trip' ? redirected(state, state.motion, rng, overrides) : state.motion;
  const motion = { ...planned, elapsedMs: planned.elapsedMs + dtMs };
  const moment = momentOf(motion);
  const moved = { ...state, positionMm: moment.positionMm, speedMmS: moment.speedMmS };
  if (!moment.done) return { ...moved, motion };
  return {
    ...moved,
    motion: AT_REST,
    speedMmS: 0,
    direction: 'none',
    readyMs: 0,
    arrived: motion.kind === 'trip' && state.door.state === 'closed',
  };
}

/** The trip, or a shorter one: for somebody on the way, or because a script wants the next landing. */
function redirected(state: LiftState, trip: Trip, rng: Rng, overrides: Overrides): Trip {
  const sign = trip.toMm >= trip.fromMm ? 1 : -1;
  const reachMm = stoppingDistanceMm(state.speedMmS, trip.accelerationMmS2) + 20;
  let best: number | null = null;
  for (const [floor, landing] of state.spec.landings.entries()) {
    const aheadMm = sign * (landing.heightMm - state.positionMm);
    const beforeTarget = sign * (trip.toMm - landing.heightMm) > 1000;
    const wanted =
      overrides.stopNext ||
      state.waiting.some((call) => call.from === floor && (sign > 0 ? call.to > floor : call.to < floor)) ||
      state.riders.includes(floor);
    if (!wanted || !beforeTarget || aheadMm < reachMm) continue;
    if (best === null || aheadMm < sign * (best - state.positionMm)) best = landing.heightMm;
  }
  if (best === null) return trip;
  return {
    ...trip,
    fromMm: state.positionMm,
    toMm: stopAt(best, sign, rng, overrides),
    startSpeedMmS: state.speedMmS,
    elapsedMs: 0,
  };
}
