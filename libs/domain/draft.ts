import type { FaultKind, ServiceMode } from '#protocol';
import { type FaultySensors, SOUND_SENSORS } from './car.js';
import { CONDITIONS, type ConditionName, type RaiseReason } from './conditions.js';
import { type Evidence, type Fault, type FaultEffect, PRIORITIES, type Priority } from './events.js';
import { FAULT_CATALOGUE } from './fault-catalogue.js';
import { faultId } from './fault-id.js';
import { restartTimers } from './lane.js';
import { type LiftState, type OpenFault, openKey } from './lift-state.js';

/** Why a fault ended. */
export type ClearReason =
  | 'reported-clear'
  | 'level-and-door-open'
  | 'condition-ended'
  | 'absent-from-snapshot'
  | 'terminal-online'
  | 'terminal-replaced'
  | 'later-message-shows-it-gone';

/** What further message attached to an open fault. */
export type Attachment =
  | 'further-report'
  | 'alarm-button-pressed'
  | 'condition-holds'
  | 'late-evidence'
  | 'absent-from-snapshot'
  | 'mechanic-may-be-inside';

/**
 * The state being worked on within one message, and the effects so far. Lives for one `step`. The state is a
 * copy of the one before, made once and changed field by field: a copy a change was a tenth of detection.
 */
export interface Draft {
  readonly state: { -readonly [F in keyof LiftState]: LiftState[F] };
  readonly effects: FaultEffect[];
}

export function draftOf(state: LiftState): Draft {
  return { state: { ...state }, effects: [] };
}

/** Where an effect comes from: the item being applied. */
export interface Source {
  readonly terminal: string;
  /** Identity of the raising item (DESIGN "Identity and order"); asked for only when it raises something. */
  readonly identity: () => string;
  readonly receivedAt: number;
  /** Terminal time through the boot's offset. */
  readonly at: number;
  readonly stored: boolean;
  readonly clockSuspect: boolean;
}

export interface NewFault {
  readonly kind: FaultKind;
  readonly evidence: Evidence;
  readonly reason: RaiseReason;
  /** Null = the catalogue's. */
  readonly priority: Priority | null;
  /** When the condition began, terminal time. */
  readonly since: number;
  readonly profile: string | null;
  readonly code: string | null;
  readonly condition: ConditionName | null;
  /** The lift's mode at the moment it speaks of; null = not known. */
  readonly mode: ServiceMode | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** Why a fault is recorded and not raised. */
export type SuppressReason = 'inspection-mode' | 'too-many-unknown-codes';

/** Every known kind and as many unknown codes as one snapshot may hold: what a lift may have open at once. */
const OPEN_MAX = 128;

export function codeKey(profile: string | null, code: string | null): string | null {
  return profile === null || code === null ? null : `${profile}:${code}`;
}

/** Builds the fault; its id derives from (lift, kind, identity). */
export function makeFault(draft: Draft, source: Source, wanted: NewFault): Fault {
  const { lift } = draft.state;
  const item = source.identity();
  const identity = wanted.kind === 'unknown' ? `${item}/${wanted.code}` : item;
  return {
    id: faultId(lift, wanted.kind, identity),
    lift,
    terminal: source.terminal,
    kind: wanted.kind,
    evidence: wanted.evidence,
    priority: wanted.priority ?? FAULT_CATALOGUE[wanted.kind].priority,
    raisedAt: wanted.since,
    receivedAt: source.receivedAt,
    reason: wanted.reason,
    profile: wanted.profile,
    code: wanted.code,
    clockSuspect: source.clockSuspect,
    detail: wanted.detail,
  };
}

/** Raises a fault, or attaches to the open one of its kind, or records that it is suppressed. */
export function raise(draft: Draft, source: Source, wanted: NewFault, attachment: Attachment): void {
  const key = openKey(wanted.kind, codeKey(wanted.profile, wanted.code));
  const open = draft.state.open[key];
  if (open) {
    attach(draft, key, open, source, wanted, attachment);
    return;
  }
  const fault = makeFault(draft, source, wanted);
  if (wanted.kind === 'unknown' && Object.keys(draft.state.open).length >= OPEN_MAX) {
    const suppressedBy: SuppressReason = 'too-many-unknown-codes';
    draft.effects.push({ type: 'fault.suppressed', fault, suppressedBy });
    return;
  }
  const suppressedBy = suppression(draft.state, wanted);
  setOpen(draft, key, {
    fault: suppressedBy === null ? withoutDetail(fault) : fault,
    priority: fault.priority,
    codes: withCode([], wanted, attachment),
    condition: wanted.condition,
    firedAt: source.at,
    suppressedBy,
    marks: [],
  });
  draft.effects.push(
    suppressedBy === null
      ? { type: 'fault.raised', fault }
      : { type: 'fault.suppressed', fault, suppressedBy },
  );
}

/** What was told stays out of the state: up to 64 KiB a fault would go into every snapshot. */
function withoutDetail(fault: Fault): Fault {
  return fault.detail === null ? fault : { ...fault, detail: null };
}

/**
 * A press is evidence, not a state: it adds no code, or its release would end an entrapment, or its code keep
 * one.
 */
function withCode(codes: readonly string[], wanted: NewFault, attachment: Attachment): readonly string[] {
  const code = codeKey(wanted.profile, wanted.code);
  if (code === null || attachment === 'alarm-button-pressed' || codes.includes(code)) return codes;
  return [...codes, code];
}

function attach(
  draft: Draft,
  key: string,
  open: OpenFault,
  source: Source,
  wanted: NewFault,
  attachment: Attachment,
): void {
  const codes = withCode(open.codes, wanted, attachment);
  const wantedPriority = wanted.priority ?? FAULT_CATALOGUE[wanted.kind].priority;
  const rises = PRIORITIES.indexOf(wantedPriority) < PRIORITIES.indexOf(open.priority);
  const priority = rises ? wantedPriority : open.priority;
  setOpen(draft, key, { ...open, codes, priority, condition: open.condition ?? wanted.condition });
  if (open.suppressedBy !== null) return;
  draft.effects.push({
    type: 'fault.attached',
    faultId: open.fault.id,
    lift: draft.state.lift,
    kind: open.fault.kind,
    at: source.at,
    receivedAt: source.receivedAt,
    attachment,
    profile: wanted.profile,
    code: wanted.code,
    // Ours last: a terminal's own "priority" must not pass for the priority of the fault.
    detail: { ...wanted.detail, reason: wanted.reason, priority: rises ? priority : undefined },
  });
}

/** Attaches a remark to an open fault, once. */
export function mark(draft: Draft, key: string, source: Source, attachment: Attachment): void {
  const open = draft.state.open[key];
  if (!open || open.marks.includes(attachment)) return;
  setOpen(draft, key, { ...open, marks: [...open.marks, attachment] });
  if (open.suppressedBy !== null) return;
  draft.effects.push({
    type: 'fault.attached',
    faultId: open.fault.id,
    lift: draft.state.lift,
    kind: open.fault.kind,
    at: source.at,
    receivedAt: source.receivedAt,
    attachment,
    profile: null,
    code: null,
    detail: null,
  });
}

/**
 * Ends an open fault. A fault that was only recorded as suppressed ends without a word: nobody was told of
 * it.
 */
export function clear(draft: Draft, key: string, source: Source, reason: ClearReason): void {
  end(draft, key, source, 'fault.cleared', reason);
}

/** Late evidence shows that it never was. */
export function withdraw(draft: Draft, key: string, source: Source): void {
  end(draft, key, source, 'fault.withdrawn', 'late-sample-contradicts');
}

function end(
  draft: Draft,
  key: string,
  source: Source,
  type: 'fault.cleared' | 'fault.withdrawn',
  reason: string,
): void {
  const open = draft.state.open[key];
  if (!open) return;
  const { [key]: _ended, ...rest } = draft.state.open;
  const names = new Set(CONDITIONS.filter((each) => each.kind === open.fault.kind).map((each) => each.name));
  draft.state.open = rest;
  draft.state.live = restartTimers(draft.state.live, names);
  if (open.suppressedBy !== null) return;
  draft.effects.push({
    type,
    faultId: open.fault.id,
    lift: draft.state.lift,
    kind: open.fault.kind,
    at: Math.max(source.at, open.fault.raisedAt),
    receivedAt: source.receivedAt,
    reason,
  });
}

/** A suppressed fault that outlives its suppression is raised with its true start. */
export function liftSuppression(draft: Draft): void {
  for (const [key, open] of Object.entries(draft.state.open)) {
    if (open.suppressedBy === null) continue;
    const fault = { ...open.fault, priority: open.priority };
    setOpen(draft, key, { ...open, fault: withoutDetail(fault), suppressedBy: null });
    draft.effects.push({ type: 'fault.raised', fault });
  }
}

export function setOpen(draft: Draft, key: string, open: OpenFault): void {
  draft.state.open = { ...draft.state.open, [key]: open };
}

/**
 * Why a fault is recorded and not raised now; null = it is raised. Never for guarded kinds. One that began
 * under inspection and outlives it is raised, as is one that began in normal mode and is told under
 * inspection.
 */
function suppression(state: LiftState, wanted: NewFault): SuppressReason | null {
  return state.live.car?.mode === 'inspection' ? workOf(wanted) : null;
}

/** Why what `wanted` tells of was work and no fault; null = it was none. */
export function workOf(wanted: NewFault): SuppressReason | null {
  const isWork = wanted.mode === 'inspection' && FAULT_CATALOGUE[wanted.kind].suppressedInInspection;
  return isWork ? 'inspection-mode' : null;
}

/** What the terminal's own self-faults say of its sensors. */
export function faultySensors(state: LiftState): FaultySensors {
  const { open } = state;
  const door = 'terminal-door-sensor' in open;
  const presence = 'terminal-presence-sensor' in open;
  const floor = 'terminal-floor-sensor' in open;
  return door || presence || floor ? { door, presence, floor } : SOUND_SENSORS;
}
