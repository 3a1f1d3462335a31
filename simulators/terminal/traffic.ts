import type { Rng } from '../random.js';
import { type Call, type LiftState, nearestFloor } from './lift-state.js';

/** More do not wait: they take the stairs. */
const WAITING_MAX = 12;
/** A person with what they carry. */
export const PERSON_KG = 75;
const CHINA_OFFSET_HOURS = 8;

/** Passengers per hour over the mean, by hour of the day: peaks 08–10 and 18–20, quiet nights (DOMAIN §2). */
export function hourFactor(timeMs: number): number {
  const hour = (Math.floor(timeMs / 3_600_000) + CHINA_OFFSET_HOURS) % 24;
  if ((hour >= 8 && hour < 10) || (hour >= 18 && hour < 20)) return 2.4;
  if ((hour >= 6 && hour < 12) || (hour >= 18 && hour < 22)) return 1.6;
  return hour < 6 ? 0.15 : 0.8;
}

/** Nobody uses a lift as full as its plate allows. */
export function capacityOf(state: LiftState): number {
  return Math.floor((state.spec.ratedLoadKg * 0.8) / PERSON_KG);
}

/** New passengers: most go from or to the entrance. */
export function withArrivals(state: LiftState, dtMs: number, rng: Rng): LiftState {
  const nextCallMs = state.nextCallMs - dtMs;
  if (nextCallMs > 0) return { ...state, nextCallMs };
  const factor = state.spec.peaks ? hourFactor(state.timeMs) : 1;
  const next = { ...state, nextCallMs: rng.exponential(state.spec.callGapMs / factor) };
  if (state.waiting.length >= WAITING_MAX) return next;
  return { ...next, waiting: [...state.waiting, callOf(state, rng)] };
}

function callOf(state: LiftState, rng: Rng): Call {
  const last = state.spec.landings.length - 1;
  const entrance = Math.max(
    0,
    state.spec.landings.findIndex((landing) => landing.mark === '1'),
  );
  const upper = otherThan(entrance, last, rng);
  const trip = rng.next();
  if (trip < 0.45) return { from: entrance, to: upper };
  if (trip < 0.85) return { from: upper, to: entrance };
  const from = rng.int(0, last);
  return { from, to: otherThan(from, last, rng) };
}

function otherThan(floor: number, last: number, rng: Rng): number {
  const drawn = rng.int(0, last - 1);
  return drawn >= floor ? drawn + 1 : drawn;
}

/**
 * People leave and enter; only called while the door is fully open, since nobody walks through a closed one.
 */
export function exchangePeople(state: LiftState): { state: LiftState; moved: number } {
  const here = nearestFloor(state.spec, state.positionMm);
  const staying = state.riders.filter((to) => to !== here);
  const room = Math.max(0, capacityOf(state) - staying.length);
  const entering = state.waiting.filter((call) => call.from === here).slice(0, room);
  const moved = state.riders.length - staying.length + entering.length;
  if (moved === 0) return { state, moved };
  return {
    state: {
      ...state,
      riders: [...staying, ...entering.map((call) => call.to)],
      waiting: state.waiting.filter((call) => !entering.includes(call)),
    },
    moved,
  };
}

/**
 * Where the car goes next: people inside first, in the last direction; else the nearest who waits; null =
 * nowhere.
 */
export function nextFloor(state: LiftState): number | null {
  const here = nearestFloor(state.spec, state.positionMm);
  const wanted = state.riders.length > 0 ? state.riders : state.waiting.map((call) => call.from);
  const elsewhere = wanted.filter((floor) => floor !== here);
  const ahead = elsewhere.filter((floor) => (state.lastDirection === 'up' ? floor > here : floor < here));
  const among = ahead.length > 0 && state.riders.length > 0 ? ahead : elsewhere;
  let best: number | null = null;
  for (const floor of among) {
    if (best === null || Math.abs(floor - here) < Math.abs(best - here)) best = floor;
  }
  return best;
}
