import type { Rng } from '../random.js';
import { type Door, type LiftState, nearestFloor, type Overrides } from './lift-state.js';
import { capacityOf, exchangePeople } from './traffic.js';

const DWELL_MS = 2500;
const PER_PERSON_MS = 800;
/**
 * People who hurry hold the door no longer than this, so that ordinary running is never "door held" (45 s).
 */
const OPEN_MAX_MS = 14_000;
/** Somebody's hand or trolley, per second of closing. */
const OBSTRUCTED_PER_S = 0.02;

/** The door starts to open. */
export function opening(door: Door): Door {
  return { ...door, state: 'opening', openMs: 0 };
}

/** One step of the door of a standing car. The door is closed → nothing happens here. */
export function stepDoor(state: LiftState, dtMs: number, rng: Rng, overrides: Overrides): LiftState {
  switch (state.door.state) {
    case 'closed':
      return state;
    case 'opening': {
      const share = state.door.opening + dtMs / state.spec.doorOpenMs;
      if (share < 1) return { ...state, door: { ...state.door, opening: share } };
      return {
        ...state,
        arrived: false,
        door: { ...state.door, state: 'open', opening: 1, dwellMs: DWELL_MS, openMs: 0 },
      };
    }
    case 'open':
      return stepOpen(state, dtMs, overrides);
    case 'closing':
      return stepClosing(state, dtMs, rng, overrides);
  }
}

function stepOpen(state: LiftState, dtMs: number, overrides: Overrides): LiftState {
  const exchanged = exchangePeople(state);
  const openMs = state.door.openMs + dtMs;
  const wantedMs = state.door.dwellMs - dtMs + exchanged.moved * PER_PERSON_MS;
  const dwellMs = Math.min(wantedMs, overrides.hurry ? 800 : OPEN_MAX_MS - openMs);
  const closes = dwellMs <= 0 && !overrides.holdOpen;
  return {
    ...exchanged.state,
    door: { ...state.door, openMs, dwellMs: Math.max(0, dwellMs), state: closes ? 'closing' : 'open' },
  };
}

function stepClosing(state: LiftState, dtMs: number, rng: Rng, overrides: Overrides): LiftState {
  if (!overrides.hurry && state.door.reopens === 0) {
    const here = nearestFloor(state.spec, state.positionMm);
    const somebodyComes =
      state.riders.length < capacityOf(state) && state.waiting.some((call) => call.from === here);
    if (somebodyComes || rng.chance((OBSTRUCTED_PER_S * dtMs) / 1000)) {
      return { ...state, door: { ...opening(state.door), reopens: 1 } };
    }
  }
  const share = state.door.opening - dtMs / state.spec.doorCloseMs;
  if (share > 0) return { ...state, door: { ...state.door, opening: share } };
  return {
    ...state,
    doorCycleCount: state.doorCycleCount + 1,
    readyMs: 0,
    door: { ...state.door, state: 'closed', opening: 0, dwellMs: 0, openMs: 0 },
  };
}
