import type { Direction, DoorState, FaultKind, PowerState, ServiceMode } from '#protocol';
import type { Motion } from './motion.js';
import type { Script } from './script.js';

/**
 * Half the unlocking zone: the door may open within ± this of a landing (DOMAIN §3; EN 81-20 allows ±200 mm).
 */
export const DOOR_ZONE_MM = 200;

export interface Landing {
  /** Mark in the car, e.g. `-1`, `1`, `18`. */
  readonly mark: string;
  readonly heightMm: number;
}

/** What does not change about one lift. */
export interface LiftSpec {
  /** At least two, lowest first, at least 2.7 m apart. */
  readonly landings: readonly Landing[];
  readonly ratedSpeedMmS: number;
  readonly accelerationMmS2: number;
  readonly ratedLoadKg: number;
  readonly doorOpenMs: number;
  readonly doorCloseMs: number;
  /** Mean time between passengers. */
  readonly callGapMs: number;
  /** Passengers follow the hours of the day (peaks 08–10 and 18–20, China time). */
  readonly peaks: boolean;
}

export interface Door {
  readonly state: Exclude<DoorState, 'unknown'>;
  /** 0 closed, 1 fully open. */
  readonly opening: number;
  /** Left of the time it stays open. */
  readonly dwellMs: number;
  /** Since it was last closed. */
  readonly openMs: number;
  /**
   * Reopenings since the car last arrived: people stop the door once a stop, no more (door cycling is
   * scripted).
   */
  readonly reopens: number;
}

export interface Call {
  readonly from: number;
  readonly to: number;
}

/** One lift at one moment; `stepLift` answers the next. Floors are indexes into `spec.landings`. */
export interface LiftState {
  readonly spec: LiftSpec;
  /** The lift's clock, ms since 1970 UTC. */
  readonly timeMs: number;
  readonly motion: Motion;
  readonly positionMm: number;
  readonly speedMmS: number;
  readonly direction: Direction;
  /** Direction of the last run: people inside are served in it first. */
  readonly lastDirection: 'up' | 'down';
  readonly door: Door;
  /** The car came for somebody and has not opened yet. */
  readonly arrived: boolean;
  /** Standing closed with somewhere to go, since: cars leave a moment after the door closed. */
  readonly readyMs: number;
  /** Destination of each person in the car. */
  readonly riders: readonly number[];
  readonly waiting: readonly Call[];
  readonly nextCallMs: number;
  readonly tripCount: number;
  readonly doorCycleCount: number;
  readonly mode: ServiceMode;
  readonly powerState: PowerState;
  /** Somebody bridged the safety loop: contacts read closed whatever the door does. */
  readonly bridged: boolean;
  /** The presence sensor misses the person just now. */
  readonly presenceLost: boolean;
  /** Codes the controller and the alarm button report now; the firmware turns changes into events. */
  readonly activeCodes: readonly FaultKind[];
  readonly script: Script | null;
}

/**
 * What a script makes the controller, the people or the machine do in this step, against the ordinary way.
 */
export interface Overrides {
  /** Does not leave. */
  readonly stay?: boolean;
  /** The door does not open. */
  readonly keepShut?: boolean;
  /** Opens when the car stands closed. */
  readonly openNow?: boolean;
  /** Does not close. */
  readonly holdOpen?: boolean;
  /** Closes soon, nobody stops it. */
  readonly hurry?: boolean;
  /** A moving car stops at the next landing it can. */
  readonly stopNext?: boolean;
  /** Leaves with the door as it is. */
  readonly leaveOpen?: boolean;
  /** The next run goes to this landing. */
  readonly goTo?: number;
  readonly maxSpeedMmS?: number;
  /** Where the next stop ends, beyond the sill in the direction of travel. */
  readonly overshootMm?: number;
}

export function landingAt(spec: LiftSpec, floor: number): Landing {
  const landing = spec.landings[floor];
  if (!landing) throw new Error(`no landing ${floor}: the lift has ${spec.landings.length}`);
  return landing;
}

/** Index of the landing nearest to `positionMm`; asked several times a step, so it halves its way. */
export function nearestFloor(spec: LiftSpec, positionMm: number): number {
  let low = 0;
  let high = spec.landings.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const border = (landingAt(spec, middle).heightMm + landingAt(spec, middle + 1).heightMm) / 2;
    if (positionMm <= border) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The sill's distance from the nearest landing's, + above. */
export function levelErrorMm(state: Pick<LiftState, 'spec' | 'positionMm'>): number {
  return state.positionMm - landingAt(state.spec, nearestFloor(state.spec, state.positionMm)).heightMm;
}

export function inDoorZone(state: Pick<LiftState, 'spec' | 'positionMm'>): boolean {
  return Math.abs(levelErrorMm(state)) <= DOOR_ZONE_MM;
}

/** A stop at `offsetMm` from the nearest sill is outside the zone whatever a sensor's tolerance. */
export function clearlyOutside(offsetMm: number): boolean {
  return Math.abs(offsetMm) > DOOR_ZONE_MM + 150;
}

export function isMoving(state: LiftState): boolean {
  return state.motion.kind !== 'rest';
}
