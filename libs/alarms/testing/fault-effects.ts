import type { Evidence, Fault, FaultEffect } from '#domain';
import type { FaultKind } from '#protocol';

/** An effect of detection, and the lift it is of. */
export interface LiftEffect {
  readonly effect: FaultEffect;
  readonly lift: string;
}

/** When the first minute of every story is, ms. */
export const T0 = Date.UTC(2026, 4, 1, 8);

export function raised(
  id: string,
  lift: string,
  kind: FaultKind,
  minute = 0,
  evidence: Evidence = 'reported',
): LiftEffect {
  const fault: Fault = {
    id,
    lift,
    terminal: `T-${lift}`,
    kind,
    evidence,
    priority: kind === 'entrapment' ? 'critical' : 'medium',
    raisedAt: T0 + minute * 60_000,
    receivedAt: T0,
    reason: 'reported-by-terminal',
    profile: 'native-v1',
    code: kind,
    clockSuspect: false,
    detail: null,
  };
  return { effect: { type: 'fault.raised', fault }, lift };
}

export function ended(
  id: string,
  lift: string,
  kind: FaultKind,
  type: 'fault.cleared' | 'fault.withdrawn',
): LiftEffect {
  const effect: FaultEffect = {
    type,
    faultId: id,
    lift,
    kind,
    at: T0 + 600_000,
    receivedAt: T0,
    reason: 'terminal-cleared',
  };
  return { effect, lift };
}
