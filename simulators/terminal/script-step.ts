import type { Rng } from '../random.js';
import type { LiftState } from './lift-state.js';
import type { ScriptedAction } from './script.js';
import type { ScriptAnswer, ScriptFunction } from './script-answer.js';
import * as doors from './scripts-doors.js';
import * as people from './scripts-people.js';

const FUNCTIONS: Readonly<Record<ScriptedAction, ScriptFunction>> = {
  'door-fault': doors.doorFault,
  'levelling-error': doors.levellingError,
  'shorted-safety-loop': doors.runsWithDoorOpen(true),
  'moving-door-open': doors.runsWithDoorOpen(false),
  'trapped-pressing-button': people.trapped,
  'trapped-silent': people.trapped,
  'mains-lost': people.mainsLost,
  inspection: people.inspection,
  gas: people.forbiddenGoods,
  ebike: people.forbiddenGoods,
};

/** What the lift's script, if any, does to this step. */
export function scriptStep(state: LiftState, dtMs: number, rng: Rng): ScriptAnswer {
  if (!state.script) return { state, overrides: {} };
  const script = {
    ...state.script,
    phaseMs: state.script.phaseMs + dtMs,
    nextMs: state.script.nextMs - dtMs,
  };
  return FUNCTIONS[script.do]({ ...state, script }, script, rng);
}
