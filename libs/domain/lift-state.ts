import type { FaultKind, ServiceMode } from '#protocol';
import type { ConditionName } from './conditions.js';
import type { Fault, Priority } from './events.js';
import { EMPTY_LANE, type Lane } from './lane.js';

/** A fault that has begun and not ended. */
export interface OpenFault {
  readonly fault: Fault;
  /** Priority now; it may have risen since the fault was raised. */
  readonly priority: Priority;
  /**
   * Codes (`profile:code`) by which the terminal says that it is active; empty for a purely inferred fault.
   */
  readonly codes: readonly string[];
  /** The condition that inferred or confirmed it; null for a purely reported fault. */
  readonly condition: ConditionName | null;
  /** Terminal time at which it was raised: `fault.raisedAt` is when the condition began. */
  readonly firedAt: number;
  /** Why it is recorded but not raised; null = raised. */
  readonly suppressedBy: string | null;
  /** Attachments that are made once, e.g. that a snapshot lacks it. */
  readonly marks: readonly string[];
}

/**
 * All that detection knows of a lift. Plain data: it goes into the snapshot as JSON, and `step` on it is
 * deterministic, so that a replay of the journal derives the same faults.
 */
export interface LiftState {
  readonly lift: string;
  /** The terminal heard last. */
  readonly terminal: string | null;
  readonly live: Lane;
  /** A stored backlog that arrives behind newer live samples. */
  readonly backlog: Lane;
  /** The greatest seq of the newest boots, newest first, at most 4. */
  readonly boots: readonly { readonly boot: string; readonly maxSeq: number }[];
  /** Open faults by `openKey`. */
  readonly open: Readonly<Record<string, OpenFault>>;
  /** The newest clears by code, at most 32: a raise that arrives after its clear is history. */
  readonly clears: readonly { readonly code: string; readonly at: number }[];
  readonly snapshot: { readonly at: number; readonly codes: readonly string[] } | null;
  /**
   * The mode the terminal last told by a code, for samples that carry none; null = it never told, absent in
   * snapshots from before.
   */
  readonly toldMode?: ServiceMode | null;
}

export function newLiftState(lift: string): LiftState {
  return {
    lift,
    terminal: null,
    live: EMPTY_LANE,
    backlog: EMPTY_LANE,
    boots: [],
    open: {},
    clears: [],
    snapshot: null,
    toldMode: null,
  };
}

/** One open fault a kind and lift; unknown codes are told apart, since nobody knows what they mean. */
export function openKey(kind: FaultKind, code: string | null): string {
  return kind === 'unknown' ? `unknown ${code ?? ''}` : kind;
}
