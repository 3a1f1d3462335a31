import type { AedesOptions, AuthenticateError, Client, ConnectPacket, PublishPacket } from 'aedes';
import {
  type AnsweredRefusal,
  connackCode,
  isTopicName,
  judgeIdentity,
  judgeWill,
  mayPublish,
  mayRetain,
  maySubscribe,
} from './admission.js';
import type { Arrival, BatchIntake } from './batch-intake.js';
import type { EdgeBrokerMetrics } from './edge-broker.metrics.js';
import type { ResolvedOptions } from './edge-broker.options.js';
import type { EdgeConnection } from './edge-connection.js';
import type { IntakeBounds } from './intake-bounds.js';
import type { WaitingRoom } from './waiting-room.js';

type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;

const NOTHING = Buffer.alloc(0);

/** aedes' hooks: who may connect, publish and subscribe, and the way of a message into the current batch. */
export class EdgePolicy {
  /** Set when the broker stops: nobody is admitted and no will is taken. */
  stopping = false;
  readonly hooks: Hooks = {
    preConnect: (client, packet, callback) => {
      this.meet(client, packet);
      callback(null, true);
    },
    authenticate: (client, _username, _password, done) => {
      void this.admit(client).then((refusal) => {
        if (refusal === null) done(null, true);
        else done(refused(refusal), false);
      });
    },
    authorizePublish: (client, packet, callback) => this.take(client, packet, callback),
    authorizeSubscribe: (client, subscription, callback) => {
      const granted = maySubscribe(this.options.access, client.id, subscription.topic);
      if (granted) this.of(client)?.subscriptions.add(subscription.topic);
      else this.metrics.subscriptionsRefused.inc();
      // Without a subscription aedes answers 0x80 in the SUBACK.
      callback(null, granted ? subscription : null);
    },
    // Asked again for each message, so that a right taken away ends at once (also for retained messages).
    authorizeForward: (client, packet) =>
      maySubscribe(this.options.access, client.id, packet.topic) ? packet : null,
  };
  private readonly connections = new WeakMap<Client, EdgeConnection>();

  constructor(
    private readonly options: ResolvedOptions,
    private readonly metrics: EdgeBrokerMetrics,
    private readonly bounds: IntakeBounds,
    private readonly intake: BatchIntake,
    private readonly waiting: WaitingRoom,
  ) {}

  adopt(client: Client, connection: EdgeConnection): void {
    this.connections.set(client, connection);
  }

  of(client: Client): EdgeConnection | undefined {
    return this.connections.get(client);
  }

  private meet(client: Client, packet: ConnectPacket): void {
    const connection = this.of(client);
    if (connection !== undefined) connection.connect = packet;
    // aedes answers those with CONNACK 1 and never asks `authenticate`.
    const version = packet.protocolVersion ?? 4;
    if (version !== 3 && version !== 4)
      this.metrics.connectionsRefused.inc({ reason: 'unsupported-protocol' });
    // Every session ends with its connection. aedes would keep those of absent terminals in memory with a
    // queue that no limit applies to (PITFALL 18), and lose them on restart anyway; the CONNACK says "no
    // session present".
    packet.clean = true;
  }

  /** Never rejects. */
  private async admit(client: Client): Promise<AnsweredRefusal | null> {
    const connection = this.of(client);
    const packet = connection?.connect ?? null;
    const refusal = connection && packet ? await this.judge(packet) : 'no-credentials';
    if (connection !== undefined) {
      connection.connect = null;
      connection.guard.authenticated = refusal === null;
    }
    if (refusal !== null) this.metrics.connectionsRefused.inc({ reason: refusal });
    return refusal;
  }

  private async judge(packet: ConnectPacket): Promise<AnsweredRefusal | null> {
    if (this.stopping) return 'stopping';
    const unknown = judgeIdentity(packet);
    if (unknown !== null) return unknown;
    try {
      const refusal = await this.options.access.authenticate(packet.clientId, packet.password ?? NOTHING);
      return refusal ?? judgeWill(packet, this.options.access);
    } catch {
      return 'directory-unavailable';
    }
  }

  /**
   * A message, or the will of a connection that has ended: aedes asks this hook for both, and for each
   * repetition of a QoS 2 message (the journal's readers know a duplicate). The callback is the
   * acknowledgement, so it waits in the batch. Everything durable happens there, because aedes acknowledges
   * before its own later steps (PITFALL 15).
   */
  private take(client: Client | null, packet: PublishPacket, callback: (error?: Error | null) => void): void {
    const isWill = client === null || client.closed;
    if (client === null || (isWill && this.stopping)) {
      callback(new Error('The will of a connection that the stopping broker ended itself is not published.'));
      return;
    }
    if (!isTopicName(packet.topic)) {
      this.metrics.packetsRefused.inc({ reason: 'invalid-topic' });
      callback(
        new Error('A topic must be 1–100 levels without wildcards and without NUL (MQTT 3.1.1 §4.7).'),
      );
      return;
    }
    const { clock, access } = this.options;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const allowed = mayPublish(access, client.id, packet.topic);
    if (!allowed) this.metrics.publishesRefused.inc();
    if (isWill) this.metrics.wills.inc();
    if (packet.retain && !mayRetain(client.id, packet.topic, payload.length)) packet.retain = false;
    const arrival: Arrival = {
      source: client,
      message: {
        clientId: client.id,
        topic: packet.topic,
        payload,
        qos: packet.qos,
        receivedAt: clock.now(),
        allowed,
      },
      bytes: packet.topic.length + payload.length,
      arrivedAt: clock.monotonicMs(),
      settle: (failure) => {
        if (failure !== null) return callback(failure);
        if (allowed) {
          release(packet);
          return callback(null);
        }
        // A turn later: what was acknowledged before it is still to be written, and cutting would drop that.
        setImmediate(() => callback(new Error(`${client.id} has no right to publish to this topic.`)));
      },
    };
    if (isWill || !allowed || !this.givesWay(client, packet, arrival, callback)) this.pass(arrival);
  }

  /** Into the batch that forms. */
  pass(arrival: Arrival): void {
    this.bounds.take(arrival.bytes);
    this.intake.push(arrival);
  }

  /**
   * Fairness (issue 4): telemetry of a terminal over its rate is left out with QoS 0, and waits with QoS 1
   * and 2. Everything else passes, and its socket is read on, so that events and pings behind it are heard.
   */
  private givesWay(
    client: Client,
    packet: PublishPacket,
    arrival: Arrival,
    callback: (error?: Error | null) => void,
  ): boolean {
    const connection = this.of(client);
    if (connection === undefined) return false;
    if (!this.waiting.holds(connection) && connection.rate.take(arrival.arrivedAt)) return false;
    if (!this.options.access.isTelemetry(client.id, packet.topic)) {
      connection.rate.charge(arrival.arrivedAt);
      return false;
    }
    if (packet.qos === 0) {
      this.metrics.shed.inc();
      release(packet);
      callback(null);
    } else if (this.waiting.add(connection, arrival)) {
      this.metrics.slowed.inc();
      // aedes reads on when every packet of the last chunk is answered; this one is not, for a while.
      setImmediate(() => connection.wake());
    } else {
      this.metrics.packetsRefused.inc({ reason: 'rate-exceeded' });
      setImmediate(() =>
        callback(new Error(`${client.id} sends far more than its rate; it may come again.`)),
      );
    }
    return true;
  }
}

/**
 * The handler has the bytes; aedes needs them no more, as nobody may subscribe to what terminals publish.
 * It would hold those of a QoS 2 message until a PUBREL that may never come (1,000 a terminal). A retained
 * one keeps a copy of its own, since the slice would keep the whole read chunk.
 */
function release(packet: PublishPacket): void {
  packet.payload = packet.retain ? Buffer.from(packet.payload) : NOTHING;
}

function refused(refusal: AnsweredRefusal): AuthenticateError {
  // The reason stays here: the client learns the code only.
  return Object.assign(new Error(`connection refused: ${refusal}`), { returnCode: connackCode(refusal) });
}
