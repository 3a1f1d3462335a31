import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionStorm } from './connection-storm.js';
import type { Percentiles } from './latencies.js';
import { type ConnectionOwner, LoadConnection, type LoadWire } from './load-connection.js';
import type { LoadLedger } from './load-ledger.js';
import { LoadMeter } from './load-meter.js';
import { Pacing } from './pacing.js';

export interface LoadRunOptions {
  readonly accounts: readonly { readonly id: string; readonly secret: string }[];
  readonly wire: LoadWire;
  /** Messages a second over all terminals; 0 = connections only; null = as fast as windows allow. */
  readonly rate: number | null;
  /** Measured seconds, after the warm-up. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Connections opened a second. */
  readonly connectRate: number;
  /** Null with QoS 0, which nobody acknowledges. */
  readonly ledger: LoadLedger | null;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: LoadPhase) => void;
  /** Once a second. */
  readonly onSecond: (state: LoadState) => void;
}

export type LoadPhase =
  | { readonly phase: 'connected'; readonly connectMs: Percentiles | null; readonly perSecond: number }
  /** `ackedBefore`: acknowledged in the warm-up. */
  | { readonly phase: 'measuring'; readonly ackedBefore: number }
  | { readonly phase: 'warming-up' | 'draining' };

export interface LoadState {
  readonly connected: number;
  readonly acked: number;
  /** In the last second. */
  readonly perSecond: number;
  readonly inFlight: number;
  /** Due and not sent yet. */
  readonly behind: number;
  readonly p99: number;
  readonly reconnects: number;
  readonly problem: string | null;
}

export interface LoadResult {
  /** Measured time, which an interruption shortens. */
  readonly seconds: number;
  /** Acknowledged in the measured time, of what was due in it; with QoS 0: sent. */
  readonly acked: number;
  /** Acknowledged from the first message to the last. */
  readonly ackedInAll: number;
  readonly unacknowledged: number;
  /** Due within the measured time and never sent: the platform did not keep up. Each counts in `pubackMs`. */
  readonly dueNotSent: number;
  readonly resent: number;
  readonly reconnects: number;
  readonly strayAcks: number;
  /** From the moment a message was due (with rate max: sent) to its PUBACK or PUBREC. Null with QoS 0. */
  readonly pubackMs: Percentiles | null;
  /** User and system time of this process in the measured time. */
  readonly cpuMicros: number;
  readonly interrupted: boolean;
}

const TICK_MS = 1;
const HOUSEKEEPING_MS = 500;
/** How long what is in flight at the end is waited for. */
const GRACE_MS = 15_000;

/** One run: connects every terminal, floods, and waits for the last acknowledgements. */
export class LoadRun implements ConnectionOwner {
  private readonly connections: readonly LoadConnection[];
  private readonly meter = new LoadMeter();
  private readonly storm: ConnectionStorm;
  private queue: LoadConnection[] = [];
  private flushing = false;
  private flooding = false;
  private pacing: Pacing | null = null;
  private dueInAll = 0;
  private reconnects = 0;
  private problem: string | null = null;
  private ackedAtLastSecond = 0;

  constructor(private readonly options: LoadRunOptions) {
    this.connections = options.accounts.map(
      (account, terminal) => new LoadConnection(terminal, account, options.wire, this),
    );
    this.storm = new ConnectionStorm(this.connections, options.connectRate);
  }

  /**
   * Throws a `CommandError` when the broker refuses a terminal, or not all are connected in time.
   */
  async run(): Promise<LoadResult> {
    const { options } = this;
    const housekeeping = this.keepHouse();
    try {
      const { connectMs, perSecond } = await this.storm.all(options.signal);
      options.onPhase({ phase: 'connected', connectMs, perSecond });
      const result = await this.flood();
      options.onPhase({ phase: 'draining' });
      await this.drained();
      this.meter.addPending();
      return this.resultOf(result);
    } finally {
      clearInterval(housekeeping);
      for (const connection of this.connections) connection.stop();
      options.ledger?.close(this.connections);
    }
  }

  connected(connection: LoadConnection, tookMs: number): void {
    if (!this.storm.admitted(connection, tookMs)) this.reconnects += 1;
    this.problem = null;
    this.enqueue(connection);
  }

  refused(connection: LoadConnection, code: number): void {
    const { id } = this.options.accounts[connection.terminal] ?? { id: '' };
    this.problem = `${id}: refused with code ${code}`;
    this.storm.refused(id, code);
  }

  lost(connection: LoadConnection, why: string): void {
    this.problem = `${this.options.accounts[connection.terminal]?.id}: ${why}`;
    this.storm.lost(why);
  }

  settled(dueAt: number, now: number): void {
    this.meter.settled(dueAt, now);
  }

  /**
   * At full speed a connection waits until half its window is free: many messages a write. The others are
   * still in flight, so more acknowledgements will come.
   */
  wantsToSend(connection: LoadConnection): void {
    const { rate, wire } = this.options;
    const { room, inFlight } = connection.window;
    const soon = rate === null && wire.qos === 1 && room * 2 < wire.window && inFlight > 0;
    if (!soon) this.enqueue(connection);
  }

  private enqueue(connection: LoadConnection): void {
    if (connection.queued) return;
    connection.queued = true;
    this.queue.push(connection);
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    const { queue } = this;
    this.queue = [];
    const now = performance.now();
    for (const connection of queue) {
      connection.queued = false;
      const limit = this.limitOf(connection);
      connection.send(limit, now, this.pacing);
      if (this.options.wire.qos === 0) this.countSent(connection, limit);
    }
  }

  /** Nobody acknowledges QoS 0, so the next messages wait for nothing but room in the socket. */
  private countSent(connection: LoadConnection, limit: number): void {
    this.meter.sent(connection.takeSent());
    if (connection.up && connection.window.next < limit && !connection.blocked) this.enqueue(connection);
  }

  /** Messages the terminal may have sent by now. */
  private limitOf(connection: LoadConnection): number {
    if (!this.flooding) return connection.window.next;
    if (this.pacing === null) return Number.MAX_SAFE_INTEGER;
    return this.pacing.dueOf(connection.terminal, this.dueInAll);
  }

  private async flood(): Promise<{ seconds: number; acked: number; cpuMicros: number; dueNotSent: number }> {
    const { rate, warmupSeconds, seconds, onPhase } = this.options;
    const startAt = performance.now();
    this.pacing = rate === null ? null : new Pacing(rate, this.connections.length, startAt);
    this.flooding = true;
    for (const connection of this.connections) this.enqueue(connection);
    onPhase({ phase: 'warming-up' });
    const ticking = new AbortController();
    const ticks = this.pacing === null ? null : this.tick(this.pacing, ticking.signal);
    await this.wait(warmupSeconds * 1_000);
    onPhase({ phase: 'measuring', ackedBefore: this.meter.acked });
    const measuredFrom = performance.now();
    const cpuBefore = process.cpuUsage();
    // At full speed nothing is left behind, and windows are as full at the end as at the beginning.
    this.meter.begin(this.pacing === null ? 0 : measuredFrom);
    await this.wait(seconds * 1_000);
    const endedAt = performance.now();
    const cpu = process.cpuUsage(cpuBefore);
    const acked = this.meter.measured;
    const dueNotSent = this.noteMissed(endedAt);
    ticking.abort();
    await ticks;
    this.flooding = false;
    return {
      seconds: (endedAt - measuredFrom) / 1_000,
      acked,
      cpuMicros: cpu.user + cpu.system,
      dueNotSent,
    };
  }

  /** Lets messages become due, and their terminals send. */
  private async tick(pacing: Pacing, signal: AbortSignal): Promise<void> {
    const terminals = this.connections.length;
    while (!signal.aborted) {
      const due = pacing.dueInAll(performance.now());
      const from = Math.max(this.dueInAll, due - terminals);
      this.dueInAll = due;
      for (let message = from; message < due; message++) {
        const connection = this.connections[message % terminals];
        if (connection?.up) this.enqueue(connection);
      }
      await sleep(TICK_MS);
    }
  }

  /** A schedule that was not kept must not look like a fast one: what was never sent took this long. */
  private noteMissed(now: number): number {
    const { pacing } = this;
    if (pacing === null) return 0;
    const due = pacing.dueInAll(now);
    let missed = 0;
    for (const { terminal, window } of this.connections) {
      const until = pacing.dueOf(terminal, due);
      const { next } = window;
      for (let index = next; index < until; index++) this.meter.missed(pacing.dueAt(terminal, index), now);
      missed += Math.max(0, until - next);
    }
    return missed;
  }

  private async drained(): Promise<void> {
    if (this.options.wire.qos === 0) return;
    const deadline = performance.now() + GRACE_MS;
    const waits = ({ window }: LoadConnection) => window.inFlight > 0 || window.repeats;
    while (performance.now() < deadline && this.connections.some(waits)) await sleep(20);
  }

  private async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  private keepHouse(): NodeJS.Timeout {
    let turn = 0;
    return setInterval(() => {
      this.options.ledger?.note(this.connections);
      turn += 1;
      if (turn % 2 === 1) return;
      const now = performance.now();
      for (const connection of this.connections) connection.sweep(now);
      this.options.onSecond(this.stateOf(now));
    }, HOUSEKEEPING_MS);
  }

  private stateOf(now: number): LoadState {
    const { acked, latencies } = this.meter;
    const due = this.pacing?.dueInAll(now) ?? 0;
    let [connected, inFlight, behind] = [0, 0, 0];
    for (const { up, terminal, window } of this.connections) {
      connected += up ? 1 : 0;
      inFlight += window.inFlight;
      behind += Math.max(0, (this.pacing?.dueOf(terminal, due) ?? 0) - window.next);
    }
    const perSecond = acked - this.ackedAtLastSecond;
    this.ackedAtLastSecond = acked;
    const { reconnects, problem } = this;
    return { connected, acked, perSecond, inFlight, behind, p99: latencies.at(99), reconnects, problem };
  }

  private resultOf(measured: Pick<LoadResult, 'seconds' | 'acked' | 'cpuMicros' | 'dueNotSent'>): LoadResult {
    const sum = (of: (connection: LoadConnection) => number) =>
      this.connections.reduce((total, connection) => total + of(connection), 0);
    return {
      ...measured,
      ackedInAll: this.meter.acked,
      unacknowledged: sum(({ window }) => window.inFlight),
      resent: sum(({ resent }) => resent),
      reconnects: this.reconnects,
      strayAcks: sum(({ strayAcks }) => strayAcks),
      pubackMs: this.options.wire.qos === 0 ? null : this.meter.latencies.summary(),
      interrupted: this.options.signal.aborted,
    };
  }
}
