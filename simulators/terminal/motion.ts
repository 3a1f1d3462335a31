/**
 * How a car moves: each motion is planned once and evaluated exactly at any time, so the position never jumps
 * and never depends on the step. Millimetres, millimetres per second, milliseconds.
 */

/**
 * A run with constant acceleration, cruise and deceleration; may start while the car already moves towards
 * `toMm`.
 */
export interface Trip {
  readonly kind: 'trip';
  readonly fromMm: number;
  readonly toMm: number;
  readonly startSpeedMmS: number;
  readonly maxSpeedMmS: number;
  readonly accelerationMmS2: number;
  readonly elapsedMs: number;
}

/** The machine brake has fallen: constant deceleration to wherever the car comes to rest. */
export interface Brake {
  readonly kind: 'brake';
  readonly fromMm: number;
  readonly sign: 1 | -1;
  readonly startSpeedMmS: number;
  readonly decelerationMmS2: number;
  readonly elapsedMs: number;
}

export type Motion = { readonly kind: 'rest' } | Trip | Brake;

export const AT_REST: Motion = { kind: 'rest' };

export interface Moment {
  readonly positionMm: number;
  readonly speedMmS: number;
  readonly done: boolean;
}

/** Distance needed to stop from `speedMmS` at `decelerationMmS2`. */
export function stoppingDistanceMm(speedMmS: number, decelerationMmS2: number): number {
  return speedMmS ** 2 / (2 * decelerationMmS2);
}

/** Where the car is `elapsedMs` after the motion began. */
export function momentOf(motion: Trip | Brake): Moment {
  return motion.kind === 'trip' ? momentOfTrip(motion) : momentOfBrake(motion);
}

function momentOfTrip(trip: Trip): Moment {
  const { fromMm, toMm, startSpeedMmS: start, accelerationMmS2: acceleration } = trip;
  const distance = Math.abs(toMm - fromMm);
  const sign = toMm >= fromMm ? 1 : -1;
  const peak = Math.min(
    Math.max(trip.maxSpeedMmS, start),
    Math.sqrt((2 * acceleration * distance + start ** 2) / 2),
  );
  const riseS = Math.max(0, (peak - start) / acceleration);
  const riseMm = ((peak + start) / 2) * riseS;
  const fallS = peak / acceleration;
  const cruiseMm = Math.max(0, distance - riseMm - (peak / 2) * fallS);
  const cruiseS = peak > 0 ? cruiseMm / peak : 0;
  const t = trip.elapsedMs / 1000;
  if (t >= riseS + cruiseS + fallS) return { positionMm: toMm, speedMmS: 0, done: true };
  if (t < riseS) {
    return {
      positionMm: fromMm + sign * (start * t + (acceleration * t ** 2) / 2),
      speedMmS: start + acceleration * t,
      done: false,
    };
  }
  if (t < riseS + cruiseS) {
    return { positionMm: fromMm + sign * (riseMm + peak * (t - riseS)), speedMmS: peak, done: false };
  }
  const left = riseS + cruiseS + fallS - t;
  return {
    positionMm: toMm - sign * ((acceleration * left ** 2) / 2),
    speedMmS: acceleration * left,
    done: false,
  };
}

function momentOfBrake(brake: Brake): Moment {
  const { fromMm, sign, startSpeedMmS: start, decelerationMmS2: deceleration } = brake;
  const stopS = start / deceleration;
  const t = Math.min(brake.elapsedMs / 1000, stopS);
  return {
    positionMm: fromMm + sign * (start * t - (deceleration * t ** 2) / 2),
    speedMmS: Math.max(0, start - deceleration * t),
    done: brake.elapsedMs / 1000 >= stopS,
  };
}
