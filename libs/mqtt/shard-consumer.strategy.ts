import { Logger } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { ReceivedLedger } from './acknowledgement.js';
import { BatchIntake, type BatchOutcome } from './batch-intake.js';
import { BatchServer } from './batch-server.js';
import { type Handshake, VersionChoice } from './broker-handshake.js';
import { dialBroker } from './dial-broker.js';
import type { Grant } from './filter-grants.js';
import { IntakeBounds } from './intake-bounds.js';
import { RECONNECT_MAX_MS, reconnectDelayMs } from './reconnect-delay.js';
import { ShardConsumerMetrics } from './shard-consumer.metrics.js';
import {
  type ResolvedShardOptions,
  resolveShardOptions,
  type ShardConsumerOptions,
} from './shard-consumer.options.js';
import { ShardDownlink } from './shard-downlink.js';
import type { SessionContext, SessionResult } from './shard-session.context.js';
import { ShardSession } from './shard-session.js';
import type { TerminalDownlink } from './terminal-downlink.js';

/** A connection that held this long was a good one: the next attempt after it comes soon. */
const HELD_MS = 10_000;
/** So many in a row that did not hold: another consumer of the same session is the likely cause. */
const SHORT_SESSIONS_SUSPECT = 3;

/**
 * The consumer of an external broker: one persistent session that subscribes to what terminals publish and
 * hands it, in batches, to the `@EventPattern(MQTT_BATCH)` handler. The broker gets its PUBACK (PUBREC for
 * QoS 2) when the handler's promise has resolved, in order and in one write; when it rejects, the connection
 * is dropped, and the broker sends everything again that was not acknowledged. A message may come twice.
 */
export class ShardConsumerStrategy extends BatchServer implements CustomTransportStrategy {
  /** Messages to terminals; provide it as `TerminalDownlink`. Nest's `Server` has a `send` of its own. */
  readonly downlink: TerminalDownlink;
  override readonly transportId = Symbol('liftwarden-mqtt-shard');
  protected override readonly logger = new Logger('ShardConsumer');
  private readonly options: ResolvedShardOptions;
  private readonly metrics: ShardConsumerMetrics;
  private readonly context: SessionContext;
  private readonly version: VersionChoice;
  private readonly stopping = new AbortController();
  private session: ShardSession | null = null;
  private trouble: string | null = 'not connected yet';
  private dropped = 0;
  private shortSessions = 0;
  private loop: Promise<void> | null = null;
  private closed: Promise<void> | null = null;

  /** Throws an error that names the option for a value out of range. Starts nothing. */
  constructor(options: ShardConsumerOptions) {
    super();
    this.options = resolveShardOptions(options);
    this.metrics = new ShardConsumerMetrics(options.metrics, this.options);
    this.version = new VersionChoice(this.options.protocolVersion);
    const { window, windowMaxBytes, batchMax } = this.options;
    const downlink = new ShardDownlink(this.options, this.metrics);
    this.downlink = downlink;
    this.context = {
      downlink,
      options: this.options,
      metrics: this.metrics,
      ledger: new ReceivedLedger(),
      // A broker that keeps to the window fills it without pausing the socket, so that its pings are heard.
      bounds: new IntakeBounds(
        { inFlightMax: window + 1, inFlightMaxBytes: windowMaxBytes, incompleteMaxBytes: windowMaxBytes },
        () => this.metrics.readingPaused.inc(),
      ),
      intake: new BatchIntake({
        batchMax,
        handle: (messages) => this.handleBatch(messages),
        onOutcome: (outcome) => this.settled(outcome),
      }),
      onAccepted: (handshake) => this.onAccepted(handshake),
      onGrants: (grants, complete) => this.onGrants(grants, complete),
      onDropped: (messages) => this.onDropped(messages),
    };
  }

  /** Null while the session is up, else why not, for the readiness report. */
  get notReady(): string | null {
    return this.trouble;
  }

  /** Messages received and not yet handled. */
  get inFlightMessages(): number {
    return this.context.bounds.messages;
  }

  /**
   * Starts to connect and goes on until `close`: a broker that is down is waited for. Calls back with an
   * error only when no handler is registered, or when called twice.
   */
  listen(callback: (error?: unknown) => void): void {
    try {
      if (this.loop !== null || this.closed !== null) {
        throw new Error('ShardConsumerStrategy.listen() was called twice, or after close(); make a new one.');
      }
      this.requireHandler();
    } catch (error) {
      callback(error);
      return;
    }
    this.loop = this.run();
    callback();
  }

  /**
   * Reads nothing more, lets the handler finish what was received (at most `closeTimeoutMs`), acknowledges it
   * and disconnects; the broker keeps the session. May be called again.
   */
  close(): Promise<void> {
    this.closed ??= this.stop();
    return this.closed;
  }

  /** The current session. Throws while there is none. */
  override unwrap<T>(): T {
    if (this.session === null) throw new Error('ShardConsumerStrategy has no connection now; see notReady.');
    return this.session as T;
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    const { clock, random } = this.options;
    let attempt = 0;
    while (!this.stopping.signal.aborted) {
      const result = await this.connectOnce();
      this.metrics.connected.set({ client: this.options.clientId }, 0);
      if (this.stopping.signal.aborted) return;
      this.metrics.connectionsEnded.inc({ reason: result.reason });
      if (result.reason === 'unsupported-version' || result.reason === 'closed-before-connack') {
        this.version.refused();
      }
      if (result.upMs >= HELD_MS) attempt = 0;
      // Two consumers of one session would cut each other off for ever: the one that was cut off waits.
      const delayMs = result.reason === 'taken-over' ? RECONNECT_MAX_MS : reconnectDelayMs(attempt, random);
      attempt += 1;
      this.report(result);
      await clock.sleep(delayMs, this.stopping.signal);
    }
  }

  private async connectOnce(): Promise<SessionResult> {
    const { broker, ca, connectTimeoutMs } = this.options;
    try {
      const socket = await dialBroker(broker, ca, connectTimeoutMs, this.stopping.signal);
      const session = new ShardSession(socket, this.version.current, this.context);
      this.session = session;
      session.start();
      return await session.ended;
    } catch (error) {
      return {
        reason: 'no-connection',
        detail: error instanceof Error ? error.message : String(error),
        upMs: 0,
      };
    } finally {
      this.session = null;
    }
  }

  private onAccepted(handshake: Handshake): void {
    this.version.accepted();
    this.trouble = 'not yet subscribed';
    const version = handshake.version === 5 ? '5' : '3.1.1';
    const session = handshake.sessionPresent ? 'session resumed' : 'new session';
    const { broker, clientId } = this.options;
    this.logger.log(`Connected to ${broker.shown} as ${clientId}, MQTT ${version}, ${session}.`);
    for (const warning of handshake.warnings) this.logger.warn(`${broker.shown}: ${warning}.`);
  }

  private onGrants(grants: readonly Grant[], complete: boolean): void {
    const refused = grants.filter(({ verdict }) => verdict === 'refused');
    if (refused.length > 0) {
      this.metrics.subscriptionsRefused.inc(refused.length);
      const first = refused[0];
      const what = `${refused.length} filters, the first ${first?.filter} with code ${first?.code}`;
      this.trouble = `the broker refused ${what}`;
      this.logger.error(
        `The broker refused ${what}: what matches them does not arrive. Give ${this.options.clientId} the ` +
          'right to read them. They are asked for again.',
      );
    }
    if (complete) {
      this.trouble = null;
      this.metrics.connected.set({ client: this.options.clientId }, 1);
    }
    if (grants.some(({ verdict }) => verdict === 'lowered')) {
      this.logger.warn('The broker granted filters with a lower QoS than asked for and may lose messages.');
    }
  }

  private onDropped(messages: number): void {
    this.metrics.brokerDropped.set(messages);
    if (messages > this.dropped) {
      this.logger.warn(
        `The broker says it dropped ${messages} messages since its start, ${messages - this.dropped} more ` +
          'than before: a queue of it is full.',
      );
    }
    this.dropped = messages;
  }

  private settled(outcome: BatchOutcome): void {
    const { bounds, options } = this.context;
    bounds.release(outcome.arrivals.length, outcome.bytes);
    if (outcome.failure === null) {
      this.session?.flush();
    } else {
      const { message } = outcome.failure;
      for (const source of new Set(outcome.arrivals.map((arrival) => arrival.source))) {
        if (source === this.session) this.session.end('handler-failed', message);
      }
    }
    this.metrics.observeBatch(outcome, options.clock.monotonicMs());
    this.metrics.observeBounds(bounds);
    this.reportOutcome(outcome.failure);
  }

  /** One line when the broker is lost, or lost for another reason; not one an attempt. */
  private report({ reason, detail, upMs }: SessionResult): void {
    const trouble = `${reason} (${detail})`;
    // Mosquitto 2.0.11 closes the connection without MQTT 5's "session taken over", and 3.1.1 has no such
    // word.
    const cutOff = reason === 'network' && upMs > 0 && upMs < HELD_MS;
    this.shortSessions = cutOff ? this.shortSessions + 1 : 0;
    const suspect = reason === 'taken-over' || this.shortSessions === SHORT_SESSIONS_SUSPECT;
    if (this.trouble === trouble && !suspect) return;
    this.trouble = trouble;
    const { broker, clientId } = this.options;
    const advice = suspect ? ` Does another process use the client id ${clientId}? Give each its own.` : '';
    this.logger.error(`No connection to ${broker.shown}: ${trouble}; trying again.${advice}`);
  }

  private async stop(): Promise<void> {
    this.stopping.abort();
    this.trouble = 'stopped';
    const { session } = this;
    session?.stopReading();
    const waiting = new AbortController();
    const { clock, closeTimeoutMs } = this.options;
    await Promise.race([this.context.intake.idle(), clock.sleep(closeTimeoutMs, waiting.signal)]);
    waiting.abort();
    await session?.leave();
    await this.loop;
  }
}
