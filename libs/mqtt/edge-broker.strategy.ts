import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { Aedes, type Client } from 'aedes';
import { BatchIntake } from './batch-intake.js';
import { BatchServer } from './batch-server.js';
import { EdgeBrokerMetrics } from './edge-broker.metrics.js';
import { type EdgeBrokerOptions, type ResolvedOptions, resolveOptions } from './edge-broker.options.js';
import { type ConnectionParts, EdgeConnection } from './edge-connection.js';
import { type DownlinkChannel, EdgeDownlink } from './edge-downlink.js';
import { type EdgeListeners, isLoopback, openListeners, PLAIN_MQTT_WARNING } from './edge-listeners.js';
import { EdgePolicy } from './edge-policy.js';
import { keepUplinksFromSubscribers } from './edge-uplinks.js';
import { EdgeWithdrawals } from './edge-withdrawals.js';
import { IntakeBounds } from './intake-bounds.js';
import { purgeKept } from './purge-kept.js';
import type { Withdrawal } from './terminal-access.js';
import type { TerminalDownlink } from './terminal-downlink.js';
import { WaitingRoom } from './waiting-room.js';

const SWEEP_MAX_MS = 1_000;
/** How often what waits for its terminal's rate is looked at. */
const RELEASE_EVERY_MS = 50;
/**
 * aedes' heartbeats tell several brokers on one store of each other; after three missed ones it publishes
 * the wills of a broker's clients. We are one broker, and a machine that slept three minutes must not
 * declare its lifts offline: a day between heartbeats.
 */
const HEARTBEAT_MS = 86_400_000;

interface Running {
  readonly aedes: Aedes;
  readonly listeners: EdgeListeners;
  readonly stopSweep: () => void;
  readonly stopReleases: () => void;
  readonly stopWithdrawals: () => void;
}

/**
 * The edge broker: terminals connect to it, and the `@EventPattern(MQTT_BATCH)` handler gets what they
 * publish, as `readonly InboundMessage[]`. A PUBACK (PUBREC for QoS 2) is sent when the handler's promise
 * has resolved, never before; when it rejects, the connections of that batch are cut, and their terminals
 * send again.
 */
export class EdgeBrokerStrategy extends BatchServer implements CustomTransportStrategy, DownlinkChannel {
  /** Messages to terminals; provide it as `TerminalDownlink`. Nest's `Server` has a `send` of its own. */
  readonly downlink: TerminalDownlink = new EdgeDownlink(this);
  override readonly transportId = Symbol('liftwarden-mqtt-edge');
  protected override readonly logger = new Logger('EdgeBroker');
  private readonly options: ResolvedOptions;
  private readonly metrics: EdgeBrokerMetrics;
  private readonly bounds: IntakeBounds;
  private readonly intake: BatchIntake;
  private readonly waiting: WaitingRoom;
  private readonly policy: EdgePolicy;
  private readonly connections = new Set<EdgeConnection>();
  /** The live session of each terminal. */
  private readonly sessions = new Map<string, Client>();
  private readonly withdrawals: EdgeWithdrawals;
  private readonly connectionParts: ConnectionParts;
  private running: Running | null = null;
  private closed: Promise<void> | null = null;

  /** Throws a RangeError for a limit out of range. Starts nothing. */
  constructor(options: EdgeBrokerOptions) {
    super();
    this.options = resolveOptions(options);
    const { clock, interludes } = this.options;
    this.metrics = new EdgeBrokerMetrics(options.metrics, this.options);
    this.bounds = new IntakeBounds(this.options, () => this.metrics.readingPaused.inc());
    this.intake = new BatchIntake({
      batchMax: this.options.batchMax,
      handle: (messages) => this.handleBatch(messages),
      onOutcome: (outcome) => {
        this.bounds.release(outcome.arrivals.length, outcome.bytes);
        this.metrics.observeBatch(outcome, clock.monotonicMs());
        this.metrics.observeBounds(this.bounds, this.waiting);
        this.reportOutcome(outcome.failure);
      },
    });
    this.connectionParts = {
      ...{ limits: this.options, bounds: this.bounds, interludes, now: () => clock.monotonicMs() },
      onRefused: (reason) => this.metrics.packetsRefused.inc({ reason }),
    };
    this.waiting = new WaitingRoom(this.options);
    this.policy = new EdgePolicy(this.options, this.metrics, this.bounds, this.intake, this.waiting);
    this.withdrawals = new EdgeWithdrawals(this.options.connectTimeoutMs * 2, this.options.connectionsMax);
  }

  /** The port listened on. Throws before `listen`. */
  get boundPort(): number {
    return this.current().listeners.port;
  }

  /** The port listened on with TLS; null without `tls`. Throws before `listen`. */
  get boundTlsPort(): number | null {
    return this.current().listeners.tlsPort;
  }

  /** Messages handed over and not yet answered. */
  get inFlightMessages(): number {
    return this.bounds.messages;
  }

  /** Announced sizes of the packets that have not arrived entirely. */
  get incompleteBytes(): number {
    return this.bounds.incompleteBytes;
  }

  /**
   * Starts accepting terminals. Calls back with an error when the port cannot be had or no handler is
   * registered.
   */
  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /**
   * Stops accepting and reading, answers what is in hand (at most `closeTimeoutMs`), then ends the
   * connections. No will is taken from now on: a server that stops is not its terminals going silent. May
   * be called again.
   */
  close(): Promise<void> {
    this.closed ??= this.stop();
    return this.closed;
  }

  /** For `EdgeDownlink`. */
  subscriptionsOf(terminalId: string): ReadonlySet<string> | null {
    const client = this.sessions.get(terminalId);
    if (client === undefined || client.closed) return null;
    return this.policy.of(client)?.subscriptions ?? null;
  }

  /**
   * Publishes to the connected subscribers of `topic`; nothing is retained or queued. Rejects when not
   * running.
   */
  async publish(topic: string, payload: Uint8Array, qos: 0 | 1 | 2): Promise<void> {
    const { aedes } = this.current();
    await new Promise<void>((resolve, reject) => {
      aedes.publish(
        { cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain: false, dup: false },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }

  /** Ends a terminal's connection; what was on its way to it is dropped. False when it has none. */
  disconnect(terminalId: string): boolean {
    const client = this.sessions.get(terminalId);
    if (client === undefined || client.closed) return false;
    client.close();
    // aedes ends a connection politely, after all that waits to be written; a terminal that does not read
    // would be kept for as long.
    this.policy.of(client)?.socket.destroy();
    return true;
  }

  override unwrap<T>(): T {
    return this.current().aedes as T;
  }

  private current(): Running {
    if (this.running === null) throw new Error('EdgeBrokerStrategy is not listening; call listen() first.');
    return this.running;
  }

  private async start(): Promise<void> {
    if (this.running !== null || this.closed !== null) {
      throw new Error('EdgeBrokerStrategy.listen() was called twice, or after close(); make a new one.');
    }
    this.requireHandler();
    const aedes = await this.createBroker();
    const { connectTimeoutMs, packetTimeoutMs, clock } = this.options;
    const listeners = await openListeners(this.options, {
      onSocket: (socket) => this.accept(aedes, socket),
      onTooMany: () => this.metrics.connectionsRefused.inc({ reason: 'too-many-connections' }),
      onHandshakeFailed: () => this.metrics.connectionErrors.inc(),
      onError: (error) => this.logger.error(`MQTT server: ${error.message}`),
    }).catch((error: unknown) => {
      aedes.close();
      throw error;
    });
    if (!isLoopback(this.options.host)) this.logger.warn(PLAIN_MQTT_WARNING);
    this.running = {
      aedes,
      listeners,
      stopSweep: clock.every(Math.min(SWEEP_MAX_MS, connectTimeoutMs, packetTimeoutMs), () => this.sweep()),
      stopReleases: clock.every(RELEASE_EVERY_MS, () =>
        this.waiting.release((each) => this.policy.pass(each)),
      ),
      stopWithdrawals: this.options.access.onWithdrawn((id, why) => this.withdraw(id, why)),
    };
  }

  private async createBroker(): Promise<Aedes> {
    const aedes = await Aedes.createBroker({
      heartbeatInterval: HEARTBEAT_MS,
      // A second line: the sweep cuts at `connectTimeoutMs`, counts it, and also covers a slow directory.
      connectTimeout: this.options.connectTimeoutMs * 2,
      drainTimeout: this.options.drainTimeoutMs,
      maxClientsIdLength: 64,
      ...this.policy.hooks,
    });
    keepUplinksFromSubscribers(aedes);
    // An unheard 'error' event would end the process.
    (aedes as EventEmitter).on('error', (error: Error) => this.logger.error(`MQTT broker: ${error.message}`));
    aedes.on('clientError', () => this.metrics.connectionErrors.inc());
    aedes.on('connectionError', () => this.metrics.connectionErrors.inc());
    aedes.on('client', (client) => this.sessionBegan(client));
    aedes.on('clientReady', (client) => this.policy.openLane(client));
    aedes.on('clientDisconnect', (client) => {
      if (this.sessions.get(client.id) === client) this.sessions.delete(client.id);
    });
    aedes.on('unsubscribe', (topics, client) => {
      for (const topic of topics) this.policy.of(client)?.subscriptions.delete(topic);
    });
    return aedes;
  }

  private accept(aedes: Aedes, socket: Socket): void {
    const { clock, connectionsMax } = this.options;
    // Each listener knows only its own connections.
    if (this.connections.size >= connectionsMax) {
      this.metrics.connectionsRefused.inc({ reason: 'too-many-connections' });
      socket.destroy();
      return;
    }
    const connection = new EdgeConnection(socket, clock.monotonicMs(), this.connectionParts);
    this.connections.add(connection);
    this.metrics.connections.set(this.connections.size);
    socket.once('close', () => {
      connection.ended();
      this.waiting.forget(connection);
      this.connections.delete(connection);
      this.metrics.connections.set(this.connections.size);
    });
    this.policy.adopt(aedes.handle(socket), connection);
  }

  /** aedes ends the older session of the same id; one that is still ending it misses: it is ended here. */
  private sessionBegan(client: Client): void {
    const older = this.sessions.get(client.id);
    this.sessions.set(client.id, client);
    if (older !== undefined && older !== client && !older.closed) older.close();
    const acceptedAt = this.policy.of(client)?.acceptedAt ?? 0;
    if (this.withdrawals.touches(client.id, acceptedAt)) this.disconnect(client.id);
  }

  /** Its present connection was made by a right that is gone; of a revoked terminal nothing is kept. */
  private withdraw(terminalId: string, withdrawal: Withdrawal): void {
    this.withdrawals.note(terminalId, withdrawal, this.options.clock.monotonicMs());
    if (this.disconnect(terminalId)) this.metrics.connectionsWithdrawn.inc({ reason: withdrawal });
    if (withdrawal === 'revoked') this.purge(terminalId);
  }

  private purge(terminalId: string): void {
    if (this.running === null) return;
    purgeKept(this.running.aedes, terminalId).catch((error: unknown) =>
      this.logger.warn(`What is kept of terminal ${terminalId} was not purged: ${String(error)}`),
    );
  }

  private sweep(): void {
    for (const connection of this.connections) {
      const reason = connection.expire();
      if (reason === 'authentication-timeout') this.metrics.connectionsRefused.inc({ reason });
      else if (reason !== null) this.metrics.packetsRefused.inc({ reason });
    }
    // Once more: a message taken before the revocation may have been retained after it.
    for (const id of this.withdrawals.revokedLately(this.options.clock.monotonicMs())) this.purge(id);
    this.metrics.observeBounds(this.bounds, this.waiting);
  }

  private async stop(): Promise<void> {
    this.policy.stopping = true;
    this.bounds.shut();
    const running = this.running;
    if (running === null) return;
    running.stopSweep();
    running.stopReleases();
    running.stopWithdrawals();
    const stopped = running.listeners.close();
    const waiting = new AbortController();
    await Promise.race([
      this.intake.idle(),
      this.options.clock.sleep(this.options.closeTimeoutMs, waiting.signal),
    ]);
    waiting.abort();
    // The last acknowledgements are written at the end of this turn of the loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => running.aedes.close(resolve));
    for (const { socket } of this.connections) socket.destroy();
    running.listeners.cut();
    await stopped;
  }
}
