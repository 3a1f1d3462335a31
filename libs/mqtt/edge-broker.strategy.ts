import type { EventEmitter } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { Aedes, type Client } from 'aedes';
import { lastValueFrom } from 'rxjs';
import { BatchIntake } from './batch-intake.js';
import { bindServer } from './bind-server.js';
import { EdgeBrokerMetrics } from './edge-broker.metrics.js';
import { type EdgeBrokerOptions, type ResolvedOptions, resolveOptions } from './edge-broker.options.js';
import { EdgeConnection } from './edge-connection.js';
import { type DownlinkChannel, EdgeDownlink } from './edge-downlink.js';
import { EdgePolicy } from './edge-policy.js';
import { type InboundMessage, MQTT_BATCH } from './inbound-message.js';
import { IntakeBounds } from './intake-bounds.js';
import type { TerminalDownlink } from './terminal-downlink.js';

const SWEEP_MAX_MS = 1_000;
const TCP_KEEP_ALIVE_MS = 60_000;
/**
 * aedes' heartbeats tell several brokers on one store of each other; after three missed ones it publishes
 * the wills of a broker's clients. We are one broker, and a machine that slept three minutes must not
 * declare its lifts offline: a day between heartbeats.
 */
const HEARTBEAT_MS = 86_400_000;

/** What exists between `listen` and `close`. */
interface Running {
  readonly aedes: Aedes;
  readonly server: NetServer;
  readonly port: number;
  readonly stopSweep: () => void;
}

/**
 * The edge broker: terminals connect to it, and the `@EventPattern(MQTT_BATCH)` handler gets what they
 * publish, as `readonly InboundMessage[]`. A PUBACK (PUBREC for QoS 2) is sent when the handler's promise
 * has resolved, never before; when it rejects, the connections of that batch are cut, and their terminals
 * send again.
 */
export class EdgeBrokerStrategy extends Server implements CustomTransportStrategy, DownlinkChannel {
  /** Messages to terminals; provide it as `TerminalDownlink`. Nest's `Server` has a `send` of its own. */
  readonly downlink: TerminalDownlink = new EdgeDownlink(this);
  /** The handler's failure is ours to act on: no acknowledgement. */
  override readonly propagatesEventHandlerErrors = true;
  override readonly transportId = Symbol('liftwarden-mqtt-edge');
  protected override readonly logger = new Logger('EdgeBroker');
  private readonly options: ResolvedOptions;
  private readonly metrics: EdgeBrokerMetrics;
  private readonly bounds: IntakeBounds;
  private readonly intake: BatchIntake;
  private readonly policy: EdgePolicy;
  private readonly connections = new Set<EdgeConnection>();
  /** The live session of each terminal. */
  private readonly sessions = new Map<string, Client>();
  private running: Running | null = null;
  private closed: Promise<void> | null = null;
  private failing = false;

  /** Throws a RangeError for a limit out of range. Starts nothing. */
  constructor(options: EdgeBrokerOptions) {
    super();
    this.options = resolveOptions(options);
    const { clock } = this.options;
    this.metrics = new EdgeBrokerMetrics(options.metrics, this.options);
    this.bounds = new IntakeBounds(this.options, () => this.metrics.readingPaused.inc());
    this.intake = new BatchIntake({
      batchMax: this.options.batchMax,
      handle: (messages) => this.handleBatch(messages),
      onOutcome: (outcome) => {
        this.bounds.release(outcome.arrivals.length, outcome.bytes);
        this.metrics.observeBatch(outcome, clock.monotonicMs());
        this.metrics.observeBounds(this.bounds);
        this.reportOutcome(outcome.failure);
      },
    });
    this.policy = new EdgePolicy(this.options, this.metrics, this.bounds, this.intake);
  }

  /** The port listened on. Throws before `listen`. */
  get boundPort(): number {
    return this.current().port;
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

  /** Ends a terminal's connection, e.g. when its secret is revoked. False when it has none. */
  disconnect(terminalId: string): boolean {
    const client = this.sessions.get(terminalId);
    if (client === undefined || client.closed) return false;
    client.close();
    return true;
  }

  /** Required by Nest's `Server`. This transport has no events of its own; its metrics tell what happens. */
  override on(event: string): never {
    throw new Error(`EdgeBrokerStrategy has no event "${event}"; read its metrics instead.`);
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
    // Without a handler every message would be acknowledged into nothing.
    if (this.getHandlerByPattern(MQTT_BATCH) === null) {
      throw new Error(
        `EdgeBrokerStrategy has no handler; add a controller with @EventPattern('${MQTT_BATCH}').`,
      );
    }
    const aedes = await this.createBroker();
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS },
      (socket) => this.accept(aedes, socket),
    );
    server.maxConnections = this.options.connectionsMax;
    server.on('drop', () => this.metrics.connectionsRefused.inc({ reason: 'too-many-connections' }));
    const { host, clock } = this.options;
    const port = await bindServer(server, host, this.options.port).catch((error: unknown) => {
      aedes.close();
      throw error;
    });
    server.on('error', (error) => this.logger.error(`MQTT server: ${String(error)}`));
    const { connectTimeoutMs, packetTimeoutMs } = this.options;
    const sweepMs = Math.min(SWEEP_MAX_MS, connectTimeoutMs, packetTimeoutMs);
    this.running = { aedes, server, port, stopSweep: clock.every(sweepMs, () => this.sweep()) };
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
    // An unheard 'error' event would end the process.
    (aedes as EventEmitter).on('error', (error: Error) => this.logger.error(`MQTT broker: ${error.message}`));
    aedes.on('clientError', () => this.metrics.connectionErrors.inc());
    aedes.on('connectionError', () => this.metrics.connectionErrors.inc());
    aedes.on('client', (client) => this.sessionBegan(client));
    aedes.on('clientDisconnect', (client) => {
      if (this.sessions.get(client.id) === client) this.sessions.delete(client.id);
    });
    aedes.on('unsubscribe', (topics, client) => {
      for (const topic of topics) this.policy.of(client)?.subscriptions.delete(topic);
    });
    return aedes;
  }

  private accept(aedes: Aedes, socket: Socket): void {
    const { clock } = this.options;
    const now = () => clock.monotonicMs();
    const connection = new EdgeConnection(socket, now(), this.options, this.bounds, now, (reason) =>
      this.metrics.packetsRefused.inc({ reason }),
    );
    this.connections.add(connection);
    this.metrics.connections.set(this.connections.size);
    socket.once('close', () => {
      connection.ended();
      this.connections.delete(connection);
      this.metrics.connections.set(this.connections.size);
    });
    this.policy.adopt(aedes.handle(socket), connection);
  }

  /**
   * aedes ends the older session of the same id; if that one is still ending it is missed, and is ended
   * here.
   */
  private sessionBegan(client: Client): void {
    const older = this.sessions.get(client.id);
    this.sessions.set(client.id, client);
    if (older !== undefined && older !== client && !older.closed) older.close();
  }

  private sweep(): void {
    for (const connection of this.connections) {
      const reason = connection.expire();
      if (reason === 'authentication-timeout') this.metrics.connectionsRefused.inc({ reason });
      else if (reason !== null) this.metrics.packetsRefused.inc({ reason });
    }
    this.metrics.observeBounds(this.bounds);
  }

  /**
   * Runs the Nest handler to its very end: a refusal by a pipe or guard comes as an Observable that errors.
   */
  private handleBatch(messages: readonly InboundMessage[]): Promise<void> {
    const handler = this.getHandlerByPattern(MQTT_BATCH);
    if (handler === null) return Promise.reject(new Error(`No handler for ${MQTT_BATCH}.`));
    const context = new BaseRpcContext([]);
    return new Promise((resolve, reject) => {
      this.runWithProcessingHooks(context, async (runEndHook) => {
        try {
          const answer: unknown = await handler(messages, context);
          await lastValueFrom(this.transformToObservable(answer), { defaultValue: undefined });
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          runEndHook();
        }
      });
    });
  }

  /** One line when handling begins to fail and one when it works again, not one a batch. */
  private reportOutcome(failure: Error | null): void {
    if (failure !== null && !this.failing) {
      this.logger.error(`Messages cannot be taken, their connections are cut: ${failure.message}`);
    } else if (failure === null && this.failing) {
      this.logger.log('Messages are taken again.');
    }
    this.failing = failure !== null;
  }

  private async stop(): Promise<void> {
    this.policy.stopping = true;
    this.bounds.shut();
    const running = this.running;
    if (running === null) return;
    running.stopSweep();
    const stopped = new Promise<void>((resolve) => running.server.close(() => resolve()));
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
    await stopped;
  }
}
