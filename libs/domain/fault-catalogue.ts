import { FAULT_KINDS, type FaultKind } from '#protocol';
import type { Priority } from './events.js';

/** Whose fault it is: only `lift` counts in a lift's fault rate (DOMAIN §4). */
export type FaultOwner = 'lift' | 'terminal' | 'supply';

export interface FaultFacts {
  readonly priority: Priority;
  readonly owner: FaultOwner;
  /**
   * Never suppressed, shelved, rate-limited or folded; its alarm is closed by a named person only (invariant
   * 7).
   */
  readonly guarded: boolean;
  /** Recorded, not raised, while the lift is in inspection mode (DOMAIN §4 "Suppression"). */
  readonly suppressedInInspection: boolean;
}

function facts(priority: Priority, changes: Partial<FaultFacts> = {}): FaultFacts {
  return { priority, owner: 'lift', guarded: false, suppressedInInspection: false, ...changes };
}

/** The fault catalogue (DOMAIN §4 "Priorities"). */
export const FAULT_CATALOGUE: Readonly<Record<FaultKind, FaultFacts>> = {
  entrapment: facts('critical', { guarded: true }),
  'alarm-button': facts('critical', { guarded: true }),
  'door-open-failed': facts('high', { suppressedInInspection: true }),
  'door-close-failed': facts('high', { suppressedInInspection: true }),
  'door-cycling': facts('medium', { suppressedInInspection: true }),
  'door-held': facts('medium', { suppressedInInspection: true }),
  'moving-with-door-open': facts('critical', { suppressedInInspection: true }),
  'unintended-movement': facts('critical'),
  'stopped-outside-zone': facts('high'),
  'overtravel-top': facts('critical'),
  'overtravel-bottom': facts('critical'),
  overspeed: facts('critical'),
  'safety-chain-open': facts('high'),
  'safety-loop-shorted': facts('critical', { suppressedInInspection: true }),
  'levelling-error': facts('high', { suppressedInInspection: true }),
  'run-time-limit': facts('medium'),
  'position-lost': facts('medium'),
  'restart-prevented': facts('medium'),
  'mains-lost': facts('medium', { owner: 'supply' }),
  'emergency-stop': facts('medium'),
  'ebike-in-car': facts('medium'),
  'gas-cylinder-in-car': facts('medium'),
  'terminal-door-sensor': facts('low', { owner: 'terminal' }),
  'terminal-presence-sensor': facts('low', { owner: 'terminal' }),
  'terminal-floor-sensor': facts('low', { owner: 'terminal' }),
  'terminal-battery-low': facts('low', { owner: 'terminal' }),
  'terminal-offline': facts('low', { owner: 'terminal' }),
  'test-call-missed': facts('low', { owner: 'terminal' }),
  unknown: facts('low'),
};

/** Kinds under invariant 7. */
export const GUARDED_KINDS: ReadonlySet<FaultKind> = new Set(
  FAULT_KINDS.filter((kind) => FAULT_CATALOGUE[kind].guarded),
);
