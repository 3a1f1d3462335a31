import type { Rng } from '../random.js';
import {
  clearlyOutside,
  inDoorZone,
  isMoving,
  type LiftState,
  levelErrorMm,
  nearestFloor,
} from './lift-state.js';
import { stoppingDistanceMm, type Trip } from './motion.js';
import type { Script } from './script.js';
import {
  boarded,
  codeOf,
  ended,
  enter,
  OPEN_SOMEWHERE,
  type ScriptAnswer,
  type ScriptFunction,
  withCode,
  withoutCode,
} from './script-answer.js';

const BRAKE_MM_S2 = 1200;
/** A rescuer turns the car to the landing, and a mechanic runs it, no faster than this. */
const RESCUE_SPEED_MM_S = 300;
const FLICKER_MS = 1000;

/** People in a car that stands still with its door shut; released after `forMs`. */
export const trapped: ScriptFunction = (state, script, rng) => {
  switch (script.phase) {
    case 'seek':
      return seekTrap(state, script);
    case 'braking':
      if (isMoving(state)) return { state, overrides: {} };
      return { state: enter(state, 'stuck', script.do === 'trapped-silent'), overrides: { stay: true } };
    case 'stuck':
      return stuck(state, script, rng);
    default:
      return rescue(state);
  }
};

/** People cannot appear in a closed car: wait for a run with somebody in it, or make one. */
function seekTrap(state: LiftState, script: Script): ScriptAnswer {
  if (state.motion.kind === 'trip') {
    if (state.riders.length === 0) return { state, overrides: OPEN_SOMEWHERE };
    if (script.atLanding) return { state, overrides: { stopNext: true, keepShut: true } };
    const sign = state.direction === 'up' ? 1 : -1;
    const positionMm = state.positionMm + sign * stoppingDistanceMm(state.speedMmS, BRAKE_MM_S2);
    if (!clearlyOutside(levelErrorMm({ spec: state.spec, positionMm }))) return { state, overrides: {} };
    const motion = {
      kind: 'brake' as const,
      fromMm: state.positionMm,
      sign: sign as 1 | -1,
      startSpeedMmS: state.speedMmS,
      decelerationMmS2: BRAKE_MM_S2,
      elapsedMs: 0,
    };
    return { state: enter({ ...state, motion }, 'braking'), overrides: {} };
  }
  if (state.door.state === 'closed') {
    if (script.atLanding && state.arrived && state.riders.length > 0) {
      return { state: enter(state, 'stuck'), overrides: { stay: true, keepShut: true } };
    }
    return { state, overrides: state.riders.length === 0 ? OPEN_SOMEWHERE : {} };
  }
  return { state: state.door.state === 'open' ? boarded(state) : state, overrides: { hurry: true } };
}

function stuck(state: LiftState, script: Script, rng: Rng): ScriptAnswer {
  const overrides = { stay: true, keepShut: true };
  if (script.phaseMs >= script.forMs) {
    return { state: enter({ ...state, presenceLost: false }, 'rescue'), overrides };
  }
  if (script.do === 'trapped-pressing-button') {
    if (script.phaseMs < script.pressAfterMs || script.onsetAt !== null) return { state, overrides };
    const pressed = withCode(state, 'alarm-button');
    return { state: { ...pressed, script: { ...script, onsetAt: state.timeMs } }, overrides };
  }
  if (script.nextMs > 0) return { state, overrides };
  const nextMs = state.presenceLost ? rng.int(8000, 20_000) : FLICKER_MS;
  return { state: { ...state, presenceLost: !state.presenceLost, script: { ...script, nextMs } }, overrides };
}

function rescue(state: LiftState): ScriptAnswer {
  if (state.door.state === 'open') {
    return { state: ended(withoutCode({ ...state, riders: [] }, 'alarm-button')), overrides: {} };
  }
  if (isMoving(state) || inDoorZone(state)) return { state, overrides: { openNow: true } };
  const goTo = nearestFloor(state.spec, state.positionMm);
  return { state, overrides: { goTo, maxSpeedMmS: RESCUE_SPEED_MM_S } };
}

/**
 * The rescue device takes the car to a landing on its battery, people leave, and it stands dark until mains
 * return.
 */
export const mainsLost: ScriptFunction = (state, script) => {
  switch (script.phase) {
    case 'seek': {
      const dark: LiftState = { ...state, powerState: 'lost', mode: 'emergency-power' };
      return { state: enter(withCode(dark, codeOf(script)), 'evacuate', true), overrides: OPEN_SOMEWHERE };
    }
    case 'evacuate':
      if (state.door.state !== 'open') return { state, overrides: OPEN_SOMEWHERE };
      return { state: enter({ ...state, riders: [], waiting: [] }, 'dark'), overrides: { hurry: true } };
    default: {
      const elapsedMs = state.timeMs - (script.onsetAt ?? state.timeMs);
      const nobody = { ...state, waiting: [] };
      if (elapsedMs < script.forMs) {
        return { state: nobody, overrides: { hurry: true, stay: true, keepShut: true } };
      }
      const lit: LiftState = { ...nobody, powerState: 'mains', mode: 'normal' };
      return { state: ended(withoutCode(lit, codeOf(script))), overrides: {} };
    }
  }
};

/** A mechanic on the car roof moves it by hand control, a metre at a time, nobody inside. */
export const inspection: ScriptFunction = (state, script, rng) => {
  switch (script.phase) {
    case 'seek': {
      if (isMoving(state) || state.arrived || state.riders.length > 0 || state.door.state !== 'closed') {
        return {
          state: state.door.state === 'open' ? { ...state, riders: [] } : state,
          overrides: OPEN_SOMEWHERE,
        };
      }
      return {
        state: enter({ ...state, mode: 'inspection' }, 'work', true),
        overrides: { stay: true, keepShut: true },
      };
    }
    case 'work': {
      const overrides = { stay: true, keepShut: true };
      if (isMoving(state)) return { state, overrides };
      if (script.phaseMs >= script.forMs) return { state: enter(state, 'return'), overrides };
      if (script.nextMs > 0) return { state, overrides };
      return {
        state: { ...jogged(state, rng), script: { ...script, nextMs: rng.int(9000, 15_000) } },
        overrides,
      };
    }
    default: {
      if (isMoving(state)) return { state, overrides: { keepShut: true } };
      if (Math.abs(levelErrorMm(state)) <= 10) {
        return { state: ended({ ...state, mode: 'normal', arrived: false }), overrides: {} };
      }
      const goTo = nearestFloor(state.spec, state.positionMm);
      return { state, overrides: { keepShut: true, goTo, maxSpeedMmS: RESCUE_SPEED_MM_S } };
    }
  }
};

function jogged(state: LiftState, rng: Rng): LiftState {
  const topMm = state.spec.landings.at(-1)?.heightMm ?? 0;
  const wantedMm = state.positionMm + (rng.chance(0.5) ? 1 : -1) * rng.int(500, 1500);
  const toMm = Math.max(0, Math.min(topMm, wantedMm));
  if (Math.abs(toMm - state.positionMm) < 100) return state;
  const motion: Trip = {
    kind: 'trip',
    fromMm: state.positionMm,
    toMm,
    startSpeedMmS: 0,
    maxSpeedMmS: RESCUE_SPEED_MM_S,
    accelerationMmS2: state.spec.accelerationMmS2,
    elapsedMs: 0,
  };
  return {
    ...state,
    motion,
    direction: toMm > state.positionMm ? 'up' : 'down',
    tripCount: state.tripCount + 1,
  };
}

/** A camera sees a gas cylinder or an e-bike: the door stays open until it is taken out again. */
export const forbiddenGoods: ScriptFunction = (state, script) => {
  switch (script.phase) {
    case 'seek':
      if (state.door.state !== 'open') return { state, overrides: OPEN_SOMEWHERE };
      return {
        state: enter(withCode(boarded(state), codeOf(script)), 'held', true),
        overrides: { holdOpen: true },
      };
    default:
      if (script.phaseMs < script.forMs) return { state, overrides: { holdOpen: true } };
      return { state: ended(withoutCode({ ...state, riders: [] }, codeOf(script))), overrides: {} };
  }
};
