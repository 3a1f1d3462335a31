import type { ContactState, DoorState, LiftSample, ServiceMode } from '#protocol';
import { THRESHOLDS } from './thresholds.js';

export type Occupancy = 'yes' | 'no' | 'unknown';

/** What is known of the car at one moment: a sample with its gaps, and occupancy after the presence rules. */
export interface Car {
  /** Terminal time through the boot's offset, ms. */
  readonly at: number;
  readonly receivedAt: number;
  readonly mode: ServiceMode;
  readonly moving: boolean | null;
  readonly inDoorZone: boolean | null;
  readonly doorState: DoorState;
  readonly safetyLoop: ContactState;
  readonly floor: string | null;
  readonly levelErrorMm: number | null;
  /** |levelErrorMm| at the first standing reading after a run: the stopping accuracy. */
  readonly stopErrorMm: number | null;
  readonly tripCount: number | null;
  readonly doorCycleCount: number | null;
  readonly occupancy: Occupancy;
  /** Since when the raw sensor says "person" against `occupancy` with the door shut; null when it agrees. */
  readonly presenceDisputedSince: number | null;
}

/** Sensors the terminal itself declared faulty: what rests on them is unknown, never "no" (invariant 8). */
export interface FaultySensors {
  readonly door: boolean;
  readonly presence: boolean;
  readonly floor: boolean;
}

export const SOUND_SENSORS: FaultySensors = { door: false, presence: false, floor: false };

/** The next picture of the car. `previous` is null for the first sample of a lift. */
export function nextCar(
  previous: Car | null,
  sample: LiftSample,
  at: number,
  receivedAt: number,
  faulty: FaultySensors,
): Car {
  const moving = sample.moving;
  const doorState = faulty.door ? 'unknown' : (sample.doorState ?? 'unknown');
  const inDoorZone = faulty.floor ? null : sample.inDoorZone;
  const { occupancy, presenceDisputedSince } = presence(previous, sample.occupied, doorState, at, faulty);
  return {
    at,
    receivedAt,
    mode: sample.mode ?? 'unknown',
    moving,
    inDoorZone,
    doorState,
    safetyLoop: sample.safetyLoop ?? 'unknown',
    floor: sample.floor,
    levelErrorMm: sample.levelErrorMm,
    stopErrorMm: stopError(previous, sample),
    tripCount: sample.tripCount,
    doorCycleCount: sample.doorCycleCount,
    occupancy,
    presenceDisputedSince,
  };
}

function stopError(previous: Car | null, sample: LiftSample): number | null {
  if (sample.moving !== false || sample.levelErrorMm === null) return null;
  const justStopped = previous === null || previous.moving !== false || previous.stopErrorMm === null;
  return justStopped ? Math.abs(sample.levelErrorMm) : previous.stopErrorMm;
}

/**
 * "People cannot appear or vanish in the car" (DOMAIN §4): with the door shut a reading changes nothing, so a
 * flickering sensor neither starts nor ends an entrapment. Two exceptions, both on the safe side: a "person"
 * that persists was there all along, and a silent or faulty sensor turns "no" into unknown.
 */
function presence(
  previous: Car | null,
  reading: boolean | null,
  doorState: DoorState,
  at: number,
  faulty: FaultySensors,
): Pick<Car, 'occupancy' | 'presenceDisputedSince'> {
  if (faulty.presence) return { occupancy: 'unknown', presenceDisputedSince: null };
  const before = previous?.occupancy ?? 'unknown';
  const read: Occupancy = reading === null ? 'unknown' : reading ? 'yes' : 'no';
  const mayChange =
    previous === null || before === 'unknown' || !isShut(previous.doorState) || !isShut(doorState);
  if (mayChange || read === before) return { occupancy: read, presenceDisputedSince: null };
  if (before === 'yes') return { occupancy: 'yes', presenceDisputedSince: null };
  if (read === 'unknown') return { occupancy: 'unknown', presenceDisputedSince: null };
  const since = previous?.presenceDisputedSince ?? at;
  if (at - since >= THRESHOLDS.presencePersistMs) return { occupancy: 'yes', presenceDisputedSince: null };
  return { occupancy: before, presenceDisputedSince: since };
}

function isShut(doorState: DoorState): boolean {
  return doorState === 'closed';
}
