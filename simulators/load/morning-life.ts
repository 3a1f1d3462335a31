import type { FaultKind } from '#protocol';
import type { Rng } from '../random.js';
import { type CarPicture, codeOf, fieldsOf } from './car-picture.js';
import type { PictureTable } from './picture-table.js';

/** A recorded morning is this long and then begins again: an hour of terminal time. */
export const LOOP_STEPS = 3_600;
/** Share of the runs that hold a scripted fault. */
export const FAULTY_SHARE = 0.01;

/**
 * A fault that a correct platform must find. Steps count seconds from the beginning of the loop: the
 * condition begins in `begunStep`, and the message of `decidedStep` is the one that proves it.
 */
export interface ScriptedFault {
  readonly kind: FaultKind;
  readonly begunStep: number;
  readonly decidedStep: number;
}

/** One lift's hour: what it shows in each second, and what of it is a fault. */
export interface Life {
  /** Index into the morning's pictures. */
  readonly pictures: Uint32Array;
  /** Runs since the loop began, this second's included. */
  readonly trips: Uint16Array;
  /** Door cycles since the loop began, this second's included. */
  readonly doorCycles: Uint16Array;
  readonly faults: readonly ScriptedFault[];
}

/** Scripts of a faulty run, drawn by weight. */
const SCRIPTS = [
  'door-open-run',
  'shorted-run',
  'bad-level',
  'stuck-empty',
  'stuck-with-person',
  'shut-in',
] as const;
export type FaultScript = (typeof SCRIPTS)[number];
const WEIGHTS: Readonly<Record<FaultScript, number>> = {
  'door-open-run': 3,
  'shorted-run': 2,
  'bad-level': 4,
  'stuck-empty': 2,
  'stuck-with-person': 3,
  'shut-in': 1,
};
const DRAWN = SCRIPTS.flatMap((script) => Array.from({ length: WEIGHTS[script] }, () => script));

/** Seconds a script may take beside its run: no faulty run begins with less left. */
const FAULT_TAIL_STEPS = 400;
/** The way home at the end of the loop, so that its end and its beginning fit together. */
const HOME_STEPS = 150;
const METRES_A_FLOOR = 3;
const RATED_SPEED = 1.75;

/**
 * How long a condition must be shown, seconds: what DOMAIN §4 asks for. Written down a second time here,
 * because the one who judges must not share the numbers of the one who is judged.
 */
const PROVED_AFTER = {
  'moving-with-door-open': 1,
  'safety-loop-shorted': 1,
  'levelling-error': 3,
  'stopped-outside-zone': 45,
  'entrapment-outside-zone': 45,
  'entrapment-level': 180,
} as const;

/** Plays a lift second by second into the tables of its life. */
export class LifeRecorder {
  private readonly seen = new Uint32Array(LOOP_STEPS);
  private readonly trips = new Uint16Array(LOOP_STEPS);
  private readonly doorCycles = new Uint16Array(LOOP_STEPS);
  private readonly faults: ScriptedFault[] = [];
  private readonly home: number;
  private readonly temperature: number;
  private step = 0;
  private tripCount = 0;
  private doorCycleCount = 0;
  private at: number;
  private car: CarPicture;

  constructor(
    private readonly floors: readonly string[],
    private readonly rng: Rng,
    private readonly pictures: PictureTable,
  ) {
    this.home = Math.max(0, floors.indexOf('1'));
    this.at = this.home;
    this.temperature = rng.pick([19.5, 21, 24.5, 27]);
    this.car = {
      direction: 'none',
      moving: false,
      floor: this.floors[this.home] ?? '1',
      ...{ doorState: 'closed', inDoorZone: true, doorLock: 'closed', safetyLoop: 'closed' },
      ...{ occupied: false, speed: 0, levelErrorMm: 0, loadPercent: 0, vibration: 0.01 },
    };
  }

  record(): Life {
    this.show({}, this.rng.int(3, 30));
    while (this.step < LOOP_STEPS - HOME_STEPS) {
      const faulty = this.rng.chance(FAULTY_SHARE) && this.step < LOOP_STEPS - HOME_STEPS - FAULT_TAIL_STEPS;
      if (faulty) this.faultyRun(this.rng.pick(DRAWN));
      else if (this.rng.chance(0.35)) this.run(this.otherFloor(1));
      else this.ride(this.otherFloor(1));
      this.show({}, this.rng.int(0, 12));
    }
    if (this.at !== this.home) this.run(this.home);
    this.show({}, LOOP_STEPS - this.step);
    const { seen: pictures, trips, doorCycles, faults } = this;
    return { pictures, trips, doorCycles, faults };
  }

  /** Someone gets in, rides and gets out. */
  private ride(to: number): void {
    this.board();
    this.run(to);
    this.alight();
  }

  private faultyRun(script: FaultScript): void {
    const to = this.otherFloor(3);
    switch (script) {
      case 'door-open-run':
      case 'shorted-run':
        this.runWithOpenDoor(to, script === 'shorted-run');
        return;
      case 'bad-level':
        this.board();
        this.run(to);
        this.expect('levelling-error', PROVED_AFTER['levelling-error']);
        this.car.levelErrorMm = this.rng.pick([28, -26, 31]);
        this.alight(this.rng.int(6, 12));
        return;
      case 'stuck-empty':
        this.run(to, () => {
          this.expect('stopped-outside-zone', PROVED_AFTER['stopped-outside-zone']);
          this.show({ moving: false, speed: 0, direction: 'none' }, this.rng.int(50, 80));
        });
        return;
      case 'stuck-with-person':
        this.board();
        this.run(to, () => {
          this.expect('entrapment', PROVED_AFTER['entrapment-outside-zone']);
          this.show({ moving: false, speed: 0, direction: 'none' }, this.rng.int(50, 90));
        });
        this.alight();
        return;
      case 'shut-in':
        this.board();
        this.run(to);
        // The run ends standing level and shut, so this has already begun.
        this.expect('entrapment', PROVED_AFTER['entrapment-level'], this.step - 1);
        this.show({}, this.rng.int(185, 220));
        this.alight();
        return;
    }
  }

  /** The door stays open as the car leaves; with `shorted` its contacts say that it is closed. */
  private runWithOpenDoor(to: number, shorted: boolean): void {
    this.board();
    const contacts = shorted ? ('closed' as const) : ('open' as const);
    const open = { doorState: 'open' as const, doorLock: contacts, safetyLoop: contacts };
    this.run(to, () => {
      this.expect('moving-with-door-open', PROVED_AFTER['moving-with-door-open']);
      if (shorted) this.expect('safety-loop-shorted', PROVED_AFTER['safety-loop-shorted']);
      this.show(open, this.rng.int(3, 5));
      this.show({ doorState: 'closed', doorLock: 'closed', safetyLoop: 'closed' });
    });
    this.alight();
  }

  /** `begunStep` is the next second, unless the condition is there already. */
  private expect(kind: FaultKind, provedAfter: number, begunStep = this.step): void {
    this.faults.push({ kind, begunStep, decidedStep: begunStep + provedAfter });
  }

  private board(): void {
    const load = this.rng.pick([8, 15, 31, 46]);
    this.openDoor();
    this.show({ occupied: true, loadPercent: load }, this.rng.int(2, 4));
    this.closeDoor();
  }

  private alight(openFor = this.rng.int(2, 4)): void {
    this.openDoor();
    this.show({ occupied: false, loadPercent: 0 }, openFor);
    this.closeDoor();
  }

  private openDoor(): void {
    this.doorCycleCount += 1;
    const open = { doorLock: 'open', safetyLoop: 'open' } as const;
    this.show({ doorState: 'opening', ...open });
    this.show({ doorState: 'open', ...open });
  }

  private closeDoor(): void {
    this.show({ doorState: 'closing' });
    this.show({ doorState: 'closed', doorLock: 'closed', safetyLoop: 'closed' });
  }

  /**
   * Runs to floor `to` and stands there level, the door closed. `between` is played on the way, outside the
   * door zone.
   */
  private run(to: number, between: (() => void) | null = null): void {
    const from = this.at;
    const floors = Math.abs(to - from);
    const seconds = Math.max(4, Math.ceil((floors * METRES_A_FLOOR) / RATED_SPEED) + 2);
    this.tripCount += 1;
    const direction = to > from ? ('up' as const) : ('down' as const);
    for (let second = 0; second < seconds; second++) {
      const ends = second === 0 || second === seconds - 1;
      const floor = this.mark(from + Math.round(((to - from) * second) / (seconds - 1)));
      const speed = ends ? 0.5 : second === 1 || second === seconds - 2 ? 1.25 : RATED_SPEED;
      const vibration = this.rng.pick([0.08, 0.11, 0.14]);
      this.show({ moving: true, direction, inDoorZone: ends, floor, speed, levelErrorMm: null, vibration });
      if (second === 1) between?.();
    }
    this.at = to;
    const levelErrorMm = this.rng.int(-4, 4);
    const stand = { moving: false, direction: 'none', speed: 0, inDoorZone: true, vibration: 0.01 } as const;
    this.show({ ...stand, floor: this.mark(to), levelErrorMm });
  }

  /** Another floor, `least` floors away where the building is that high. */
  private otherFloor(least: number): number {
    const last = this.floors.length - 1;
    const reach = Math.min(least, Math.max(this.at, last - this.at));
    const candidates: number[] = [];
    for (let floor = 0; floor <= last; floor++) {
      if (floor !== this.at && Math.abs(floor - this.at) >= reach) candidates.push(floor);
    }
    // In the morning every other ride goes home, to the entrance.
    return candidates.includes(this.home) && this.rng.chance(0.5) ? this.home : this.rng.pick(candidates);
  }

  private mark(floor: number): string {
    return this.floors[floor] ?? '1';
  }

  private picture(): number {
    const known = this.pictures.within(`${this.temperature} ${this.car.floor}`);
    const code = codeOf(this.car);
    let picture = known.get(code);
    if (picture === undefined) {
      picture = this.pictures.add(fieldsOf(this.car, this.temperature));
      known.set(code, picture);
    }
    return picture;
  }

  /** The car changes so and stays so for `seconds`. */
  private show(changes: Partial<CarPicture>, seconds = 1): void {
    Object.assign(this.car, changes);
    const end = Math.min(LOOP_STEPS, this.step + seconds);
    if (this.step >= end) return;
    const picture = this.picture();
    for (; this.step < end; this.step++) {
      this.seen[this.step] = picture;
      this.trips[this.step] = this.tripCount;
      this.doorCycles[this.step] = this.doorCycleCount;
    }
  }
}
