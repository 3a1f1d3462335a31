import type { LiftSample } from '#protocol';
import { type Car, type FaultySensors, nextCar } from './car.js';
import { CONDITIONS, type Condition, type ConditionName } from './conditions.js';
import { THRESHOLDS } from './thresholds.js';

/** A condition that holds now. */
export interface Timer {
  /** Terminal time at which it was first seen to hold: the fault's true start. */
  readonly since: number;
  /** How long it has been proved to hold, ms. */
  readonly heldMs: number;
  /** It has already become a fault. */
  readonly fired: boolean;
}

/**
 * One line of time through a lift's samples. A lift has two: the live one, and one for a stored backlog that
 * arrives after newer live samples, so that neither disturbs the other's timers.
 */
export interface Lane {
  readonly car: Car | null;
  readonly timers: Readonly<Partial<Record<ConditionName, Timer>>>;
}

const NO_TIMERS: Lane['timers'] = Object.freeze({});
const NOTHING_FIRED: LaneStep['fired'][number][] = [];

export const EMPTY_LANE: Lane = { car: null, timers: NO_TIMERS };

export interface LaneStep {
  readonly lane: Lane;
  /** Conditions that have just held long enough, with their true start. */
  readonly fired: readonly { readonly condition: Condition; readonly since: number }[];
}

/** One reading and when it was true. */
export interface Reading {
  readonly sample: LiftSample;
  /** Terminal time through the boot's offset, ms. */
  readonly at: number;
  readonly receivedAt: number;
  /** It waited in the terminal, so that our clock says nothing about the time between two such. */
  readonly stored: boolean;
}

/** Applies one reading. */
export function advanceLane(lane: Lane, reading: Reading, faulty: FaultySensors): LaneStep {
  const car = nextCar(lane.car, reading.sample, reading.at, reading.receivedAt, faulty);
  const gapMs = lane.car === null ? 0 : creditedMs(lane.car, car, reading.stored);
  const broken = lane.car === null ? null : breakBetween(lane.car, car);
  // Mostly nothing holds: then nothing is made for it.
  let timers: Partial<Record<ConditionName, Timer>> = NO_TIMERS;
  let fired: LaneStep['fired'][number][] = NOTHING_FIRED;
  for (const condition of CONDITIONS) {
    const holds = condition.holds(car);
    if (holds === false) continue;
    const before = lane.timers[condition.name];
    if (holds === null) {
      if (before !== undefined) timers = { ...timers, [condition.name]: before };
      continue;
    }
    if (timers === NO_TIMERS) timers = {};
    const anew = before === undefined || (!before.fired && breaks(condition, broken));
    const timer = anew ? { since: car.at, heldMs: 0, fired: false } : extended(before, gapMs);
    const due = !timer.fired && timer.heldMs >= condition.holdMs;
    timers[condition.name] = due ? { ...timer, fired: true } : timer;
    if (!due) continue;
    if (fired === NOTHING_FIRED) fired = [];
    fired.push({ condition, since: timer.since });
  }
  return { lane: { car, timers }, fired };
}

/**
 * Lets time pass without a sample, up to `now` on our clock. Only for conditions in which nothing changes,
 * and only while the terminal may still be believed (`quietMaxMs`).
 */
export function passTime(lane: Lane, now: number): LaneStep {
  const car = lane.car;
  const quietMs = car === null ? 0 : now - car.receivedAt;
  if (car === null || quietMs <= 0 || quietMs > THRESHOLDS.quietMaxMs) return { lane, fired: [] };
  const fired: LaneStep['fired'][number][] = [];
  const timers: Partial<Record<ConditionName, Timer>> = { ...lane.timers };
  for (const condition of CONDITIONS) {
    const timer = lane.timers[condition.name];
    if (!timer || timer.fired || !condition.runsWhileQuiet) continue;
    if (condition.holds(car) !== true || timer.heldMs + quietMs < condition.holdMs) continue;
    timers[condition.name] = { ...timer, fired: true };
    fired.push({ condition, since: timer.since });
  }
  return fired.length === 0 ? { lane, fired } : { lane: { car, timers }, fired };
}

/** True when letting time pass may yet raise a fault after `now` on our clock: such a lift needs ticks. */
export function awaitsTime(lane: Lane, now: number): boolean {
  const car = lane.car;
  if (car === null || lane.timers === NO_TIMERS) return false;
  if (now - car.receivedAt > THRESHOLDS.quietMaxMs) return false;
  for (const condition of CONDITIONS) {
    const timer = lane.timers[condition.name];
    if (timer && !timer.fired && condition.runsWhileQuiet && condition.holds(car) === true) return true;
  }
  return false;
}

/**
 * Starts every timer of `names` anew from the car as it is: a person or the terminal said that it is over.
 */
export function restartTimers(lane: Lane, names: ReadonlySet<ConditionName>): Lane {
  const { car } = lane;
  if (car === null) return lane;
  const timers: Partial<Record<ConditionName, Timer>> = { ...lane.timers };
  for (const name of names) {
    if (timers[name]) timers[name] = { since: car.at, heldMs: 0, fired: false };
  }
  return { car, timers };
}

function extended(timer: Timer, gapMs: number): Timer {
  return gapMs === 0 ? timer : { ...timer, heldMs: timer.heldMs + gapMs };
}

/**
 * Time proved between two readings. A clock set back proves nothing for this step; a live clock set forward
 * proves no more than our own clock saw pass, plus what a network may have held back.
 */
function creditedMs(previous: Car, car: Car, stored: boolean): number {
  const byTerminal = car.at - previous.at;
  if (byTerminal <= 0) return 0;
  if (stored) return Math.min(byTerminal, THRESHOLDS.sampleGapMaxMs);
  const byUs = Math.max(0, car.receivedAt - previous.receivedAt);
  return Math.min(byTerminal, byUs + THRESHOLDS.clockLeapMaxMs);
}

type Break = Condition['brokenBy'];

/**
 * A floor mark flickers in a car stuck between two floors, so where the terminal counts trips, its count
 * decides.
 */
function hasTravelled(previous: Car, car: Car): boolean {
  const counted = previous.tripCount !== null && car.tripCount !== null;
  return counted ? previous.tripCount !== car.tripCount : differs(previous.floor, car.floor);
}

/** What happened unseen between two readings, the gravest first; null = nothing. */
function breakBetween(previous: Car, car: Car): Break | null {
  if (car.receivedAt - previous.receivedAt > THRESHOLDS.sampleGapMaxMs) return 'silence';
  if (car.at - previous.at > THRESHOLDS.sampleGapMaxMs) return 'silence';
  if (hasTravelled(previous, car)) return 'trip';
  return differs(previous.doorCycleCount, car.doorCycleCount) ? 'door-cycle' : null;
}

function breaks(condition: Condition, happened: Break | null): boolean {
  if (happened === null) return false;
  if (happened === 'silence') return true;
  if (happened === 'trip') return condition.brokenBy !== 'silence';
  return condition.brokenBy === 'door-cycle';
}

function differs<T>(a: T | null, b: T | null): boolean {
  return a !== null && b !== null && a !== b;
}
