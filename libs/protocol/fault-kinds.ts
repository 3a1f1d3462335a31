/**
 * The one list of fault kinds (DOMAIN §4). These strings are the names used in types, the API, webhooks,
 * tables and the page; the catalogue with priorities is in `#domain`.
 */
export const FAULT_KINDS = [
  'entrapment',
  'alarm-button',
  'door-open-failed',
  'door-close-failed',
  'door-cycling',
  'door-held',
  'moving-with-door-open',
  'unintended-movement',
  'stopped-outside-zone',
  'overtravel-top',
  'overtravel-bottom',
  'overspeed',
  'safety-chain-open',
  'safety-loop-shorted',
  'levelling-error',
  'run-time-limit',
  'position-lost',
  'restart-prevented',
  'mains-lost',
  'emergency-stop',
  'ebike-in-car',
  'gas-cylinder-in-car',
  'terminal-door-sensor',
  'terminal-presence-sensor',
  'terminal-floor-sensor',
  'terminal-battery-low',
  'terminal-offline',
  'test-call-missed',
  'unknown',
] as const;

/** A fault kind by its published name. */
export type FaultKind = (typeof FAULT_KINDS)[number];

const known: ReadonlySet<string> = new Set(FAULT_KINDS);

/** True when `value` is one of the published kind names. */
export function isFaultKind(value: string): value is FaultKind {
  return known.has(value);
}
