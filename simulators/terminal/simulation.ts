import type { WallClock } from '../clock.js';
import type { FleetTerminal } from '../fleet/fleet-file.js';
import { Rng } from '../random.js';
import { Director } from './director.js';
import type { Ledger } from './ledger.js';
import type { ScenarioStep } from './scenario.js';
import { ACTION_FACTS, type ScenarioAction } from './script.js';
import { Session } from './session.js';
import { SimulatedTerminal } from './simulated-terminal.js';

export interface SimulationOptions {
  readonly terminals: readonly FleetTerminal[];
  readonly url: string;
  readonly seed: number;
  readonly steps: readonly ScenarioStep[];
  /** Random scripted faults a lift and month; 0 = none. */
  readonly faultRate: number;
  /** Simulated seconds a second. */
  readonly speed: number;
  readonly peaks: boolean;
  readonly ledger: Ledger;
  readonly clock: WallClock;
}

export interface SimulationStats {
  readonly terminals: number;
  readonly connected: number;
  readonly sent: number;
  readonly acked: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly samplesDropped: number;
  readonly eventsDropped: number;
  readonly activeFaults: number;
  /** What most unconnected terminals were told; null when all are connected. */
  readonly problem: string | null;
}

interface Unit {
  readonly terminal: SimulatedTerminal;
  readonly session: Session;
  /** Simulated time at which a cut line comes back. */
  cutUntil: number | null;
}

/** One group is stepped each tick, so every lift 5 times a second and never all at once. */
const GROUPS = 4;
const TICK_MS = 50;
const CONNECT_SPREAD_MS = 1000;

/** Many simulated terminals on one timer, each with its own connection. */
export class Simulation {
  private readonly startedAt: number;
  private readonly units: readonly Unit[];
  private readonly director: Director;
  private readonly starts: NodeJS.Timeout[] = [];
  private timer: NodeJS.Timeout | null = null;
  private tickCount = 0;

  constructor(private readonly options: SimulationOptions) {
    this.startedAt = options.clock();
    const { seed, url } = options;
    this.units = options.terminals.map((entry) => {
      const terminal = new SimulatedTerminal(entry, { seed, startAt: this.startedAt, peaks: options.peaks });
      const session = new Session({
        url,
        terminalId: entry.id,
        secret: entry.secret,
        firmware: terminal.firmware,
        now: () => Math.round(this.now()),
        rng: new Rng(seed, entry.id, 'line'),
      });
      return { terminal, session, cutUntil: null };
    });
    const actors = this.units.map((unit) => unit.terminal);
    this.director = new Director(options.steps, actors, new Rng(seed, 'director'), options.faultRate);
  }

  /** The simulated clock, ms since 1970. */
  now(): number {
    return this.startedAt + (this.options.clock() - this.startedAt) * this.options.speed;
  }

  start(): void {
    const spread = new Rng(this.options.seed, 'connect');
    for (const { session } of this.units) {
      this.starts.push(setTimeout(() => session.start(), spread.int(0, CONNECT_SPREAD_MS)));
    }
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Stops the lifts, then lets every terminal empty its outbox for at most `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    for (const start of this.starts) clearTimeout(start);
    await Promise.all(this.units.map(({ session }) => session.stop(graceMs)));
  }

  stats(): SimulationStats {
    let [connected, sent, acked, inFlight, queued, samplesDropped, eventsDropped] = [0, 0, 0, 0, 0, 0, 0];
    const problems = new Map<string, number>();
    for (const { session } of this.units) {
      if (session.connected) connected++;
      else if (session.lastError) problems.set(session.lastError, (problems.get(session.lastError) ?? 0) + 1);
      sent += session.sent;
      acked += session.acked;
      inFlight += session.outbox.inFlightCount;
      queued += session.outbox.queuedCount;
      samplesDropped += session.outbox.samplesDropped;
      eventsDropped += session.outbox.eventsDropped;
    }
    const [worst] = [...problems].sort((a, b) => b[1] - a[1]);
    return {
      terminals: this.units.length,
      connected,
      sent,
      acked,
      inFlight,
      queued,
      samplesDropped,
      eventsDropped,
      activeFaults: this.options.ledger.activeAt(this.now()),
      problem: worst ? `${worst[1]} not connected: ${worst[0]}` : null,
    };
  }

  private tick(): void {
    const now = this.now();
    const group = this.tickCount++ % GROUPS;
    if (group === 0) this.direct(now);
    for (let index = group; index < this.units.length; index += GROUPS) {
      const unit = this.units[index];
      if (!unit) continue;
      const { messages, onset } = unit.terminal.advanceTo(now);
      if (onset) this.record(unit, onset.action, onset.at, onset.forMs);
      if (messages.length > 0) unit.session.publish(messages);
      if (unit.cutUntil !== null && now >= unit.cutUntil) {
        unit.cutUntil = null;
        unit.session.start();
      }
    }
  }

  private direct(now: number): void {
    for (const cue of this.director.due((now - this.startedAt) / 1000)) {
      const unit = this.units[cue.index];
      if (!unit) continue;
      if (cue.action === 'network-lost') {
        unit.cutUntil = now + cue.forMs;
        unit.session.cut();
        this.record(unit, cue.action, Math.round(now), cue.forMs);
      } else {
        unit.terminal.begin(cue.action, cue.forMs);
      }
    }
  }

  private record(unit: Unit, how: ScenarioAction, at: number, forMs: number): void {
    const { id, lift } = unit.terminal.identity;
    const endsAt = at + forMs;
    this.options.ledger.add({ lift, terminal: id, kind: ACTION_FACTS[how].kind, at, endsAt, how });
  }
}
