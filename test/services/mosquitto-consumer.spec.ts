import mqtt, { type MqttClient } from 'mqtt';
import { ConsumerRig } from '../harness/consumer-rig.js';
import { MosquittoServer } from '../harness/mosquitto-server.js';
import { until } from '../harness/platform-process.js';

const TERMINALS = { T1: 'secret one', T2: 'secret two', T3: 'secret three' };
const LIMIT_MS = 60_000;

let server: MosquittoServer;
const open: { close(): Promise<void> }[] = [];
let shard = 0;

beforeAll(async () => {
  server = await MosquittoServer.start({ terminals: TERMINALS, settings: { sys_interval: '1' } });
}, LIMIT_MS);

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
}, LIMIT_MS);

afterAll(async () => {
  await server?.remove();
}, LIMIT_MS);

/** A session of its own for each test. */
const nextClientId = () => `liftwarden-shard-${String(++shard).padStart(2, '0')}`;

async function consumer(
  options: Partial<ConstructorParameters<typeof ConsumerRig>[0]> = {},
): Promise<ConsumerRig> {
  const rig = new ConsumerRig({ url: server.url(), clientId: nextClientId(), ...options });
  open.push(rig);
  await rig.listen();
  return rig;
}

async function terminal(id: keyof typeof TERMINALS): Promise<MqttClient> {
  const client = await mqtt.connectAsync(server.terminalsUrl, {
    clientId: id,
    username: id,
    password: TERMINALS[id],
    reconnectPeriod: 100,
  });
  open.push({ close: () => client.endAsync(true) });
  return client;
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${from + index}`);

async function publishAll(client: MqttClient, topic: string, texts: readonly string[], qos: 0 | 1 | 2 = 1) {
  await Promise.all(texts.map((text) => client.publishAsync(topic, text, { qos })));
}

describe('the consumer behind Mosquitto', () => {
  const ways = (['tcp', 'tls', 'ws', 'wss'] as const).flatMap((way) =>
    ([4, 5] as const).map((protocolVersion) => ({ way, protocolVersion })),
  );
  it.each(ways)('takes every QoS by $way with version $protocolVersion', async ({ way, protocolVersion }) => {
    const ca = way === 'tls' || way === 'wss' ? { ca: server.ca } : {};
    const rig = await consumer({ url: server.url(way), protocolVersion, qos: 2, ...ca });
    const client = await terminal('T1');
    for (const qos of [0, 1, 2] as const) {
      await publishAll(client, 'lift/v1/T1/telemetry', numbers(qos * 100, qos * 100 + 50), qos);
    }
    await client.publishAsync('/device/JTC340/T1/thing/event/Error/post/', 'vendor', { qos: 1 });
    await until('all messages', () => rig.messages.length === 151);
    expect(rig.texts).toEqual([...numbers(0, 50), ...numbers(100, 150), ...numbers(200, 250), 'vendor']);
    expect(rig.messages.map(({ qos }) => qos)).toEqual([
      ...Array.from({ length: 50 }, () => 0),
      ...Array.from({ length: 50 }, () => 1),
      ...Array.from({ length: 50 }, () => 2),
      1,
    ]);
    expect(rig.messages[150]).toMatchObject({ clientId: null, allowed: true });
    expect(await rig.metric('messages_acknowledged_total')).toBe(101);
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const rig = new ConsumerRig({ url: server.url('tls'), clientId: nextClientId() });
    open.push(rig);
    rig.strategy.listen(() => undefined);
    await until('a refused certificate', () => rig.strategy.notReady?.includes('self-signed'));
  });

  it.each([
    [4, 1],
    [5, 1],
    [4, 2],
    [5, 2],
  ] as const)(
    'version %i, QoS %i: what a killed consumer held goes to its successor, marked as sent before',
    async (protocolVersion, qos) => {
      const clientId = nextClientId();
      const first = await consumer({ clientId, protocolVersion, qos });
      first.hold();
      const client = await terminal('T1');
      await publishAll(client, 'lift/v1/T1/event', numbers(0, 500), qos);
      await until('all with the first', () => first.strategy.inFlightMessages === 500);
      expect(await first.metric('messages_acknowledged_total')).toBe(0);
      await first.kill();
      const second = await consumer({ clientId, protocolVersion, qos });
      await until('all with the second', () => second.messages.length === 500);
      expect(second.texts).toEqual(numbers(0, 500));
      expect(await second.metric('messages_redelivered_total')).toBe(500);
      await until('acknowledged', async () => (await second.metric('messages_acknowledged_total')) === 500);
      await second.close();
      const third = await consumer({ clientId, protocolVersion, qos });
      await client.publishAsync('lift/v1/T1/event', 'next', { qos });
      await until('the next', () => third.messages.length > 0);
      expect(third.texts).toEqual(['next']);
    },
    LIMIT_MS,
  );

  it('keeps the order of each terminal, one batch after another', async () => {
    const rig = await consumer();
    const ids = ['T1', 'T2', 'T3'] as const;
    await Promise.all(
      ids.map(async (id) => {
        await publishAll(await terminal(id), `lift/v1/${id}/telemetry`, numbers(0, 2_000));
      }),
    );
    await until('all', () => rig.messages.length === 6_000);
    for (const id of ids) {
      const own = rig.messages.filter(({ topic }) => topic.includes(`/${id}/`));
      expect(own.map(({ payload }) => Buffer.from(payload).toString())).toEqual(numbers(0, 2_000));
    }
    expect(rig.batches).toBeGreaterThan(1);
  });

  it(
    'keeps the connection while the handler holds for longer than the keepalive',
    async () => {
      const rig = await consumer({ keepaliveSeconds: 5 });
      const release = rig.hold();
      const client = await terminal('T1');
      await publishAll(client, 'lift/v1/T1/event', numbers(0, 10));
      await until('in hand', () => rig.messages.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      release();
      await until('all acknowledged', async () => (await rig.metric('messages_acknowledged_total')) === 10);
      expect(rig.texts).toEqual(numbers(0, 10));
      expect(await rig.metric('connections_ended_total')).toBe(0);
    },
    LIMIT_MS,
  );

  it('acknowledges nothing of a failed batch and gets it again', async () => {
    const rig = await consumer();
    rig.failure = new Error('the disk is full');
    const client = await terminal('T1');
    await publishAll(client, 'lift/v1/T1/event', numbers(0, 20));
    await until('a failure', async () => (await rig.metric('batches_failed_total')) > 0);
    expect(await rig.metric('messages_acknowledged_total')).toBe(0);
    rig.failure = null;
    await until('acknowledged', async () => (await rig.metric('messages_acknowledged_total')) === 20);
    expect(rig.texts.slice(-20)).toEqual(numbers(0, 20));
    expect(await rig.metric('connections_ended_total', { reason: 'handler-failed' })).toBeGreaterThan(0);
  });

  it('gives way to a second consumer of its client id, which gets the queue', async () => {
    const clientId = nextClientId();
    const first = await consumer({ clientId });
    first.hold();
    const client = await terminal('T1');
    await publishAll(client, 'lift/v1/T1/event', numbers(0, 30));
    await until('all with the first', () => first.strategy.inFlightMessages === 30);
    const second = await consumer({ clientId });
    await until('all with the second', () => second.messages.length === 30);
    expect(second.texts).toEqual(numbers(0, 30));
    // Mosquitto 2.0.11 closes the connection without MQTT 5's "session taken over".
    await until('the first to be cut off', async () => (await first.metric('connections_ended_total')) > 0);
    expect(await first.metric('messages_acknowledged_total')).toBe(0);
  });

  it('acknowledges what it has, then leaves; the session keeps what comes later', async () => {
    const clientId = nextClientId();
    const rig = await consumer({ clientId });
    const release = rig.hold();
    const client = await terminal('T1');
    await publishAll(client, 'lift/v1/T1/event', numbers(0, 10));
    await until('in hand', () => rig.strategy.inFlightMessages === 10);
    const closing = rig.strategy.close();
    await publishAll(client, 'lift/v1/T1/event', numbers(10, 20));
    release();
    await closing;
    expect(rig.texts).toEqual(numbers(0, 10));
    const next = await consumer({ clientId });
    await until('the rest', () => next.messages.length >= 10);
    expect(next.texts).toEqual(numbers(10, 20));
  });

  it('hands over retained status and empty payloads, and keeps $SYS to itself', async () => {
    const client = await terminal('T2');
    await client.publishAsync('lift/v1/T2/status', 'online', { qos: 1, retain: true });
    const rig = await consumer();
    await until('the retained status', () => rig.texts.includes('online'));
    await client.publishAsync('lift/v1/T2/status', '', { qos: 1, retain: true });
    await until('the empty one', () => rig.messages.length === 2);
    expect(rig.messages[1]?.payload.length).toBe(0);
    await until('acknowledged', async () => (await rig.metric('messages_acknowledged_total')) === 2);
    expect(rig.messages.some(({ topic }) => topic.startsWith('$SYS'))).toBe(false);
  });

  it('denies a terminal what is not its own, and the session of another', async () => {
    const clientId = nextClientId();
    const rig = await consumer({ clientId });
    const impostor = await mqtt.connectAsync(server.terminalsUrl, {
      clientId,
      username: 'T1',
      password: TERMINALS.T1,
      reconnectPeriod: 0,
    });
    open.push({ close: () => impostor.endAsync(true) });
    await impostor.publishAsync('lift/v1/T2/event', 'forged', { qos: 1 });
    await impostor.publishAsync('lift/v1/T1/event', 'own', { qos: 1 });
    await until('its own', () => rig.messages.length > 0);
    expect(rig.texts).toEqual(['own']);
    expect(await rig.metric('connections_ended_total')).toBe(0);
    const url = server.url().replace(String(server.ports.services), String(server.ports.terminals));
    const wrongDoor = new ConsumerRig({ url, clientId: nextClientId() });
    open.push(wrongDoor);
    wrongDoor.strategy.listen(() => undefined);
    await until('a refusal', () => wrongDoor.strategy.notReady?.startsWith('refused'));
  });

  it.each([4, 5] as const)(
    'version %i: hands messages to the terminal that is subscribed, and to nobody else',
    async (protocolVersion) => {
      const rig = await consumer({ protocolVersion });
      const { downlink } = rig.strategy;
      const client = await terminal('T1');
      const stranger = await terminal('T2');
      const heard: string[] = [];
      client.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
      stranger.on('message', (topic) => heard.push(`T2 hears ${topic}`));
      const reply = '/server/JTC340/T1/thing/event/ntp/post_reply/';
      await client.subscribeAsync(['lift/v1/T1/command', reply], { qos: 1 });
      await stranger.subscribeAsync('lift/v1/T1/command', { qos: 1 }).catch(() => undefined);
      const command = Buffer.from('{"do":"test-call"}');
      expect(await downlink.send('T1', 'lift/v1/T1/command', command)).toBe('sent');
      expect(await downlink.send('T1', reply, Buffer.from('{"Code":200}'))).toBe('sent');
      await until('both', () => heard.length === 2);
      expect(heard).toEqual([`lift/v1/T1/command ${command}`, `${reply} {"Code":200}`]);
      // A burst beyond the broker's window of unanswered messages.
      const burst = numbers(0, 500).map((text) =>
        downlink.send('T1', 'lift/v1/T1/command', Buffer.from(text)),
      );
      expect(new Set(await Promise.all(burst))).toEqual(new Set(['sent']));
      await until('the burst', () => heard.length === 502);
      expect(heard.slice(2)).toEqual(numbers(0, 500).map((text) => `lift/v1/T1/command ${text}`));
      // Our own filters match commands: none came back as a message of a terminal.
      await client.publishAsync('lift/v1/T1/event', 'after', { qos: 1 });
      await until('the event', () => rig.messages.length > 0);
      expect(rig.texts).toEqual(['after']);
      // MQTT 5 tells that nobody listens; 3.1.1 cannot.
      const absent = await downlink.send('T3', reply.replace('T1', 'T3'), command);
      expect(absent).toBe(protocolVersion === 5 ? 'not-subscribed' : 'sent');
    },
    LIMIT_MS,
  );

  it(
    'takes 20,000 messages; prints how fast',
    async () => {
      const payload = 'x'.repeat(200);
      const rig = await consumer();
      const client = await terminal('T1');
      const began = performance.now();
      let sent = 0;
      await Promise.all(
        Array.from({ length: 500 }, async () => {
          while (sent < 20_000) {
            const text = `${sent++} ${payload}`;
            await client.publishAsync('lift/v1/T1/telemetry', text, { qos: 1 });
          }
        }),
      );
      await until('all', () => rig.messages.length === 20_000, 30_000);
      const seconds = (performance.now() - began) / 1000;
      const messagesPerSecond = Math.round(20_000 / seconds);
      process.stdout.write(
        `${JSON.stringify({ messages: 20_000, messagesPerSecond, batches: rig.batches })}\n`,
      );
      expect(new Set(rig.texts).size).toBe(20_000);
    },
    LIMIT_MS,
  );
});
