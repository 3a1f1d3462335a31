import type { Duplex } from 'node:stream';
import {
  generate,
  type IConnackPacket,
  type IPublishPacket,
  type Packet,
  type Parser,
  parser,
} from 'mqtt-packet';
import { type Acknowledgement, encodeAcknowledgements } from './acknowledgement.js';
import { isTopicName } from './admission.js';
import { connectPacket, readConnack } from './broker-handshake.js';
import { FilterGrants } from './filter-grants.js';
import { FrameCutter } from './frame-cutter.js';
import type { WaitingReader } from './intake-bounds.js';
import { KeepAlive } from './keep-alive.js';
import { isDownlinkTopic } from './shard-downlink.js';
import type { SessionContext, SessionEnd, SessionResult } from './shard-session.context.js';

/** Mosquitto's count of what it dropped because a queue was full (PITFALL 32). */
const DROPPED_TOPIC = '$SYS/broker/publish/messages/dropped';
const SESSION_TAKEN_OVER = 0x8e;
const TICK_MAX_MS = 1_000;
const GOODBYE_MAX_MS = 1_000;
/** Packet id of the SUBSCRIBE for `DROPPED_TOPIC`; `FilterGrants` never uses it. */
const SYSTEM_SUBSCRIBE_ID = 0xffff;
const NOTHING = Buffer.alloc(0);

/** One connection to the broker, from CONNECT to its end; never used again. */
export class ShardSession implements WaitingReader {
  readonly ended: Promise<SessionResult>;
  private readonly packets: Parser;
  private readonly cutter: FrameCutter;
  private readonly grants: FilterGrants;
  private readonly handing = new Set<number>();
  private acknowledgements: Acknowledgement[] = [];
  private resolveEnded: (result: SessionResult) => void = () => undefined;
  private stopTick: () => void = () => undefined;
  private keepAlive: KeepAlive | null = null;
  private acceptedAt: number | null = null;
  private deadline: number;
  private askAgainAt = Number.POSITIVE_INFINITY;
  private over = false;
  private leaving = false;
  private paused = false;

  constructor(
    private readonly socket: Duplex,
    private readonly version: 4 | 5,
    private readonly context: SessionContext,
  ) {
    const { options } = context;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.packets = parser({ protocolVersion: version });
    this.cutter = new FrameCutter(options.packetMaxBytes, () => context.metrics.packetsCut.inc());
    this.grants = new FilterGrants(options.qos, version);
    this.deadline = this.now() + options.connectTimeoutMs;
  }

  start(): void {
    const { socket, context } = this;
    this.packets.on('packet', (packet) => this.take(packet));
    this.packets.on('error', (error: Error) => this.end('protocol-error', error.message));
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('error', (error) => this.lost(error.message));
    socket.on('end', () => this.lost('closed by the other side'));
    socket.on('close', () => this.lost('closed'));
    const { clock, keepaliveSeconds } = context.options;
    const tickMs = Math.min(TICK_MAX_MS, keepaliveSeconds * 250);
    this.stopTick = clock.every(tickMs, () => this.tick());
    this.write(connectPacket(context.options, this.version));
  }

  /** Reads on: there is room again. */
  wake(): void {
    this.paused = false;
    if (!this.over && !this.leaving) this.socket.resume();
  }

  /** Writes the acknowledgements gathered since the last call, at once. */
  flush(): void {
    const { acknowledgements } = this;
    if (acknowledgements.length === 0 || this.over) return;
    this.acknowledgements = [];
    this.socket.write(encodeAcknowledgements(acknowledgements));
  }

  /** Ends the connection; nothing more is acknowledged, so the broker sends it again. */
  end(reason: SessionEnd, detail: string): void {
    if (this.over) return;
    this.over = true;
    this.stopTick();
    this.context.bounds.forget(this);
    if (this.acceptedAt !== null) this.context.downlink.close();
    this.socket.destroy();
    const upMs = this.acceptedAt === null ? 0 : this.now() - this.acceptedAt;
    this.resolveEnded({ reason, detail, upMs });
  }

  /** Reads nothing more; what was received can still be acknowledged. */
  stopReading(): void {
    this.leaving = true;
    this.socket.pause();
  }

  /** Says DISCONNECT, which keeps the session, waits until that is written, and ends. */
  async leave(): Promise<void> {
    this.flush();
    this.context.downlink.flush();
    if (!this.over && this.acceptedAt !== null) {
      const written = new AbortController();
      this.socket.end(generate({ cmd: 'disconnect' }, { protocolVersion: this.version }), () =>
        written.abort(),
      );
      await this.context.options.clock.sleep(GOODBYE_MAX_MS, written.signal);
    }
    this.end('stopped', 'stopped');
  }

  private now(): number {
    return this.context.options.clock.monotonicMs();
  }

  private lost(detail: string): void {
    this.end(this.acceptedAt === null ? 'closed-before-connack' : 'network', detail);
  }

  private write(packet: Packet): void {
    if (!this.over) this.socket.write(generate(packet, { protocolVersion: this.version }));
  }

  private read(chunk: Buffer): void {
    this.keepAlive?.heard();
    const refusal = this.cutter.accept(chunk, (part) => {
      if (!this.over) this.packets.parse(part);
    });
    if (refusal !== null) this.end('protocol-error', `the broker sent bytes that are refused: ${refusal}`);
    this.flush();
    const { bounds } = this.context;
    if (this.over || this.paused || this.acceptedAt === null || !bounds.full) return;
    this.paused = true;
    this.socket.pause();
    bounds.wait(this);
  }

  private tick(): void {
    const now = this.now();
    if (this.acceptedAt === null) {
      if (now >= this.deadline) this.end('connect-timeout', 'no CONNACK');
      return;
    }
    // While we do not read, an answer may have come and wait.
    if (this.paused) this.deadline = now + this.context.options.connectTimeoutMs;
    if (this.grants.waiting && now >= this.deadline) {
      this.end('subscribe-timeout', 'no SUBACK');
      return;
    }
    this.context.downlink.tick();
    if (now >= this.askAgainAt) this.ask(this.grants.askAgain());
    const step = this.keepAlive?.step(now, !this.paused && !this.leaving) ?? 'nothing';
    if (step === 'dead') this.end('ping-timeout', 'the broker does not answer');
    else if (step === 'ping') this.write({ cmd: 'pingreq' });
  }

  private take(packet: Packet): void {
    if (this.over) return;
    if (this.acceptedAt === null) {
      if (packet.cmd === 'connack') this.connack(packet);
      else this.end('protocol-error', `${packet.cmd} before CONNACK`);
      return;
    }
    switch (packet.cmd) {
      case 'publish':
        this.publish(packet);
        return;
      case 'pubrel':
        this.context.ledger.release(packet.messageId ?? 0);
        this.acknowledgements.push({ kind: 'pubcomp', packetId: packet.messageId ?? 0 });
        return;
      case 'puback':
        this.context.downlink.acknowledged(packet.messageId ?? 0, packet.reasonCode ?? 0);
        return;
      case 'suback':
        this.suback(packet.messageId ?? 0, packet.granted.map(Number));
        return;
      case 'pingresp':
        return;
      case 'disconnect': {
        const code = packet.reasonCode ?? 0;
        const detail = `DISCONNECT with reason ${code}`;
        this.end(code === SESSION_TAKEN_OVER ? 'taken-over' : 'broker-disconnect', detail);
        return;
      }
      default:
        this.end('protocol-error', `${packet.cmd} from a broker`);
    }
  }

  private connack(packet: IConnackPacket): void {
    const { options, ledger, onAccepted } = this.context;
    const handshake = readConnack(packet, this.version, options.keepaliveSeconds);
    if (!handshake.accepted) {
      this.end(handshake.reason, handshake.detail);
      return;
    }
    if (!handshake.sessionPresent) ledger.forgetAll();
    this.acceptedAt = this.now();
    this.keepAlive = new KeepAlive(handshake.keepaliveMs, this.acceptedAt);
    const { version, socket } = this;
    const { receiveMaximum } = handshake;
    this.context.downlink.open({ version, receiveMaximum, write: (bytes) => socket.write(bytes) });
    onAccepted(handshake);
    this.ask(this.grants.ask(options.filters));
    // Apart from the others: a broker that refuses it is a good broker.
    if (options.followBrokerDrops) {
      const subscriptions = [{ topic: DROPPED_TOPIC, qos: 0 as const }];
      this.write({ cmd: 'subscribe', messageId: SYSTEM_SUBSCRIBE_ID, subscriptions });
    }
  }

  private ask(packets: readonly Packet[]): void {
    this.askAgainAt = Number.POSITIVE_INFINITY;
    this.deadline = this.now() + this.context.options.connectTimeoutMs;
    for (const packet of packets) this.write(packet);
  }

  private suback(messageId: number, codes: readonly number[]): void {
    if (messageId === SYSTEM_SUBSCRIBE_ID) return;
    const grants = this.grants.answer(messageId, codes);
    if (grants === null) {
      this.end('protocol-error', `SUBACK ${messageId} answers no SUBSCRIBE of ours`);
      return;
    }
    if (grants.some(({ verdict }) => verdict === 'refused')) {
      this.askAgainAt = this.now() + this.context.options.subscribeRetryMs;
    }
    this.context.onGrants(grants, this.grants.complete);
  }

  private publish(packet: IPublishPacket): void {
    const { topic, qos, dup } = packet;
    const { metrics, ledger, bounds, intake, options, onDropped } = this.context;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const packetId = qos > 0 ? (packet.messageId ?? 0) : 0;
    if (topic === DROPPED_TOPIC) {
      const messages = Number(payload.toString('latin1'));
      if (Number.isSafeInteger(messages)) onDropped(messages);
      return;
    }
    if (isDownlinkTopic(topic)) {
      metrics.ordersHeard.inc();
      if (qos > 0) this.acknowledgements.push({ kind: qos === 1 ? 'puback' : 'pubrec', packetId });
      return;
    }
    metrics.received.inc({ qos: String(qos) });
    if (dup) metrics.redelivered.inc();
    if (qos === 2 && ledger.isRepetition(packetId, dup)) {
      metrics.repeated.inc();
      this.acknowledgements.push({ kind: 'pubrec', packetId });
      return;
    }
    // A broker that repeats what is in hand gets its answer when that is stored.
    if (qos > 0 && this.handing.has(packetId)) return;
    if (qos > 0) this.handing.add(packetId);
    const bytes = topic.length + payload.length;
    bounds.take(bytes);
    // Nobody tells who sent it. What no broker may forward (a NUL, a wildcard) keeps its slot's way to the
    // acknowledgement and ends in quarantine.
    const allowed = isTopicName(topic);
    const { clock } = options;
    intake.push({
      source: this,
      message: {
        clientId: null,
        topic: allowed ? topic : topic.replaceAll('\0', '\uFFFD'),
        payload: payload.length === 0 ? NOTHING : payload,
        qos,
        receivedAt: clock.now(),
        allowed,
      },
      bytes,
      arrivedAt: clock.monotonicMs(),
      settle: (failure) => this.settle(qos, packetId, failure),
    });
  }

  /** A message is stored, or not. Of an ended connection nothing is kept: the broker sends it again. */
  private settle(qos: 0 | 1 | 2, packetId: number, failure: Error | null): void {
    if (this.over || failure !== null || qos === 0) return;
    this.handing.delete(packetId);
    if (qos === 2) this.context.ledger.remember(packetId);
    this.acknowledgements.push({ kind: qos === 1 ? 'puback' : 'pubrec', packetId });
    this.context.metrics.acknowledged.inc({ qos: String(qos) });
  }
}
