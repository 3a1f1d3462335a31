import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-line.js';
import { Latencies, type Percentiles } from './latencies.js';

/** CONNACK codes that trying again does not change: unknown, or not allowed (MQTT 3.1.1 §3.2.2.3). */
const FOR_GOOD = new Set([1, 2, 4, 5]);
const DIALLING_MAX = 512;
const TICK_MS = 2;
/** Beside the time the rate itself takes. */
const PATIENCE_MS = 30_000;

/** A connection that can be told to connect. */
export interface Dialled {
  dial(): void;
}

export interface StormResult {
  /** From the first byte sent to CONNACK. */
  readonly connectMs: Percentiles | null;
  /** Connections accepted a second, from the first to the last. */
  readonly perSecond: number;
}

/** Opens all connections at a steady rate, some hundred at once at the most. */
export class ConnectionStorm {
  private readonly latencies = new Latencies();
  private readonly seen = new Set<Dialled>();
  private dialled = 0;
  private refusal: CommandError | null = null;
  private problem = 'no answer';
  private lastAt = 0;

  /** `rate` is connections a second. */
  constructor(
    private readonly connections: readonly Dialled[],
    private readonly rate: number,
  ) {}

  /** True when it is the connection's first time. */
  admitted(connection: Dialled, tookMs: number): boolean {
    if (this.seen.has(connection)) return false;
    this.seen.add(connection);
    this.latencies.add(tookMs);
    this.lastAt = performance.now();
    return true;
  }

  refused(id: string, code: number): void {
    const reason = `the broker refused terminal ${id} with code ${code}`;
    this.problem = reason;
    if (FOR_GOOD.has(code)) {
      this.refusal ??= new CommandError(`${reason}: is the fleet file of this platform?`);
    }
  }

  lost(why: string): void {
    this.problem = why;
  }

  /** Resolves when every terminal is connected. Throws a `CommandError` with the last problem when not. */
  async all(signal: AbortSignal): Promise<StormResult> {
    const startAt = performance.now();
    const deadline = startAt + (this.connections.length / this.rate) * 1_000 + PATIENCE_MS;
    while (this.seen.size < this.connections.length) {
      const now = performance.now();
      const due = Math.floor(((now - startAt) * this.rate) / 1_000) + 1;
      while (this.dialled < Math.min(due, this.connections.length, this.seen.size + DIALLING_MAX)) {
        this.connections[this.dialled++]?.dial();
      }
      await sleep(TICK_MS);
      if (this.refusal) throw this.refusal;
      if (signal.aborted) throw new CommandError('interrupted while connecting');
      if (now > deadline) {
        throw new CommandError(
          `only ${this.seen.size} of ${this.connections.length} terminals could connect: ${this.problem}`,
        );
      }
    }
    const tookMs = Math.max(1, this.lastAt - startAt);
    const perSecond = Math.round((this.connections.length / tookMs) * 1_000);
    return { connectMs: this.latencies.summary(), perSecond };
  }
}
