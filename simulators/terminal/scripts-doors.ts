import { inDoorZone, isMoving, type LiftState, landingAt, nearestFloor } from './lift-state.js';
import { momentOf } from './motion.js';
import type { Script } from './script.js';
import {
  codeOf,
  ended,
  enter,
  neighbourFloor,
  OPEN_SOMEWHERE,
  type ScriptAnswer,
  type ScriptFunction,
  withCode,
  withoutCode,
} from './script-answer.js';

/** Beyond the ±20 mm a car may sink while people enter (EN 81-20 §5.12.1.1.4). */
const LEVELLING_ERROR_MM = 28;
const CLOSING_TRIES = 3;
/** Slow enough to be outside the zone for more than 4 s between two landings 2.8 m apart. */
const DOOR_OPEN_SPEED_MM_S = 450;

/** The door meets something at half way, three times; then the controller gives up and reports it. */
export const doorFault: ScriptFunction = (state, script) => {
  switch (script.phase) {
    case 'seek':
      if (state.door.state === 'open') return { state: enter(state, 'tries'), overrides: { hurry: true } };
      return { state, overrides: OPEN_SOMEWHERE };
    case 'tries':
      return tryToClose(state, script);
    case 'failed':
      if (script.phaseMs < script.forMs) return { state, overrides: { holdOpen: true } };
      return { state: ended(withoutCode(state, codeOf(script))), overrides: {} };
    default:
      return { state: ended(state), overrides: {} };
  }
};

function tryToClose(state: LiftState, script: Script): ScriptAnswer {
  if (state.door.state === 'open' && script.tries >= CLOSING_TRIES) {
    return { state: enter(withCode(state, codeOf(script)), 'failed', true), overrides: { holdOpen: true } };
  }
  if (state.door.state === 'closing' && state.door.opening < 0.5) {
    const reversed = { ...state.door, state: 'opening' as const, openMs: 0 };
    return {
      state: { ...state, door: reversed, script: { ...script, tries: script.tries + 1 } },
      overrides: { hurry: true },
    };
  }
  return { state, overrides: { hurry: true } };
}

/** One stop ends 28 mm beyond the sill, and people walk over the step until the next run, which is good. */
export const levellingError: ScriptFunction = (state, script) => {
  const overshoot = { overshootMm: LEVELLING_ERROR_MM };
  switch (script.phase) {
    case 'seek': {
      if (state.motion.kind !== 'trip') return { state: enter(state, 'depart'), overrides: { hurry: true } };
      const { motion } = state;
      const { positionMm, speedMmS } = momentOf(motion);
      const sill = landingAt(state.spec, nearestFloor(state.spec, motion.toMm)).heightMm;
      const toMm = sill + (motion.toMm >= motion.fromMm ? 1 : -1) * LEVELLING_ERROR_MM;
      const further = {
        ...motion,
        fromMm: positionMm,
        startSpeedMmS: speedMmS,
        elapsedMs: 0,
        toMm,
      };
      return { state: enter({ ...state, motion: further }, 'driving'), overrides: overshoot };
    }
    case 'depart':
      if (isMoving(state)) return { state: enter(state, 'driving'), overrides: overshoot };
      return { state, overrides: { ...overshoot, hurry: true, goTo: neighbourFloor(state) } };
    case 'driving':
      if (isMoving(state)) return { state, overrides: { ...overshoot, stopNext: true } };
      return { state: enter(state, 'standing', true), overrides: { openNow: true, holdOpen: true } };
    case 'standing':
      if (script.phaseMs < script.forMs) return { state, overrides: { openNow: true, holdOpen: true } };
      return { state: enter(state, 'leave'), overrides: { hurry: true } };
    case 'leave':
      if (isMoving(state)) return { state: enter(state, 'leaving'), overrides: {} };
      return { state, overrides: { hurry: true, goTo: neighbourFloor(state) } };
    default:
      return { state: isMoving(state) ? state : ended(state), overrides: {} };
  }
};

/**
 * The car leaves the zone in normal mode with its door open. `bridged`: somebody shorted the loop, so that
 * lock and loop read closed; else the contacts tell the truth and the machine runs all the same.
 */
export function runsWithDoorOpen(bridged: boolean): ScriptFunction {
  return (state, script) => {
    switch (script.phase) {
      case 'seek':
        if (state.door.state !== 'open') return { state, overrides: OPEN_SOMEWHERE };
        return { state: enter({ ...state, bridged }, 'depart'), overrides: { holdOpen: true } };
      case 'depart': {
        if (isMoving(state)) return { state: enter(state, 'moving'), overrides: {} };
        const away = { goTo: neighbourFloor(state), maxSpeedMmS: DOOR_OPEN_SPEED_MM_S };
        return { state, overrides: { ...away, leaveOpen: true } };
      }
      case 'moving':
        if (!isMoving(state)) return { state: enter(state, 'arrived'), overrides: { holdOpen: true } };
        if (script.onsetAt === null && !inDoorZone(state)) {
          return { state: enter(state, 'moving', true), overrides: {} };
        }
        return { state, overrides: {} };
      case 'arrived':
        if (script.phaseMs < script.forMs) return { state, overrides: { holdOpen: true } };
        return { state: ended(state), overrides: {} };
      default:
        return { state: ended(state), overrides: {} };
    }
  };
}
