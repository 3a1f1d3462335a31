import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import type { IPublishPacket } from 'mqtt-packet';
import { Metrics, SystemClock } from '#runtime';
import { MQTT_BATCH } from './inbound-message.js';
import type { ShardConsumerOptions } from './shard-consumer.options.js';
import { ShardConsumerStrategy } from './shard-consumer.strategy.js';
import { isDownlinkTopic } from './shard-downlink.js';
import { until } from './testing/broker-rig.js';
import { FakeBroker, type FakePeer } from './testing/fake-broker.js';

/** Sleeps are short and ticks come when the test says so. */
class TestClock extends SystemClock {
  private aheadMs = 0;
  private readonly runs = new Set<() => void>();

  override monotonicMs(): number {
    return super.monotonicMs() + this.aheadMs;
  }

  override every(_intervalMs: number, run: () => void): () => void {
    this.runs.add(run);
    return () => this.runs.delete(run);
  }

  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(Math.min(delayMs, 50), signal);
  }

  advance(ms: number): void {
    this.aheadMs += ms;
    for (const run of [...this.runs]) run();
  }
}

const COMMAND = 'lift/v1/T1/command';

let broker: FakeBroker;
let clock: TestClock;
let metrics: Metrics;
let handed: number;
let strategy: ShardConsumerStrategy;

beforeEach(async () => {
  Logger.overrideLogger(false);
  broker = new FakeBroker();
  clock = new TestClock();
  metrics = new Metrics();
  handed = 0;
  await broker.start();
});

afterEach(async () => {
  await strategy.close();
  await broker.stop();
});

/** A consumer and the connection it made, accepted unless `options` says otherwise. */
function begin(options: Partial<ShardConsumerOptions> = {}): void {
  const common = { url: broker.url, clock, metrics, random: () => 0, protocolVersion: 4 as const };
  strategy = new ShardConsumerStrategy({ ...common, ...options });
  strategy.addHandler(
    MQTT_BATCH,
    (messages: readonly unknown[]) => {
      handed += messages.length;
      return Promise.resolve();
    },
    true,
  );
  strategy.listen((error) => {
    if (error) throw error;
  });
}

async function accepted(options: Partial<ShardConsumerOptions> = {}): Promise<FakePeer> {
  begin(options);
  const peer = await broker.peer(0);
  await peer.accept();
  await until('ready', () => strategy.notReady === null);
  return peer;
}

const send = (text: string, topic = COMMAND) => strategy.downlink.send('T1', topic, Buffer.from(text));
const publishes = (peer: FakePeer) =>
  peer.received.flatMap((packet): IPublishPacket[] => (packet.cmd === 'publish' ? [packet] : []));
const texts = (peer: FakePeer) => publishes(peer).map(({ payload }) => payload.toString());
const ids = (peer: FakePeer) => publishes(peer).map(({ messageId }) => messageId ?? 0);

async function arrived(peer: FakePeer, count: number): Promise<void> {
  await until(`${count} messages`, () => publishes(peer).length >= count);
}

async function outcomes(): Promise<Record<string, number>> {
  const metric = metrics.registry.getSingleMetric('liftwarden_mqtt_shard_downlink_messages_total');
  const { values = [] } = (await metric?.get()) ?? {};
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
}

async function underWay(): Promise<number> {
  const metric = metrics.registry.getSingleMetric('liftwarden_mqtt_shard_downlink_under_way');
  return (await metric?.get())?.values[0]?.value ?? 0;
}

describe('messages to terminals by an external broker', () => {
  it('are sent when the broker has acknowledged them, in any order', async () => {
    const peer = await accepted();
    const [first, second] = [send('first'), send('second', '/server/JTC340/T1/thing/event/ntp/post_reply/')];
    await arrived(peer, 2);
    expect(publishes(peer)[0]).toMatchObject({ topic: COMMAND, qos: 1, dup: false, retain: false });
    expect(texts(peer)).toEqual(['first', 'second']);
    expect(await underWay()).toBe(2);
    const [one = 0, two = 0] = ids(peer);
    peer.send({ cmd: 'puback', messageId: two });
    expect(await second).toBe('sent');
    peer.send({ cmd: 'puback', messageId: one });
    expect(await first).toBe('sent');
    expect(await outcomes()).toEqual({ sent: 2 });
    expect(await underWay()).toBe(0);
  });

  it.each([
    [0x00, 'sent'],
    [0x10, 'not-subscribed'],
    [0x87, 'failed'],
    [0x97, 'failed'],
  ])('with PUBACK reason %i of MQTT 5 are %s', async (reasonCode, result) => {
    const peer = await accepted({ protocolVersion: 5 });
    const sent = send('open');
    await arrived(peer, 1);
    // The broker is not to hand on later what we have given up.
    expect(publishes(peer)[0]?.properties).toEqual({ messageExpiryInterval: 5 });
    peer.send({ cmd: 'puback', messageId: ids(peer)[0] ?? 0, reasonCode });
    expect(await sent).toBe(result);
  });

  it('fail without a connection, and nothing of them is sent later', async () => {
    begin();
    expect(await send('early')).toBe('failed');
    const peer = await broker.peer(0);
    expect(await send('not accepted yet')).toBe('failed');
    await peer.accept();
    await until('ready', () => strategy.notReady === null);
    const sent = send('now');
    await arrived(peer, 1);
    expect(texts(peer)).toEqual(['now']);
    peer.send({ cmd: 'puback', messageId: ids(peer)[0] ?? 0 });
    expect(await sent).toBe('sent');
  });

  it('fail when the connection ends before the PUBACK, and are not repeated on the next', async () => {
    const peer = await accepted();
    const lost = send('lost');
    await arrived(peer, 1);
    peer.socket.destroy();
    expect(await lost).toBe('failed');
    const next = await broker.peer(1);
    await next.accept(true);
    await until('ready again', () => strategy.notReady === null);
    const sent = send('again');
    await arrived(next, 1);
    expect(texts(next)).toEqual(['again']);
    next.send({ cmd: 'puback', messageId: ids(next)[0] ?? 0 });
    expect(await sent).toBe('sent');
  });

  it('fail when the broker does not answer in time; its late PUBACK is not taken for another', async () => {
    const peer = await accepted({ downlinkTimeoutMs: 3_000 });
    const slow = send('slow');
    await arrived(peer, 1);
    clock.advance(2_500);
    const next = send('next');
    await arrived(peer, 2);
    clock.advance(1_000);
    expect(await slow).toBe('failed');
    expect(await outcomes()).toEqual({ failed: 1 });
    const [late = 0, id = 0] = ids(peer);
    expect(late).not.toBe(id);
    peer.send({ cmd: 'puback', messageId: late }, { cmd: 'puback', messageId: late });
    peer.send({ cmd: 'puback', messageId: id });
    expect(await next).toBe('sent');
    expect(peer.closed).toBe(false);
  });

  it('wait within the receive maximum of the broker, and fail beyond the bound', async () => {
    begin({ protocolVersion: 5, downlinkMax: 5 });
    const peer = await broker.peer(0);
    peer.send({ cmd: 'connack', sessionPresent: false, reasonCode: 0, properties: { receiveMaximum: 2 } });
    await until('both SUBSCRIBEs', () => peer.count('subscribe') >= 2);
    peer.grant(1);
    await until('ready', () => strategy.notReady === null);
    const sent = ['a', 'b', 'c', 'd', 'e'].map((text) => send(text));
    expect(await send('one too many')).toBe('failed');
    await arrived(peer, 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(texts(peer)).toEqual(['a', 'b']);
    for (let answered = 0; answered < 5; answered += 1) {
      await arrived(peer, answered + 1);
      peer.send({ cmd: 'puback', messageId: ids(peer)[answered] ?? 0 });
    }
    expect(await Promise.all(sent)).toEqual(Array(5).fill('sent'));
    expect(texts(peer)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('go out before DISCONNECT, and what is not acknowledged then has failed', async () => {
    const peer = await accepted();
    const sent = send('last');
    await strategy.close();
    expect(await sent).toBe('failed');
    await until('closed', () => peer.closed);
    expect(peer.received.slice(-2).map(({ cmd }) => cmd)).toEqual(['publish', 'disconnect']);
    expect(await send('after')).toBe('failed');
  });

  it.each([
    [1, 'puback 7'],
    [2, 'pubrec 7'],
  ] as const)(
    'that come back by our own filters with QoS %i are acknowledged and not read',
    async (qos, answer) => {
      const peer = await accepted();
      peer.publish('our own', qos, 7, false, COMMAND);
      peer.publish('a reading', 1, 8);
      await until('both answered', () => peer.answers.length === 2);
      expect([peer.answers.toSorted(), handed]).toEqual([[answer, 'puback 8'].toSorted(), 1]);
      const heard = metrics.registry.getSingleMetric('liftwarden_mqtt_shard_downlink_messages_heard_total');
      expect((await heard?.get())?.values[0]?.value).toBe(1);
    },
  );

  it('never share a packet id, however many are under way and however they are answered', async () => {
    const peer = await accepted();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 300 }), async (order) => {
        const from = publishes(peer).length;
        const sent = order.map((_, index) => send(String(index)));
        await arrived(peer, from + order.length);
        const given = ids(peer).slice(from);
        expect(new Set(given).size).toBe(order.length);
        const answered = given
          .map((messageId, index) => ({ messageId, key: order[index] ?? 0 }))
          .sort((a, b) => a.key - b.key);
        peer.send(...answered.map(({ messageId }) => ({ cmd: 'puback' as const, messageId })));
        expect(new Set(await Promise.all(sent))).toEqual(new Set(['sent']));
      }),
      { numRuns: 10 },
    );
  });
});

it.each([
  ['lift/v1/T1/command', true],
  ['lift/v1/T1/event', false],
  ['lift/v1/T1/commands', false],
  ['lift/v1/T1/command/x', false],
  ['/device/JTC340/T1/thing/event/ntp/post/', false],
  ['$SYS/x', false],
])('%s goes to a terminal: %s', (topic, expected) => {
  expect(isDownlinkTopic(topic)).toBe(expected);
});
