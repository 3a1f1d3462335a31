import type { FaultKind } from '#protocol';
import type { Rng } from '../random.js';

/** What a scenario can make a lift do. */
export const SCRIPTED_ACTIONS = [
  'door-fault',
  'levelling-error',
  'shorted-safety-loop',
  'trapped-pressing-button',
  'trapped-silent',
  'moving-door-open',
  'mains-lost',
  'inspection',
  'gas',
  'ebike',
] as const;
export type ScriptedAction = (typeof SCRIPTED_ACTIONS)[number];

/** The same, and what befalls the terminal's connection instead of the lift. */
export const SCENARIO_ACTIONS = [...SCRIPTED_ACTIONS, 'network-lost'] as const;
export type ScenarioAction = (typeof SCENARIO_ACTIONS)[number];

/** What the ledger calls it: a fault kind, or a change that is no fault (DOMAIN §4: mode changes are not). */
export type LedgerKind = FaultKind | 'inspection';

export interface ActionFacts {
  readonly kind: LedgerKind;
  /** How long the condition lasts when the scenario does not say. */
  readonly defaultForMs: number;
}

export const ACTION_FACTS: Readonly<Record<ScenarioAction, ActionFacts>> = {
  'door-fault': { kind: 'door-close-failed', defaultForMs: 40_000 },
  'levelling-error': { kind: 'levelling-error', defaultForMs: 20_000 },
  'shorted-safety-loop': { kind: 'safety-loop-shorted', defaultForMs: 8_000 },
  'trapped-pressing-button': { kind: 'entrapment', defaultForMs: 210_000 },
  'trapped-silent': { kind: 'entrapment', defaultForMs: 120_000 },
  'moving-door-open': { kind: 'moving-with-door-open', defaultForMs: 8_000 },
  'mains-lost': { kind: 'mains-lost', defaultForMs: 60_000 },
  inspection: { kind: 'inspection', defaultForMs: 120_000 },
  gas: { kind: 'gas-cylinder-in-car', defaultForMs: 30_000 },
  ebike: { kind: 'ebike-in-car', defaultForMs: 30_000 },
  'network-lost': { kind: 'terminal-offline', defaultForMs: 60_000 },
};

/** The stations of all scripts; each script uses some of them, in the order its function gives. */
export type Phase =
  | 'seek'
  | 'depart'
  | 'driving'
  | 'standing'
  | 'leave'
  | 'leaving'
  | 'tries'
  | 'failed'
  | 'moving'
  | 'arrived'
  | 'braking'
  | 'stuck'
  | 'rescue'
  | 'evacuate'
  | 'dark'
  | 'work'
  | 'return'
  | 'held';

/** A scripted fault under way on one lift. */
export interface Script {
  readonly do: ScriptedAction;
  readonly forMs: number;
  readonly phase: Phase;
  /** Since the phase began. */
  readonly phaseMs: number;
  /**
   * When the condition itself began (the car stands between floors, the button is pressed …); null = not yet.
   */
  readonly onsetAt: number | null;
  readonly tries: number;
  /** The button is pressed this long after the car stopped. */
  readonly pressAfterMs: number;
  /** Trapped at a landing with the door shut, rather than between two. */
  readonly atLanding: boolean;
  /** Until the presence sensor next misses the person, or the mechanic next moves the car. */
  readonly nextMs: number;
}

export function startScript(action: ScriptedAction, forMs: number, rng: Rng): Script {
  return {
    do: action,
    forMs,
    phase: 'seek',
    phaseMs: 0,
    onsetAt: null,
    tries: 0,
    pressAfterMs: rng.int(3000, 5000),
    atLanding: action === 'trapped-pressing-button' && rng.chance(0.5),
    nextMs: rng.int(8000, 20_000),
  };
}
