import { Rng } from '../random.js';
import { Firmware, type FirmwareMessage } from './firmware.js';
import { readLift } from './lift-reading.js';
import { liftSpec, restingLift } from './lift-spec.js';
import type { LiftState } from './lift-state.js';
import { type ScriptedAction, startScript } from './script.js';
import { stepLift } from './step-lift.js';

/** Each lift is stepped five times a simulated second. */
export const STEP_MS = 200;
/** A process that slept longer does not make up for it: the lift's clock jumps instead. */
const CATCH_UP_MAX_MS = 10_000;

/** Who a simulated terminal is; the rest of a fleet file's entry is for people. */
export interface TerminalIdentity {
  readonly id: string;
  readonly lift: string;
  readonly rescueCode: string;
  readonly floors: readonly string[];
}

/** The condition of a script has begun. */
export interface Onset {
  readonly action: ScriptedAction;
  readonly at: number;
  readonly forMs: number;
}

export interface TerminalOptions {
  readonly seed: number;
  /**
   * Terminal's clock at the start; part of `boot`, so that a second run with the same seed is another boot.
   */
  readonly startAt: number;
  readonly peaks?: boolean;
}

/** One lift with its terminal's firmware, without a network: time in, messages out. */
export class SimulatedTerminal {
  readonly firmware: Firmware;
  private readonly rng: Rng;
  private state: LiftState;

  constructor(
    readonly identity: TerminalIdentity,
    options: TerminalOptions,
  ) {
    const { seed, startAt } = options;
    this.rng = new Rng(seed, identity.id, 'lift');
    this.firmware = new Firmware(new Rng(seed, identity.id, 'boot', startAt).hex(8));
    const spec = liftSpec(identity.floors, new Rng(seed, identity.id, 'spec'), options.peaks);
    // Lifts do not tick in step with each other.
    this.state = restingLift(spec, startAt - this.rng.int(0, STEP_MS - 1), this.rng);
  }

  get lift(): LiftState {
    return this.state;
  }

  /** Nothing is scripted on it now. */
  get free(): boolean {
    return this.state.script === null;
  }

  begin(action: ScriptedAction, forMs: number): void {
    this.state = { ...this.state, script: startScript(action, forMs, this.rng) };
  }

  /** Runs the lift up to `at` (ms) in whole steps. */
  advanceTo(at: number): { messages: FirmwareMessage[]; onset: Onset | null } {
    const messages: FirmwareMessage[] = [];
    let onset: Onset | null = null;
    const behindMs = at - this.state.timeMs;
    if (behindMs > CATCH_UP_MAX_MS) this.state = { ...this.state, timeMs: at - STEP_MS };
    while (this.state.timeMs + STEP_MS <= at) {
      const before = this.state.script;
      this.state = stepLift(this.state, STEP_MS, this.rng);
      const { script, timeMs } = this.state;
      if (script?.onsetAt != null && before?.onsetAt == null) {
        onset = { action: script.do, at: script.onsetAt, forMs: script.forMs };
      }
      messages.push(...this.firmware.observe(readLift(this.state), this.state.activeCodes, timeMs));
    }
    return { messages, onset };
  }
}
