import { connect as connectSocket, type Socket } from 'node:net';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { nativeTopic } from '#protocol';
import { Metrics, SystemClock } from '#runtime';
import type { EdgeBrokerOptions } from '../edge-broker.options.js';
import { EdgeBrokerStrategy } from '../edge-broker.strategy.js';
import { type InboundMessage, MQTT_BATCH } from '../inbound-message.js';
import { type ConnectRefusal, TerminalAccess, type WithdrawalListener } from '../terminal-access.js';

/** Terminals whose secret is `secret-of-<id>`, each with its own native subtree. */
export class FakeAccess extends TerminalAccess {
  readonly revoked = new Set<string>();
  readonly known: RegExp = /^T\d+$/;
  private readonly withdrawalListeners = new Set<WithdrawalListener>();

  async authenticate(terminalId: string, secret: Uint8Array): Promise<ConnectRefusal | null> {
    if (terminalId === 'T500') throw new Error('the directory is down');
    if (!this.known.test(terminalId)) return 'unknown-terminal';
    if (this.revoked.has(terminalId)) return 'revoked';
    return Buffer.from(secret).toString() === secretOf(terminalId) ? null : 'wrong-secret';
  }

  mayPublish(terminalId: string, topic: string): boolean {
    if (topic.endsWith('/throw')) throw new Error('a right that cannot be checked');
    return !this.revoked.has(terminalId) && topic.startsWith(`lift/v1/${terminalId}/`);
  }

  isTelemetry(terminalId: string, topic: string): boolean {
    return topic === nativeTopic(terminalId, 'telemetry');
  }

  maySubscribe(terminalId: string, filter: string): boolean {
    return !this.revoked.has(terminalId) && filter === nativeTopic(terminalId, 'command');
  }

  onWithdrawn(listener: WithdrawalListener): () => void {
    this.withdrawalListeners.add(listener);
    return () => {
      this.withdrawalListeners.delete(listener);
    };
  }

  revoke(terminalId: string): void {
    this.revoked.add(terminalId);
    for (const listener of this.withdrawalListeners) listener(terminalId, 'revoked');
  }

  /** As after a new secret: the old connection is wrong, a new one is welcome. */
  replaceSecret(terminalId: string): void {
    for (const listener of this.withdrawalListeners) listener(terminalId, 'secret-replaced');
  }
}

export const secretOf = (terminalId: string) => `secret-of-${terminalId}`;

type Handler = (messages: readonly InboundMessage[]) => Promise<unknown> | unknown;

/** A broker on a free port with a handler that keeps what it got, and can be held or made to fail. */
export class BrokerRig {
  readonly access = new FakeAccess();
  readonly metrics = new Metrics();
  readonly batches: (readonly InboundMessage[])[] = [];
  readonly strategy: EdgeBrokerStrategy;
  /** Replaces what the handler does after keeping the batch. */
  handler: Handler = () => undefined;
  private readonly peers: RawTerminal[] = [];
  private held: { readonly promise: Promise<void>; readonly release: () => void } | null = null;

  constructor(options: Partial<EdgeBrokerOptions> = {}) {
    this.strategy = new EdgeBrokerStrategy({
      host: '127.0.0.1',
      port: 0,
      access: this.access,
      clock: new SystemClock(),
      metrics: this.metrics,
      ...options,
    });
    const handle = async (messages: readonly InboundMessage[]) => {
      this.batches.push(messages);
      await this.held?.promise;
      return this.handler(messages);
    };
    this.strategy.addHandler(MQTT_BATCH, handle, true);
  }

  static async start(options: Partial<EdgeBrokerOptions> = {}): Promise<BrokerRig> {
    const rig = new BrokerRig(options);
    await new Promise<void>((resolve, reject) => {
      rig.strategy.listen((error) => (error ? reject(error) : resolve()));
    });
    return rig;
  }

  get messages(): readonly InboundMessage[] {
    return this.batches.flat();
  }

  get topics(): readonly string[] {
    return this.messages.map((message) => message.topic);
  }

  /** The handler's promise stays open until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    const promise = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = { promise, release };
    this.held = held;
    return () => {
      if (this.held === held) this.held = null;
      release();
    };
  }

  /** A socket that has said nothing yet. */
  async socket(): Promise<RawTerminal> {
    const peer = await RawTerminal.open(this.strategy.boundPort);
    this.peers.push(peer);
    return peer;
  }

  /** A terminal that has been accepted. */
  async terminal(id: string, more: Partial<IConnectPacket> = {}): Promise<RawTerminal> {
    const peer = await this.socket();
    peer.connect(id, more);
    const connack = await peer.next('connack');
    if (connack.returnCode !== 0) throw new Error(`${id} was refused: CONNACK ${connack.returnCode}`);
    return peer;
  }

  /** Sum over the labels that match. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const values = (await this.metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
    return values
      .filter((value) => Object.entries(labels).every(([key, wanted]) => value.labels[key] === wanted))
      .reduce((sum, value) => sum + value.value, 0);
  }

  async stop(): Promise<void> {
    this.held?.release();
    this.held = null;
    for (const peer of this.peers) peer.cut();
    await this.strategy.close();
  }
}

/** A terminal made of a socket and mqtt-packet: it does exactly what it is told, right or wrong. */
export class RawTerminal {
  readonly received: Packet[] = [];
  private readonly waiting: (() => void)[] = [];
  private ended = false;

  private constructor(readonly socket: Socket) {
    const packets = parser();
    packets.on('packet', (packet) => {
      this.received.push(packet);
      this.notify();
    });
    socket.on('data', (chunk) => packets.parse(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      this.notify();
    });
  }

  static open(port: number): Promise<RawTerminal> {
    return new Promise((resolve, reject) => {
      const socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawTerminal(socket)));
    });
  }

  get isClosed(): boolean {
    return this.ended;
  }

  count(cmd: Packet['cmd']): number {
    return this.received.filter((packet) => packet.cmd === cmd).length;
  }

  connect(id: string, more: Partial<IConnectPacket> = {}): void {
    const credentials = { username: id, password: Buffer.from(secretOf(id)) };
    this.send({ cmd: 'connect', clientId: id, keepalive: 0, clean: true, ...credentials, ...more });
  }

  publish(topic: string, payload: string | Buffer, qos: 0 | 1 | 2 = 1, messageId = 1, dup = false): void {
    const id = qos > 0 ? { messageId } : {};
    this.send({ cmd: 'publish', topic, payload, qos, dup, retain: false, ...id });
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  /**
   * Takes the first packet of a kind out of `received`, waiting for it. Rejects when the connection ends
   * first.
   */
  async next<C extends Packet['cmd']>(cmd: C): Promise<Extract<Packet, { cmd: C }>> {
    for (;;) {
      const at = this.received.findIndex((packet) => packet.cmd === cmd);
      const [found] = at < 0 ? [] : this.received.splice(at, 1);
      if (found) return found as Extract<Packet, { cmd: C }>;
      if (this.ended) throw new Error(`The connection ended before a ${cmd} came.`);
      await this.change();
    }
  }

  /** Resolves when the broker, or the network, has ended the connection. */
  async closed(): Promise<void> {
    while (!this.ended) await this.change();
  }

  /** Cuts the connection as a dead network does: no DISCONNECT. */
  cut(): void {
    this.socket.destroy();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private notify(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Waits until `condition` holds; fails with `what` after two seconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 2000; waited += 5) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`Waited two seconds in vain: ${what}`);
}
