import type { DecodedItem, Origin } from '#protocol';
import { clear, type Draft, draftOf, raise, type Source } from './draft.js';
import type { FaultEffect } from './events.js';
import { FAULT_CATALOGUE } from './fault-catalogue.js';
import { awaitsTime, EMPTY_LANE } from './lane.js';
import type { LiftState } from './lift-state.js';
import { stepReport, stepSnapshot } from './step-report.js';
import { stepMode, stepSample, stepTick } from './step-sample.js';
import { mapTerminalTime } from './terminal-time.js';

/** One decoded message of a lift's terminal, as the journal holds it. */
export interface LiftMessage {
  readonly terminal: string;
  /** Where the journal holds it: identity of messages that carry none of their own. */
  readonly lsn: number;
  readonly receivedAt: number;
  readonly clockOffsetMs: number;
  readonly items: readonly DecodedItem[];
  /** Indexes of items that are duplicates: they change nothing. */
  readonly duplicates: readonly number[];
}

export interface StepResult {
  readonly state: LiftState;
  readonly effects: readonly FaultEffect[];
}

const BOOTS_MAX = 4;
const NO_EFFECTS: readonly FaultEffect[] = Object.freeze([]);

/**
 * Applies one message to a lift's state. Pure and deterministic: the same messages in the same order give the
 * same state, effects and fault ids, so that a replay of the journal is harmless (DESIGN "Journal").
 */
export function step(state: LiftState, message: LiftMessage): StepResult {
  let draft: Draft | null = null;
  for (let index = 0; index < message.items.length; index++) {
    const item = message.items[index];
    if (!item || message.duplicates.includes(index)) continue;
    draft ??= draftOf(state);
    if (draft.state.terminal !== message.terminal) changeTerminal(draft, message);
    applyItem(draft, message, item, index);
  }
  if (draft === null) return { state, effects: NO_EFFECTS };
  return { state: draft.state, effects: draft.effects.length === 0 ? NO_EFFECTS : settle(draft.effects) };
}

/** Lets time pass: `now` is the moment of the journalled tick. */
export function tick(state: LiftState, now: number): StepResult {
  const car = state.live.car;
  if (car === null || !awaitsTime(state.live, now)) return { state, effects: NO_EFFECTS };
  const draft = draftOf(state);
  const at = car.at + (now - car.receivedAt);
  stepTick(draft, {
    terminal: state.terminal ?? '',
    identity: () => `tick/${now}`,
    receivedAt: now,
    at,
    stored: false,
    clockSuspect: false,
  });
  return { state: draft.state, effects: draft.effects };
}

/** True when only time may yet raise a fault of this lift after `now` (ms): the journal then needs ticks. */
export function needsTicks(state: LiftState, now: number): boolean {
  return awaitsTime(state.live, now);
}

/**
 * Another terminal speaks for the lift from now on. What the old one said of itself went with it: a sensor it
 * called faulty would otherwise blind the new one for ever. Its boots, codes and backlog went too: their
 * names may come again.
 */
function changeTerminal(draft: Draft, message: LiftMessage): void {
  const { terminal, receivedAt } = message;
  const first = draft.state.terminal === null;
  const nothing = { boots: [], backlog: EMPTY_LANE, clears: [], snapshot: null, toldMode: null };
  Object.assign(draft.state, { terminal, ...nothing } satisfies Partial<LiftState>);
  if (first) return;
  const source = {
    terminal,
    identity: () => '',
    receivedAt,
    at: receivedAt,
    stored: false,
    clockSuspect: false,
  };
  for (const [key, open] of Object.entries(draft.state.open)) {
    if (FAULT_CATALOGUE[open.fault.kind].owner === 'terminal') clear(draft, key, source, 'terminal-replaced');
  }
}

function applyItem(draft: Draft, message: LiftMessage, item: DecodedItem, index: number): void {
  const { origin } = item;
  const stored = origin.stored || isOvertaken(draft.state, origin);
  noteSeq(draft, origin);
  const time = mapTerminalTime({ at: origin.at, stored }, message.receivedAt, message.clockOffsetMs);
  const source: Source = {
    terminal: message.terminal,
    identity: () => identityOf(message, origin, index, time.occurredAt),
    receivedAt: message.receivedAt,
    at: time.occurredAt,
    stored,
    clockSuspect: time.clockSuspect,
  };
  const wentOffline = item.type === 'status' && !item.online;
  if (!stored && !wentOffline) clear(draft, 'terminal-offline', source, 'terminal-online');
  switch (item.type) {
    case 'sample':
      stepSample(draft, source, item.sample);
      return;
    case 'fault-report':
      stepReport(draft, source, item.report);
      return;
    case 'notice':
      // One that waited in the terminal says nothing of the mode now.
      if (item.notice.mode !== null && !stored) stepMode(draft, item.notice.mode);
      return;
    case 'snapshot':
      stepSnapshot(draft, source, item.snapshot);
      return;
    case 'status':
      if (wentOffline) raiseOffline(draft, source);
      return;
    case 'statistics':
    case 'time-request':
      return;
  }
}

/** The last will came: the terminal is gone, as of when we heard. */
function raiseOffline(draft: Draft, source: Source): void {
  raise(
    draft,
    { ...source, at: source.receivedAt },
    {
      kind: 'terminal-offline',
      evidence: 'reported',
      reason: 'terminal-went-offline',
      priority: null,
      since: source.receivedAt,
      profile: null,
      code: null,
      condition: null,
      mode: null,
      detail: null,
    },
    'further-report',
  );
}

/**
 * With the time: a number that a careless terminal uses again must not give a new fault the id of an old one.
 */
function identityOf(message: LiftMessage, origin: Origin, index: number, at: number): string {
  const { boot, seq, id } = origin;
  if (id !== null) return `${message.terminal}/${boot ?? ''}/event/${id}/${at}`;
  if (boot !== null && seq !== null) return `${message.terminal}/${boot}/${seq}/${at}`;
  return `${message.terminal}/journal/${message.lsn}/${index}`;
}

/** A message that follows a larger seq of its boot waited somewhere: it is stored, whatever it says. */
function isOvertaken(state: LiftState, origin: Origin): boolean {
  const { boot, seq } = origin;
  if (boot === null || seq === null) return false;
  const known = bootOf(state, boot);
  return known !== undefined && seq < known.maxSeq;
}

function noteSeq(draft: Draft, origin: Origin): void {
  const { boot, seq } = origin;
  if (boot === null || seq === null) return;
  const known = bootOf(draft.state, boot);
  if (known !== undefined && known.maxSeq >= seq) return;
  const newest = { boot, maxSeq: seq };
  // Nearly every message: the terminal has run in one boot for weeks.
  if (known !== undefined && draft.state.boots.length === 1) draft.state.boots = [newest];
  else {
    const others = draft.state.boots.filter((each) => each.boot !== boot);
    draft.state.boots = [newest, ...others].slice(0, BOOTS_MAX);
  }
}

function bootOf(state: LiftState, boot: string): LiftState['boots'][number] | undefined {
  for (const each of state.boots) if (each.boot === boot) return each;
  return undefined;
}

/**
 * A fault whose end arrived in the same message is history: counted and shown, and pages nobody. Not so a
 * guarded kind, which always pages (DESIGN "Two clocks").
 */
function settle(effects: readonly FaultEffect[]): readonly FaultEffect[] {
  const ends = new Map<string, Extract<FaultEffect, { type: 'fault.cleared' }>>();
  for (const effect of effects) if (effect.type === 'fault.cleared') ends.set(effect.faultId, effect);
  if (ends.size === 0) return effects;
  const history = new Set<string>();
  const settled: FaultEffect[] = [];
  for (const effect of effects) {
    if (effect.type === 'fault.raised') {
      const end = ends.get(effect.fault.id);
      if (end && !FAULT_CATALOGUE[effect.fault.kind].guarded) {
        history.add(effect.fault.id);
        const { at: clearedAt, reason: clearReason } = end;
        settled.push({ type: 'fault.recorded', fault: effect.fault, clearedAt, clearReason });
        continue;
      }
    } else if ('faultId' in effect && history.has(effect.faultId)) continue;
    settled.push(effect);
  }
  return settled;
}
