import type { LiftSample, ServiceMode } from '#protocol';
import { type Car, nextCar } from './car.js';
import { CONDITIONS, type Condition, isLevelAndOpen } from './conditions.js';
import {
  clear,
  type Draft,
  faultySensors,
  liftSuppression,
  makeFault,
  mark,
  type NewFault,
  raise,
  type Source,
  withdraw,
  workOf,
} from './draft.js';
import { PRIORITIES } from './events.js';
import { FAULT_CATALOGUE } from './fault-catalogue.js';
import { advanceLane, EMPTY_LANE, type LaneStep, passTime } from './lane.js';
import { type OpenFault, openKey } from './lift-state.js';
import { THRESHOLDS } from './thresholds.js';

const CONDITION_BY_NAME = new Map(CONDITIONS.map((condition) => [condition.name, condition]));

/** The terminal told the mode by a code: it holds for the car as known, and for samples that carry none. */
export function stepMode(draft: Draft, mode: ServiceMode): void {
  const { live } = draft.state;
  const before = live.car?.mode;
  const car = live.car === null ? null : { ...live.car, mode };
  draft.state.toldMode = mode;
  draft.state.live = { ...live, car };
  if (before === 'inspection' && mode !== 'inspection') liftSuppression(draft);
}

/** Applies one sample of a lift. */
export function stepSample(draft: Draft, source: Source, sent: LiftSample): void {
  const told = draft.state.toldMode ?? null;
  const sample = sent.mode === null && told !== null ? { ...sent, mode: told } : sent;
  const newest = draft.state.live.car;
  if (source.stored && newest !== null && source.at < newest.at) {
    stepLateSample(draft, source, sample, newest);
    return;
  }
  const { at, receivedAt, stored } = source;
  const reading = { sample, at, receivedAt, stored };
  const step = advanceLane(draft.state.live, reading, faultySensors(draft.state));
  draft.state.live = step.lane;
  const car = step.lane.car;
  if (car === null) return;
  endWhatIsOver(draft, source, car);
  if (newest?.mode === 'inspection' && car.mode !== 'inspection') liftSuppression(draft);
  raiseFired(draft, source, step, car);
  raisePriorities(draft, source, car);
  if (car.mode === 'inspection') mark(draft, 'entrapment', source, 'mechanic-may-be-inside');
}

/** Lets time pass on a quiet lift: the timers of conditions in which nothing changes run on. */
export function stepTick(draft: Draft, source: Source): void {
  const step = passTime(draft.state.live, source.receivedAt);
  const car = step.lane.car;
  if (step.fired.length === 0 || car === null) return;
  draft.state.live = step.lane;
  raiseFired(draft, source, step, car);
}

function raiseFired(draft: Draft, source: Source, step: LaneStep, car: Car): void {
  for (const { condition, since } of step.fired) {
    raise(draft, source, inferred(condition, since, car), 'condition-holds');
  }
}

/**
 * What got worse while it is open: a car that stands empty outside the zone until its presence sensor falls
 * silent.
 */
function raisePriorities(draft: Draft, source: Source, car: Car): void {
  const all = draft.state.open;
  for (const key in all) {
    const open = all[key];
    if (open === undefined) continue;
    const condition = open.condition === null ? undefined : CONDITION_BY_NAME.get(open.condition);
    if (condition?.holds(car) !== true) continue;
    const now = condition.describe(car).priority ?? FAULT_CATALOGUE[condition.kind].priority;
    if (PRIORITIES.indexOf(now) >= PRIORITIES.indexOf(open.priority)) continue;
    raise(draft, source, inferred(condition, source.at, car), 'condition-holds');
  }
}

function inferred(condition: Condition, since: number, car: Car): NewFault {
  return {
    kind: condition.kind,
    evidence: 'inferred',
    ...condition.describe(car),
    since,
    profile: null,
    code: null,
    condition: condition.name,
    mode: car.mode,
    detail: {
      condition: condition.name,
      floor: car.floor,
      occupancy: car.occupancy,
      doorState: car.doorState,
      safetyLoop: car.safetyLoop,
      levelErrorMm: car.levelErrorMm,
      mode: car.mode,
    },
  };
}

function endWhatIsOver(draft: Draft, source: Source, car: Car): void {
  const all = draft.state.open;
  for (const key in all) {
    const open = all[key];
    if (open === undefined) continue;
    // What waited in the terminal since before the fault began says nothing of its end.
    if (source.stored && source.at < open.fault.raisedAt) continue;
    const reason = overBy(open, car);
    if (reason !== null) clear(draft, key, source, reason);
  }
}

function overBy(open: OpenFault, car: Car): 'level-and-door-open' | 'condition-ended' | null {
  if (FAULT_CATALOGUE[open.fault.kind].guarded) return isLevelAndOpen(car) ? 'level-and-door-open' : null;
  if (open.condition === null || open.codes.length > 0) return null;
  return CONDITION_BY_NAME.get(open.condition)?.over(car) === true ? 'condition-ended' : null;
}

/**
 * A stored sample from before the newest one: it runs through its own lane, so that an entrapment that began
 * and ended while the terminal was cut off is still found, and it may withdraw what it contradicts.
 */
function stepLateSample(draft: Draft, source: Source, sample: LiftSample, newest: Car): void {
  withdrawContradicted(draft, source, sample);
  const before = draft.state.backlog;
  if (
    before.car !== null &&
    source.at < before.car.at &&
    source.at > before.car.at - THRESHOLDS.sampleGapMaxMs
  ) {
    return;
  }
  const lane = before.car !== null && source.at < before.car.at ? EMPTY_LANE : before;
  const step = advanceLane(lane, { ...source, sample }, faultySensors(draft.state));
  draft.state.backlog = step.lane;
  const car = step.lane.car;
  if (car === null) return;
  for (const { condition, since } of step.fired) raiseLate(draft, source, condition, since, car, newest);
}

/** A fault found in the backlog: history if a newer message shows it gone (DESIGN "Two clocks"). */
function raiseLate(
  draft: Draft,
  source: Source,
  condition: Condition,
  since: number,
  car: Car,
  newest: Car,
): void {
  const wanted = inferred(condition, since, car);
  const key = openKey(condition.kind, null);
  if (draft.state.open[key]) {
    raise(draft, source, wanted, 'late-evidence');
    return;
  }
  const gone = condition.over(newest);
  if (gone && !FAULT_CATALOGUE[condition.kind].guarded) {
    const fault = makeFault(draft, source, wanted);
    const suppressedBy = workOf(wanted);
    const clearReason = 'later-message-shows-it-gone';
    draft.effects.push(
      suppressedBy === null
        ? { type: 'fault.recorded', fault, clearedAt: newest.at, clearReason }
        : { type: 'fault.suppressed', fault, suppressedBy },
    );
    return;
  }
  raise(draft, source, wanted, 'late-evidence');
  if (gone) clear(draft, key, { ...source, at: newest.at }, 'later-message-shows-it-gone');
}

/**
 * An inferred fault rests on a condition that held from its start to its firing. A late reading from in
 * between that shows otherwise withdraws it. Occupancy is left out: a raw presence reading proves nothing by
 * itself, and who is in the car now says nothing of then.
 */
function withdrawContradicted(draft: Draft, source: Source, sample: LiftSample): void {
  for (const [key, open] of Object.entries(draft.state.open)) {
    if (open.condition === null || open.fault.evidence !== 'inferred' || open.codes.length > 0) continue;
    if (source.at < open.fault.raisedAt || source.at > open.firedAt) continue;
    const seen = nextCar(null, sample, source.at, source.receivedAt, faultySensors(draft.state));
    const car: Car = { ...seen, occupancy: 'unknown' };
    if (CONDITION_BY_NAME.get(open.condition)?.holds(car) === false) withdraw(draft, key, source);
  }
}
