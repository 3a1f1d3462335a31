import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { until } from './broker-rig.js';

/** One connection of the consumer, seen from the broker: it does what the test says, right or wrong. */
export class FakePeer {
  readonly received: Packet[] = [];
  closed = false;
  version: 4 | 5 = 4;

  constructor(readonly socket: Socket) {
    const packets = parser();
    packets.on('packet', (packet) => {
      if (packet.cmd === 'connect') this.version = packet.protocolVersion === 5 ? 5 : 4;
      this.received.push(packet);
    });
    socket.on('data', (chunk) => packets.parse(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  get connect(): IConnectPacket {
    const first = this.received[0];
    if (first?.cmd !== 'connect') throw new Error('no CONNECT came');
    return first;
  }

  /** `puback 1` and the like, in order, of the packets that answer a PUBLISH or PUBREL. */
  get answers(): readonly string[] {
    return this.received
      .filter(({ cmd }) => cmd === 'puback' || cmd === 'pubrec' || cmd === 'pubcomp')
      .map(({ cmd, messageId }) => `${cmd} ${messageId}`);
  }

  count(cmd: Packet['cmd']): number {
    return this.received.filter((packet) => packet.cmd === cmd).length;
  }

  send(...packets: Packet[]): void {
    const bytes = packets.map((packet) => generate(packet, { protocolVersion: this.version }));
    this.socket.write(Buffer.concat(bytes));
  }

  publish(text: string, qos: 0 | 1 | 2 = 1, messageId = 1, dup = false, topic = 'lift/v1/T1/event'): void {
    const id = qos > 0 ? { messageId } : {};
    this.send({ cmd: 'publish', topic, payload: text, qos, dup, retain: false, ...id });
  }

  connack(code = 0, sessionPresent = false): void {
    const answer = this.version === 5 ? { reasonCode: code } : { returnCode: code };
    this.send({ cmd: 'connack', sessionPresent, ...answer });
  }

  /** Answers CONNECT and grants every filter, or answers each with `code`. */
  async accept(sessionPresent = false, code = 1): Promise<void> {
    await until('a CONNECT', () => this.count('connect') > 0);
    this.connack(0, sessionPresent);
    await until('both SUBSCRIBEs', () => this.count('subscribe') >= 2);
    this.grant(code);
  }

  /** Answers the latest SUBSCRIBE for uplinks. */
  grant(code: number): void {
    const asked = this.received.flatMap((packet) => (packet.cmd === 'subscribe' ? [packet] : []));
    const last = asked.filter(({ messageId }) => messageId !== 0xffff).at(-1);
    if (last === undefined) throw new Error('no SUBSCRIBE came');
    const granted = last.subscriptions.map(() => code);
    this.send({ cmd: 'suback', messageId: last.messageId ?? 0, granted });
  }
}

/** A TCP server that keeps the consumer's connections for the test to play the broker. */
export class FakeBroker {
  readonly peers: FakePeer[] = [];
  private readonly server: Server = createServer((socket) => this.peers.push(new FakePeer(socket)));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `mqtt://liftwarden:pass%20word@127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The connection with this number, once it has said CONNECT. */
  async peer(index: number): Promise<FakePeer> {
    await until(`connection ${index}`, () => (this.peers[index]?.count('connect') ?? 0) > 0);
    const peer = this.peers[index];
    if (peer === undefined) throw new Error(`no connection ${index}`);
    return peer;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
