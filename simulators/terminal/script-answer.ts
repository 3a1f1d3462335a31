import type { FaultKind } from '#protocol';
import type { Rng } from '../random.js';
import { type LiftState, nearestFloor, type Overrides } from './lift-state.js';
import { ACTION_FACTS, type Phase, type Script } from './script.js';

/** What a script answers for one step: a lift changed outright, and how this step is bent. */
export interface ScriptAnswer {
  readonly state: LiftState;
  readonly overrides: Overrides;
}

export type ScriptFunction = (state: LiftState, script: Script, rng: Rng) => ScriptAnswer;

/** The same lift with its script in `phase`; `began` marks the moment the condition itself began. */
export function enter(state: LiftState, phase: Phase, began = false): LiftState {
  if (!state.script) return state;
  const onsetAt = began ? state.timeMs : state.script.onsetAt;
  return { ...state, script: { ...state.script, phase, phaseMs: 0, onsetAt } };
}

export function ended(state: LiftState): LiftState {
  return { ...state, script: null, presenceLost: false, bridged: false };
}

export function withCode(state: LiftState, code: FaultKind): LiftState {
  return state.activeCodes.includes(code) ? state : { ...state, activeCodes: [...state.activeCodes, code] };
}

export function withoutCode(state: LiftState, code: FaultKind): LiftState {
  return { ...state, activeCodes: state.activeCodes.filter((active) => active !== code) };
}

/** The controller's code for what this script does; scripts without one never ask. */
export function codeOf(script: Script): FaultKind {
  const { kind } = ACTION_FACTS[script.do];
  return kind === 'inspection' ? 'unknown' : kind;
}

export function neighbourFloor(state: LiftState): number {
  const here = nearestFloor(state.spec, state.positionMm);
  return here + 1 < state.spec.landings.length ? here + 1 : here - 1;
}

/** Somebody gets in, bound for the farther end of the shaft; only while the door is open. */
export function boarded(state: LiftState): LiftState {
  if (state.riders.length > 0) return state;
  const here = nearestFloor(state.spec, state.positionMm);
  const last = state.spec.landings.length - 1;
  return { ...state, riders: [here * 2 > last ? 0 : last] };
}

/** Brings the car to a landing and opens the door; the script goes on when the door is open. */
export const OPEN_SOMEWHERE: Overrides = { stopNext: true, openNow: true, hurry: true };
