import { Rng } from '../random.js';
import { type Life, LifeRecorder, LOOP_STEPS } from './morning-life.js';
import { PictureTable } from './picture-table.js';

/** Terminal time goes a second a message, however fast the messages are played. */
export const STEP_MS = 1_000;
/**
 * A boot plays the loop so often, 36 hours of terminal time, and the terminal starts anew: the platform
 * believes a clock that is at most a day off ours.
 */
export const LOOPS_A_BOOT = 36;
export const STEPS_A_BOOT = LOOP_STEPS * LOOPS_A_BOOT;
/** The first boot begins so long before now, and ends as long after it. */
const LEAD_MS = (STEPS_A_BOOT * STEP_MS) / 2;
/**
 * A boot's clock is one millisecond ahead of the one before: InfluxDB knows a point by lift and time alone,
 * and a boot that said the same moments again would overwrite what the last one said.
 */
const BOOT_SHIFT_MS = 1;
/** So that the shift stays below a step. */
export const BOOTS_MAX = STEP_MS / BOOT_SHIFT_MS - 1;
/** Beyond so many terminals lives repeat, each on a lift of its own: a life is some 30 KB. */
const LIVES_MAX = 1_000;

/** A lift whose morning is wanted. */
export interface MorningLift {
  readonly id: string;
  readonly floors: readonly string[];
}

/** A simulated hour of many lifts, ready to be played. */
export interface Morning {
  readonly seed: number;
  /** One a lift, in the order asked for. */
  readonly lives: readonly Life[];
  readonly pictures: PictureTable;
}

/** Records the morning: the same lifts and seed give the same one. About 3 ms a lift. */
export function recordMorning(lifts: readonly MorningLift[], seed: number): Morning {
  const pictures = new PictureTable();
  const lives: Life[] = [];
  lifts.forEach(({ floors }, n) => {
    const again = lives[n % LIVES_MAX];
    lives.push(again ?? new LifeRecorder(floors, new Rng(seed, 'morning', n), pictures).record());
  });
  return { seed, lives, pictures };
}

/** When the first boot's first message is said to be from, ms since 1970: a whole second. */
export function morningStart(now: number): number {
  return Math.floor(now / STEP_MS) * STEP_MS - LEAD_MS;
}

/** Where message `index` of a terminal stands, counted over all its boots from 0. */
export function placeOf(index: number): { readonly bootNumber: number; readonly seq: number } {
  return { bootNumber: Math.floor(index / STEPS_A_BOOT), seq: (index % STEPS_A_BOOT) + 1 };
}

/** Terminal time of step `step` of a boot, ms since 1970. */
export function timeOf(startAt: number, bootNumber: number, step: number): number {
  return startAt + bootNumber * BOOT_SHIFT_MS + step * STEP_MS;
}

/**
 * Eight digits drawn for the run, and the number of the terminal's start within it: `3fa4b2c1-000`. Two
 * runs on one platform never share a boot.
 */
export function bootName(seed: number, startAt: number, terminal: string, bootNumber: number): string {
  if (bootNumber > BOOTS_MAX) {
    throw new RangeError(
      `${terminal} has played ${STEPS_A_BOOT * BOOTS_MAX} messages, the most of one run; use more terminals`,
    );
  }
  return `${new Rng(seed, startAt, 'boot', terminal).hex(4)}-${String(bootNumber).padStart(3, '0')}`;
}

/** The number in a boot's name. */
export function bootNumberOf(boot: string): number {
  return Number(boot.slice(-3));
}
