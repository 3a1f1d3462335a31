import type { FaultKind } from '#protocol';
import type { Car } from './car.js';
import type { Priority } from './events.js';
import { THRESHOLDS } from './thresholds.js';

/** Why a fault was raised; stored and shown. */
export type RaiseReason =
  | 'reported-by-terminal'
  | 'active-in-snapshot'
  | 'terminal-went-offline'
  | 'press-in-standing-closed-car'
  | 'standing-outside-zone-with-person'
  | 'standing-level-shut-with-person'
  | 'mechanic-may-be-inside'
  | 'standing-outside-zone-occupancy-unknown'
  | 'standing-outside-zone'
  | 'moving-with-door-open'
  | 'moving-with-door-open-and-loop-closed'
  | 'stopped-out-of-level'
  | 'level-error-while-loading';

/** Names of the conditions inferred from samples. */
export type ConditionName =
  | 'entrapment-outside-zone'
  | 'entrapment-level'
  | 'stopped-outside-zone'
  | 'moving-with-door-open'
  | 'safety-loop-shorted'
  | 'levelling-error';

/** A condition on the car that is a fault once it has held long enough. */
export interface Condition {
  readonly name: ConditionName;
  readonly kind: FaultKind;
  /** How long it must hold on terminal time, ms. */
  readonly holdMs: number;
  /**
   * Does it hold? Null = cannot be known from what the car says now: then its timer neither runs nor starts
   * anew, and no fault ends by it (invariant 8).
   */
  readonly holds: (car: Car) => boolean | null;
  /**
   * Is an open fault of this condition over? Differs from "no longer holds" where people are concerned.
   */
  readonly over: (car: Car) => boolean;
  /**
   * What between two readings makes the later one a new beginning: a silence, a trip, or also a door cycle.
   */
  readonly brokenBy: 'silence' | 'trip' | 'door-cycle';
  /** The timer also runs while the terminal is quiet and connected; for conditions where nothing changes. */
  readonly runsWhileQuiet: boolean;
  /** Reason and priority at the moment it is raised; null priority = the catalogue's. */
  readonly describe: (car: Car) => { readonly reason: RaiseReason; readonly priority: Priority | null };
}

/** Kleene "and": false wins over unknown. */
function all(
  a: boolean | null,
  b: boolean | null,
  c: boolean | null = true,
  d: boolean | null = true,
): boolean | null {
  // Not a list of terms: this runs a dozen times for every sample of every lift.
  if (a === false || b === false || c === false || d === false) return false;
  return a === null || b === null || c === null || d === null ? null : true;
}

function negate(term: boolean | null): boolean | null {
  return term === null ? null : !term;
}

function standing(car: Car): boolean | null {
  return negate(car.moving);
}

function doorOpen(car: Car): boolean | null {
  return car.doorState === 'unknown' ? null : car.doorState === 'open';
}

function doorShutOrStuck(car: Car): boolean | null {
  if (car.doorState === 'unknown') return null;
  return car.doorState === 'closed' || car.doorState === 'closing';
}

function doorAjar(car: Car): boolean | null {
  return negate(doorShutOrStuck(car));
}

function personInside(car: Car): boolean | null {
  return car.occupancy === 'unknown' ? null : car.occupancy === 'yes';
}

/** Level and door open: the only thing a car can show that ends an entrapment (invariant 7). */
export function isLevelAndOpen(car: Car): boolean {
  return all(standing(car), car.inDoorZone, doorOpen(car)) === true;
}

function isOutOfLevel(car: Car): boolean | null {
  if (car.levelErrorMm === null) return null;
  const error = Math.abs(car.levelErrorMm);
  if (error > THRESHOLDS.levelErrorMaxMm) return true;
  return error > THRESHOLDS.stopErrorMaxMm && (car.stopErrorMm ?? 0) > THRESHOLDS.stopErrorMaxMm;
}

function entrapmentReason(car: Car, otherwise: RaiseReason): RaiseReason {
  return car.mode === 'inspection' ? 'mechanic-may-be-inside' : otherwise;
}

/** The detectors of samples (DOMAIN §4), as data. */
export const CONDITIONS: readonly Condition[] = [
  {
    name: 'entrapment-outside-zone',
    kind: 'entrapment',
    holdMs: THRESHOLDS.entrapmentOutsideZoneMs,
    holds: (car) => all(standing(car), negate(car.inDoorZone), personInside(car)),
    over: isLevelAndOpen,
    brokenBy: 'trip',
    runsWhileQuiet: true,
    describe: (car) => ({
      reason: entrapmentReason(car, 'standing-outside-zone-with-person'),
      priority: null,
    }),
  },
  {
    name: 'entrapment-level',
    kind: 'entrapment',
    holdMs: THRESHOLDS.entrapmentLevelMs,
    holds: (car) => all(standing(car), car.inDoorZone, doorShutOrStuck(car), personInside(car)),
    over: isLevelAndOpen,
    brokenBy: 'door-cycle',
    runsWhileQuiet: true,
    describe: (car) => ({
      reason: entrapmentReason(car, 'standing-level-shut-with-person'),
      priority: null,
    }),
  },
  {
    name: 'stopped-outside-zone',
    kind: 'stopped-outside-zone',
    holdMs: THRESHOLDS.stoppedOutsideZoneMs,
    holds: (car) => all(standing(car), negate(car.inDoorZone), car.occupancy !== 'yes', !isWorkOn(car)),
    over: (car) => all(standing(car), negate(car.inDoorZone)) === false,
    brokenBy: 'trip',
    runsWhileQuiet: true,
    describe: (car) =>
      car.occupancy === 'unknown'
        ? { reason: 'standing-outside-zone-occupancy-unknown', priority: 'critical' }
        : { reason: 'standing-outside-zone', priority: null },
  },
  {
    name: 'moving-with-door-open',
    kind: 'moving-with-door-open',
    holdMs: THRESHOLDS.movingWithDoorOpenMs,
    holds: (car) => all(car.moving, negate(car.inDoorZone), doorOpen(car)),
    over: (car) => all(car.moving, doorOpen(car)) === false,
    brokenBy: 'silence',
    runsWhileQuiet: false,
    describe: () => ({ reason: 'moving-with-door-open', priority: null }),
  },
  {
    name: 'safety-loop-shorted',
    kind: 'safety-loop-shorted',
    holdMs: THRESHOLDS.movingWithDoorOpenMs,
    holds: (car) => all(car.moving, negate(car.inDoorZone), doorOpen(car), loopClosed(car)),
    // Seen once, the bridge is there until the loop is seen to open with the door.
    over: (car) => all(doorOpen(car), negate(loopClosed(car))) === true,
    brokenBy: 'silence',
    runsWhileQuiet: false,
    describe: () => ({ reason: 'moving-with-door-open-and-loop-closed', priority: null }),
  },
  {
    name: 'levelling-error',
    kind: 'levelling-error',
    holdMs: THRESHOLDS.levellingHoldMs,
    holds: (car) => all(standing(car), car.inDoorZone, doorAjar(car), isOutOfLevel(car)),
    over: (car) => all(standing(car), car.inDoorZone, negate(isOutOfLevel(car))) === true,
    brokenBy: 'trip',
    runsWhileQuiet: false,
    describe: (car) =>
      Math.abs(car.levelErrorMm ?? 0) > THRESHOLDS.levelErrorMaxMm
        ? { reason: 'level-error-while-loading', priority: 'high' }
        : { reason: 'stopped-out-of-level', priority: 'medium' },
  },
];

function loopClosed(car: Car): boolean | null {
  return car.safetyLoop === 'unknown' ? null : car.safetyLoop === 'closed';
}

/** A mechanic parks an empty car where the work is; with anyone possibly inside it stays a fault. */
function isWorkOn(car: Car): boolean {
  return car.mode === 'inspection' && car.occupancy === 'no';
}
