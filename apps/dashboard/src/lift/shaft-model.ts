import type { LiveReading } from './lift-view.js';

/** Floors drawn at most; the car is always among them. */
const FLOORS_MAX = 9;

export type People = 'yes' | 'no' | 'unknown';
/** How far the door stands open, 0 to 1; null when the terminal does not say. */
export type DoorOpening = number | null;

export interface ShaftModel {
  /** Floor marks from the lowest to the highest. */
  readonly floors: readonly string[];
  /** Where the car is: index into `floors`, half a floor off when it is between two; null when unknown. */
  readonly carAt: number | null;
  readonly betweenFloors: boolean;
  readonly door: DoorOpening;
  readonly people: People;
}

/**
 * What to draw of the newest reading. We know no building: its floors are the marks that were heard of
 * (`heard`, any order) and the one where the car is.
 */
export function shaftOf(live: LiveReading | null, heard: readonly string[]): ShaftModel {
  const mark = live?.floor ?? null;
  const all = sortFloors(mark === null ? heard : [...heard, mark]);
  const index = mark === null ? -1 : all.indexOf(mark);
  const from = Math.max(0, Math.min(index - Math.floor(FLOORS_MAX / 2), all.length - FLOORS_MAX));
  const floors = all.slice(from, from + FLOORS_MAX);
  const betweenFloors = live?.inDoorZone === false;
  const shift = betweenFloors ? (live?.direction === 'down' ? -0.5 : 0.5) : 0;
  return {
    floors,
    carAt: index < 0 ? null : index - from + shift,
    betweenFloors,
    door: live === null ? null : openingOf(live.doorState),
    people: live?.occupied === true ? 'yes' : live?.occupied === false ? 'no' : 'unknown',
  };
}

function openingOf(door: LiveReading['doorState']): DoorOpening {
  switch (door) {
    case 'open':
      return 1;
    case 'opening':
    case 'closing':
      return 0.5;
    case 'closed':
      return 0;
    default:
      return null;
  }
}

/** Each mark once, from the lowest; marks without a number come last, in the order in which they came. */
export function sortFloors(marks: readonly string[]): readonly string[] {
  const once = [...new Set(marks)];
  const level = new Map(once.map((mark) => [mark, floorLevel(mark) ?? Number.POSITIVE_INFINITY]));
  return once.sort((a, b) => {
    const [left, right] = [level.get(a) ?? 0, level.get(b) ?? 0];
    return left === right ? 0 : left - right;
  });
}

/**
 * The height that a mark stands for, as marks are used in practice: `-2B` and `B2` are the second basement,
 * `G` and `L` the entrance; null when it says nothing of a height.
 */
export function floorLevel(mark: string): number | null {
  const below = /^B(\d{0,2})/i.exec(mark);
  if (below !== null) return -Number(below[1] || 1);
  const number = /^-?\d{1,3}/.exec(mark)?.[0];
  if (number !== undefined) return Number(number);
  return /^[GL]/i.test(mark) ? 0.5 : null;
}
