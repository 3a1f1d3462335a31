import { Logger } from '@nestjs/common';
import { Clock, Metrics, SystemClock } from '#runtime';
import { type InboundMessage, MQTT_BATCH } from './inbound-message.js';
import type { ShardConsumerOptions } from './shard-consumer.options.js';
import { ShardConsumerStrategy } from './shard-consumer.strategy.js';
import { until } from './testing/broker-rig.js';
import { FakeBroker, type FakePeer } from './testing/fake-broker.js';

/** Sleeps are short and ticks come when the test says so. */
class TestClock extends SystemClock {
  aheadMs = 0;
  readonly slept: number[] = [];
  private readonly runs = new Set<() => void>();

  override monotonicMs(): number {
    return super.monotonicMs() + this.aheadMs;
  }

  override every(_intervalMs: number, run: () => void): () => void {
    this.runs.add(run);
    return () => this.runs.delete(run);
  }

  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(delayMs);
    return super.sleep(Math.min(delayMs, 200), signal);
  }

  advance(ms: number): void {
    this.aheadMs += ms;
    for (const run of [...this.runs]) run();
  }
}

let broker: FakeBroker;
let clock: TestClock;
let metrics: Metrics;
let got: InboundMessage[];
let work: () => Promise<void>;
let strategy: ShardConsumerStrategy | null = null;

beforeEach(async () => {
  Logger.overrideLogger(false);
  broker = new FakeBroker();
  clock = new TestClock();
  metrics = new Metrics();
  got = [];
  work = () => Promise.resolve();
  await broker.start();
});

afterEach(async () => {
  work = () => Promise.resolve();
  await strategy?.close();
  strategy = null;
  await broker.stop();
});

function start(options: Partial<ShardConsumerOptions> = {}): ShardConsumerStrategy {
  const random = () => 0;
  strategy = new ShardConsumerStrategy({
    url: broker.url,
    clock,
    metrics,
    random,
    protocolVersion: 4,
    ...options,
  });
  const handle = (messages: readonly InboundMessage[]) => {
    got.push(...messages);
    return work();
  };
  strategy.addHandler(MQTT_BATCH, handle, true);
  strategy.listen((error) => {
    if (error) throw error;
  });
  return strategy;
}

async function accepted(options: Partial<ShardConsumerOptions> = {}): Promise<FakePeer> {
  const consumer = start(options);
  const peer = await broker.peer(0);
  await peer.accept();
  await until('ready', () => consumer.notReady === null);
  return peer;
}

function gate(): () => void {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  work = () => promise;
  return release;
}

async function metric(name: string): Promise<number> {
  const found = await metrics.registry.getSingleMetric(`liftwarden_mqtt_shard_${name}`)?.get();
  return (found?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

const texts = () => got.map(({ payload }) => Buffer.from(payload).toString());

describe('ShardConsumerStrategy', () => {
  it.each([4, 5] as const)('opens a persistent session with version %i', async (protocolVersion) => {
    const peer = await accepted({ protocolVersion, window: 123 });
    expect(peer.connect).toMatchObject({
      clientId: 'liftwarden-shard-00',
      clean: false,
      keepalive: 30,
      protocolVersion,
    });
    expect(peer.connect.username).toBe('liftwarden');
    expect(peer.connect.password?.toString()).toBe('pass word');
    expect(peer.connect.properties).toEqual(
      protocolVersion === 5 ? { sessionExpiryInterval: 0xffff_ffff, receiveMaximum: 123 } : undefined,
    );
    const asked = peer.received.flatMap((packet) => (packet.cmd === 'subscribe' ? packet.subscriptions : []));
    expect(asked.map(({ topic, qos }) => [topic, qos])).toEqual([
      ['lift/v1/+/+', 1],
      ['/device/+/+/#', 1],
      ['$SYS/broker/publish/messages/dropped', 0],
    ]);
  });

  it('acknowledges after the handler, in order; the next batch forms meanwhile', async () => {
    const peer = await accepted();
    const release = gate();
    peer.publish('a', 1, 7);
    await until('a', () => got.length === 1);
    peer.publish('b', 2, 3);
    peer.publish('c', 0);
    peer.publish('', 1, 9);
    await until('all received', () => strategy?.inFlightMessages === 4);
    expect(peer.answers).toEqual([]);
    expect(got.length).toBe(1);
    work = () => Promise.resolve();
    release();
    await until('all answered', () => peer.answers.length === 3);
    expect(peer.answers).toEqual(['puback 7', 'pubrec 3', 'puback 9']);
    expect(texts()).toEqual(['a', 'b', 'c', '']);
    expect(strategy?.inFlightMessages).toBe(0);
    peer.send({ cmd: 'pubrel', messageId: 3 });
    await until('PUBCOMP', () => peer.answers.at(-1) === 'pubcomp 3');
  });

  it('hands a QoS 2 message over once until PUBREL, also after a reconnect', async () => {
    const peer = await accepted();
    peer.publish('once', 2, 5);
    await until('PUBREC', () => peer.answers.length === 1);
    peer.publish('once', 2, 5, true);
    await until('PUBREC again', () => peer.answers.length === 2);
    peer.socket.destroy();
    const next = await broker.peer(1);
    await next.accept(true);
    next.publish('once', 2, 5, true);
    await until('PUBREC on the new connection', () => next.answers.length === 1);
    next.publish('another', 2, 5, false);
    await until('a new message of the same id', () => got.length === 2);
    expect(texts()).toEqual(['once', 'another']);
  });

  it('forgets QoS 2 ids when the broker has no session', async () => {
    const peer = await accepted();
    peer.publish('once', 2, 5);
    await until('PUBREC', () => peer.answers.length === 1);
    peer.socket.destroy();
    const next = await broker.peer(1);
    await next.accept(false);
    next.publish('other', 2, 5, true);
    await until('handed over', () => got.length === 2);
  });

  it('drops the connection when the handler fails: nothing acknowledged, not even what followed', async () => {
    const peer = await accepted();
    let fail: (error: Error) => void = () => undefined;
    work = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    peer.publish('a', 1, 1);
    await until('a', () => got.length === 1);
    peer.publish('b', 1, 2);
    await until('b in hand', () => strategy?.inFlightMessages === 2);
    work = () => Promise.resolve();
    fail(new Error('disk full'));
    await until('cut', () => peer.closed);
    expect(peer.answers).toEqual([]);
    expect(texts()).toEqual(['a']);
    expect(strategy?.inFlightMessages).toBe(0);
    const next = await broker.peer(1);
    await next.accept(true);
    next.publish('a', 1, 1, true);
    next.publish('b', 1, 2, true);
    await until('acknowledged', () => next.answers.length === 2);
    expect(texts()).toEqual(['a', 'a', 'b']);
    expect(await metric('messages_redelivered_total')).toBe(2);
  });

  it('says and asks again what was refused', async () => {
    const consumer = start();
    const peer = await broker.peer(0);
    await peer.accept(false, 0x80);
    await until('said', () => consumer.notReady?.includes('lift/v1/+/+') ?? false);
    expect(await metric('subscriptions_refused_total')).toBe(2);
    clock.advance(30_000);
    await until('asked again', () => peer.count('subscribe') === 3);
    peer.grant(1);
    await until('ready', () => consumer.notReady === null);
    expect(peer.closed).toBe(false);
  });

  it('takes version 4 when 5 is refused, in both ways of refusing', async () => {
    const consumer = start({ protocolVersion: undefined as never });
    const first = await broker.peer(0);
    expect(first.version).toBe(5);
    first.socket.destroy();
    const second = await broker.peer(1);
    expect(second.version).toBe(4);
    second.connack(1);
    const third = await broker.peer(2);
    expect(third.version).toBe(5);
    third.connack(0x84);
    const fourth = await broker.peer(3);
    await fourth.accept();
    expect(fourth.version).toBe(4);
    await until('ready', () => consumer.notReady === null);
  });

  it('pings while the handler holds, and gives up a broker that does not answer', async () => {
    const peer = await accepted({ keepaliveSeconds: 10 });
    gate();
    peer.publish('held', 1, 1);
    await until('held', () => got.length === 1);
    for (const pings of [1, 2, 3]) {
      clock.advance(5_000);
      await until('a ping', () => peer.count('pingreq') === pings);
      peer.send({ cmd: 'pingresp' });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(peer.closed).toBe(false);
    clock.advance(5_000);
    clock.advance(5_000);
    await until('given up', () => peer.closed);
    await until('counted', async () => (await metric('connections_ended_total')) === 1);
  });

  it('stops reading beyond the window and goes on below half of it', async () => {
    const peer = await accepted({ window: 10 });
    const release = gate();
    for (let id = 0; id < 5_000; id += 1) peer.publish('x'.repeat(1_000), 0);
    await until('paused', async () => (await metric('reading_paused_total')) === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(strategy?.inFlightMessages).toBeLessThan(150);
    work = () => Promise.resolve();
    release();
    await until('all', () => got.length === 5_000);
    expect(strategy?.inFlightMessages).toBe(0);
  });

  it('cuts a message larger than a packet may be instead of looping over it', async () => {
    const peer = await accepted({ packetMaxBytes: 256 * 1024 });
    peer.publish('x'.repeat(400 * 1024), 1, 1);
    peer.publish('after', 1, 2);
    await until('both', () => peer.answers.length === 2);
    expect(got[0]?.payload.length).toBe(256 * 1024 - 2 - 'lift/v1/T1/event'.length - 2);
    expect(texts()[1]).toBe('after');
    expect(await metric('packets_cut_total')).toBe(1);
  });

  it('waits longest when another took its session over', async () => {
    const peer = await accepted({ protocolVersion: 5 });
    peer.send({ cmd: 'disconnect', reasonCode: 0x8e });
    await until('taken over', () => strategy?.notReady?.startsWith('taken-over') ?? false);
    await until('slept', () => clock.slept.includes(10_000));
  });

  it.each([
    ['a packet before CONNACK', (peer: FakePeer) => peer.publish('early')],
    ['something else than MQTT', (peer: FakePeer) => peer.socket.write('HTTP/1.1 400 Bad Request\r\n')],
    ['a wrong password', (peer: FakePeer) => peer.connack(4)],
  ])('tries again after %s, later each time', async (_what, answer) => {
    start();
    for (const index of [0, 1, 2]) answer(await broker.peer(index));
    await broker.peer(3);
    expect(clock.slept.slice(0, 3)).toEqual([200, 400, 800]);
    expect(got).toEqual([]);
  });

  it('close: finishes and acknowledges what it has, says DISCONNECT, reads nothing more', async () => {
    const peer = await accepted();
    const release = gate();
    peer.publish('a', 1, 1);
    await until('a', () => got.length === 1);
    const closing = strategy?.close();
    peer.publish('late', 1, 2);
    release();
    await closing;
    await until('closed', () => peer.closed);
    expect(peer.received.slice(-2).map(({ cmd }) => cmd)).toEqual(['puback', 'disconnect']);
    expect(texts()).toEqual(['a']);
  });

  it('close: does not wait for ever for a handler, and acknowledges nothing then', async () => {
    const peer = await accepted({ closeTimeoutMs: 20 });
    gate();
    peer.publish('a', 1, 1);
    await until('a', () => got.length === 1);
    await strategy?.close();
    await until('closed', () => peer.closed);
    expect(peer.answers).toEqual([]);
  });

  it('keeps a topic with a NUL out of every database', async () => {
    const peer = await accepted();
    peer.publish('x', 1, 1, false, 'lift/v1/T\u00001/event');
    await until('answered', () => peer.answers.length === 1);
    expect(got[0]).toMatchObject({ allowed: false, topic: 'lift/v1/T\uFFFD1/event' });
  });

  it('refuses to start without a handler', () => {
    const bare = new ShardConsumerStrategy({ url: broker.url, clock, metrics });
    let failure: unknown;
    bare.listen((error) => {
      failure = error;
    });
    expect(String(failure)).toContain(MQTT_BATCH);
    expect(clock).toBeInstanceOf(Clock);
  });
});
