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
import type { InboundMessage } from './inbound-message.js';
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
    if (connection !== undefined) {
      connection.connect = packet;
      connection.keepAliveMs = (packet.keepalive ?? 0) * 1_000;
    }
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
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const message = this.messageOf(client, packet.topic, payload, packet.qos);
    const { allowed } = message;
    if (isWill) this.metrics.wills.inc();
    if (packet.retain && !mayRetain(client.id, packet.topic, payload.length)) packet.retain = false;
    const connection = this.of(client);
    const arrival: Arrival = {
      source: client,
      message,
      bytes: packet.topic.length + payload.length,
      arrivedAt: this.options.clock.monotonicMs(),
      settle: (failure) => {
        if (failure !== null) return callback(failure);
        if (allowed) {
          release(packet);
          connection?.writeAcknowledged();
          return callback(null);
        }
        // A turn later: what was acknowledged before it is still to be written, and cutting would drop that.
        setImmediate(() => callback(noRight(client)));
      },
    };
    const judged = !isWill && allowed && connection !== undefined;
    switch (judged ? this.fairness(connection, arrival) : 'pass') {
      case 'pass':
        this.pass(arrival);
        break;
      case 'left-out':
        release(packet);
        callback(null);
        break;
      case 'waits':
        // aedes reads on when every packet of the last chunk is answered; this one is not, for a while.
        setImmediate(() => connection?.wake());
        break;
      case 'cut':
        setImmediate(() => callback(tooFast(client)));
    }
  }

  /** From now on the plain messages of this client come here past aedes, by the express lane. */
  openLane(client: Client): void {
    const connection = this.of(client);
    connection?.openLane((topic, payload, packetId) =>
      this.takePlain(client, connection, topic, payload, packetId),
    );
  }

  private takePlain(
    client: Client,
    connection: EdgeConnection,
    topic: string,
    payload: Buffer,
    packetId: number | null,
  ): void {
    const message = this.messageOf(client, topic, payload, packetId === null ? 0 : 1);
    const now = this.options.clock.monotonicMs();
    const arrival = new PlainArrival(client, connection, message, packetId, now);
    const fairness = message.allowed ? this.fairness(connection, arrival) : 'pass';
    if (fairness === 'pass') this.pass(arrival);
    else if (fairness === 'cut') setImmediate(() => cut(client, tooFast(client)));
  }

  /** As the handler gets it; what its sender had no right to is counted here, whichever way it came. */
  private messageOf(client: Client, topic: string, payload: Buffer, qos: 0 | 1 | 2): InboundMessage {
    const { clock, access } = this.options;
    const allowed = mayPublish(access, client.id, topic);
    if (!allowed) this.metrics.publishesRefused.inc();
    return { clientId: client.id, topic, payload, qos, receivedAt: clock.now(), allowed };
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
  private fairness(connection: EdgeConnection, arrival: Arrival): 'pass' | 'left-out' | 'waits' | 'cut' {
    const { message, arrivedAt } = arrival;
    if (!this.waiting.holds(connection) && connection.rate.take(arrivedAt)) return 'pass';
    if (!this.options.access.isTelemetry(message.clientId ?? '', message.topic)) {
      connection.rate.charge(arrivedAt);
      return 'pass';
    }
    if (message.qos === 0) {
      this.metrics.shed.inc();
      return 'left-out';
    }
    if (this.waiting.add(connection, arrival)) {
      this.metrics.slowed.inc();
      return 'waits';
    }
    this.metrics.packetsRefused.inc({ reason: 'rate-exceeded' });
    return 'cut';
  }
}

/**
 * A message of the express lane. A class and not a closure a message: there are tens of thousands a second.
 */
class PlainArrival implements Arrival {
  readonly bytes: number;

  constructor(
    readonly source: Client,
    private readonly connection: EdgeConnection,
    readonly message: InboundMessage,
    private readonly packetId: number | null,
    readonly arrivedAt: number,
  ) {
    this.bytes = message.topic.length + message.payload.length;
  }

  settle(failure: Error | null): void {
    const { source, message, packetId } = this;
    if (failure !== null) cut(source, failure);
    // A turn later: what was acknowledged before it is still to be written.
    else if (!message.allowed) setImmediate(() => cut(source, noRight(source)));
    else if (packetId !== null) this.connection.acknowledge(packetId);
  }
}

/** As aedes itself ends a connection: its will is published, the error counted. */
function cut(client: Client, why: Error): void {
  if (!client.closed) client.emit('error', why);
}

function noRight(client: Client): Error {
  return new Error(`${client.id} has no right to publish to this topic.`);
}

function tooFast(client: Client): Error {
  return new Error(`${client.id} sends far more than its rate; it may come again.`);
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
