import type { ContactState, TelemetryPayload } from '#protocol';
import { inDoorZone, isMoving, type LiftState, landingAt, levelErrorMm, nearestFloor } from './lift-state.js';
import { PERSON_KG } from './traffic.js';

/** What the terminal's sensors and the controller say at one moment: telemetry without its envelope. */
export type LiftReading = Readonly<Omit<TelemetryPayload, 'v' | 'boot' | 'seq' | 'at' | 'stored'>>;

/**
 * Reads the lift. A bridged loop reads closed whatever the door does; the level error is known only to a car
 * that stands in the zone.
 */
export function readLift(state: LiftState): LiftReading {
  const moving = isMoving(state);
  const zone = inDoorZone(state);
  const contact: ContactState = state.bridged || state.door.state === 'closed' ? 'closed' : 'open';
  return {
    mode: state.mode,
    direction: state.direction,
    moving,
    floor: landingAt(state.spec, nearestFloor(state.spec, state.positionMm)).mark,
    doorState: state.door.state,
    inDoorZone: zone,
    doorLock: contact,
    safetyLoop: contact,
    occupied: state.riders.length > 0 && !state.presenceLost,
    speed: Math.round(state.speedMmS) / 1000,
    ...(zone && !moving ? { levelErrorMm: Math.round(levelErrorMm(state)) } : {}),
    loadPercent: Math.round((100 * state.riders.length * PERSON_KG) / state.spec.ratedLoadKg),
    powerState: state.powerState,
    tripCount: state.tripCount,
    doorCycleCount: state.doorCycleCount,
  };
}
