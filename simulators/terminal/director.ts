import type { Rng } from '../random.js';
import type { LiftChoice, ScenarioStep } from './scenario.js';
import { ACTION_FACTS, SCRIPTED_ACTIONS, type ScenarioAction } from './script.js';

/** What the director needs to know of a lift. */
export interface Actor {
  readonly identity: { readonly lift: string; readonly rescueCode: string };
  readonly free: boolean;
}

/** An order for now: actor `index` does it. */
export interface Cue {
  readonly index: number;
  readonly action: ScenarioAction;
  readonly forMs: number;
}

interface Pending {
  readonly step: ScenarioStep;
  readonly dueS: number;
}

const DAYS_A_MONTH = 30;

/**
 * Says who does what, when: the scenario's steps (a busy lift gets its step as soon as it is free) and, only
 * with a fault rate, random faults. Deterministic for a seed.
 */
export class Director {
  private pending: Pending[];
  private nextRandomS: number;

  /** `faultRate`: random scripted faults a lift and month of simulated time; 0 = none. */
  constructor(
    steps: readonly ScenarioStep[],
    private readonly actors: readonly Actor[],
    private readonly rng: Rng,
    private readonly faultRate = 0,
  ) {
    this.pending = steps.map((step) => ({ step, dueS: step.atS }));
    this.nextRandomS = this.drawRandom(0);
  }

  /** The first step that means a lift the fleet does not have, or null. */
  static missingLift(steps: readonly ScenarioStep[], actors: readonly Actor[]): string | null {
    for (const { lift } of steps) {
      if (lift.by === 'index' && lift.index >= actors.length) {
        return `lift ${lift.index}: the fleet has lifts 0 to ${actors.length - 1}`;
      }
      if (lift.by === 'code' && find(lift, actors) < 0) return `lift ${lift.code}: not in the fleet`;
    }
    return null;
  }

  /** Cues due `elapsedS` seconds after the start. */
  due(elapsedS: number): Cue[] {
    const cues: Cue[] = [];
    const taken = new Set<number>();
    const later: Pending[] = [];
    for (const waiting of this.pending) {
      const index = waiting.dueS <= elapsedS ? this.choose(waiting.step.lift, taken) : -1;
      if (index < 0) {
        later.push(waiting);
        continue;
      }
      taken.add(index);
      cues.push({ index, action: waiting.step.do, forMs: waiting.step.forS * 1000 });
      const { repeatEveryS } = waiting.step;
      // Counted from now when it came late, so that a busy lift does not pile up repeats.
      if (repeatEveryS !== null) {
        const dueS = Math.max(waiting.dueS + repeatEveryS, elapsedS);
        later.push({ step: waiting.step, dueS });
      }
    }
    this.pending = later;
    this.addRandom(elapsedS, taken, cues);
    return cues;
  }

  private addRandom(elapsedS: number, taken: Set<number>, cues: Cue[]): void {
    while (this.nextRandomS <= elapsedS) {
      this.nextRandomS = this.drawRandom(this.nextRandomS);
      const index = this.choose({ by: 'any' }, taken);
      if (index < 0) continue;
      taken.add(index);
      const action = this.rng.pick(SCRIPTED_ACTIONS);
      cues.push({ index, action, forMs: ACTION_FACTS[action].defaultForMs });
    }
  }

  private drawRandom(fromS: number): number {
    const perSecond = (this.faultRate * this.actors.length) / (DAYS_A_MONTH * 86_400);
    return perSecond > 0 ? fromS + this.rng.exponential(1 / perSecond) : Number.POSITIVE_INFINITY;
  }

  private choose(lift: LiftChoice, taken: ReadonlySet<number>): number {
    const usable = (index: number) => this.actors[index]?.free === true && !taken.has(index);
    if (lift.by !== 'any') {
      const index = find(lift, this.actors);
      return usable(index) ? index : -1;
    }
    const free = [...this.actors.keys()].filter(usable);
    return free.length > 0 ? this.rng.pick(free) : -1;
  }
}

function find(lift: Exclude<LiftChoice, { by: 'any' }>, actors: readonly Actor[]): number {
  if (lift.by === 'index') return lift.index;
  return actors.findIndex(({ identity }) => identity.rescueCode === lift.code || identity.lift === lift.code);
}
