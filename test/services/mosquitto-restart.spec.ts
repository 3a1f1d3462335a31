import mqtt, { type MqttClient } from 'mqtt';
import { ConsumerRig } from '../harness/consumer-rig.js';
import { MosquittoServer } from '../harness/mosquitto-server.js';
import { until } from '../harness/platform-process.js';

const TERMINALS = { T1: 'secret one' };
const LIMIT_MS = 120_000;
/** What deploy/mosquitto.conf and the README promise: a killed Mosquitto loses at most this much. */
const LOSS_MAX_MS = 3_000;

let server: MosquittoServer;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await MosquittoServer.start({ terminals: TERMINALS });
}, LIMIT_MS);

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  await server?.remove();
}, LIMIT_MS);

async function consumer(
  options: Partial<ConstructorParameters<typeof ConsumerRig>[0]> = {},
): Promise<ConsumerRig> {
  const rig = new ConsumerRig({ url: server.url(), ...options });
  open.push(rig);
  await rig.listen();
  return rig;
}

async function terminal(): Promise<MqttClient> {
  const client = await mqtt.connectAsync(server.terminalsUrl, {
    clientId: 'T1',
    username: 'T1',
    password: TERMINALS.T1,
    reconnectPeriod: 100,
    clean: false,
  });
  client.on('error', () => undefined);
  open.push({ close: () => client.endAsync(true) });
  return client;
}

/** Publishes numbered messages steadily until `stop`; keeps when each was acknowledged. */
class SteadyTerminal {
  readonly acknowledgedAt = new Map<string, number>();
  private running = true;
  private next = 0;

  constructor(
    private readonly client: MqttClient,
    private readonly perSecond: number,
  ) {}

  async run(): Promise<void> {
    const began = performance.now();
    while (this.running) {
      const due = Math.floor(((performance.now() - began) / 1000) * this.perSecond);
      while (this.next < due) {
        const text = String(this.next++);
        this.client.publish('lift/v1/T1/event', text, { qos: 1 }, (error) => {
          if (!error) this.acknowledgedAt.set(text, performance.now());
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  stop(): void {
    this.running = false;
  }

  get sent(): number {
    return this.next;
  }
}

/** Waits until, for a second, nothing more of `wanted` (or nothing at all) has come. */
async function quiet(rig: ConsumerRig, wanted?: readonly string[]): Promise<void> {
  const missing = () => {
    const got = new Set(rig.texts);
    return wanted === undefined ? -got.size : wanted.filter((text) => !got.has(text)).length;
  };
  for (let last = Number.NaN; last !== missing(); ) {
    last = missing();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

describe('Mosquitto with a full queue', () => {
  it(
    'says that it dropped messages, and the consumer counts them',
    async () => {
      await server.remove();
      const settings = { sys_interval: '1', max_inflight_messages: '1', max_queued_messages: '10' };
      server = await MosquittoServer.start({ terminals: TERMINALS, settings });
      const first = await consumer({ protocolVersion: 4 });
      await first.close();
      const client = await terminal();
      const texts = Array.from({ length: 100 }, (_, index) => String(index));
      await Promise.all(texts.map((text) => client.publishAsync('lift/v1/T1/event', text, { qos: 1 })));
      const second = await consumer({ protocolVersion: 4 });
      await until('the count', async () => (await second.metric('broker_dropped_messages')) > 80);
      expect(second.messages.length).toBeLessThan(20);
    },
    LIMIT_MS,
  );
});

describe('Mosquitto restarted', () => {
  it.each([4, 5] as const)(
    'version %i: an orderly restart under load loses nothing that was acknowledged',
    async (protocolVersion) => {
      const rig = await consumer({ protocolVersion });
      const steady = new SteadyTerminal(await terminal(), 500);
      const sending = steady.run();
      for (let restart = 0; restart < 2; restart += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        await server.stop();
        await server.startAgain();
        await rig.ready();
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      steady.stop();
      await sending;
      await until('all acknowledged', () => steady.acknowledgedAt.size === steady.sent, 20_000);
      await quiet(rig);
      const got = new Set(rig.texts);
      expect([...steady.acknowledgedAt.keys()].filter((text) => !got.has(text))).toEqual([]);
      expect(await rig.metric('connections_ended_total')).toBeGreaterThanOrEqual(2);
    },
    LIMIT_MS,
  );

  it(
    'killed with the consumer absent, it loses at most the last three seconds; prints how much',
    async () => {
      const first = await consumer();
      await first.close();
      const client = await terminal();
      const steady = new SteadyTerminal(client, 1_000);
      const sending = steady.run();
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      const killedAt = performance.now();
      await server.kill();
      const acknowledged = new Map(steady.acknowledgedAt);
      steady.stop();
      await sending;
      // Or it would send again what was not acknowledged, which is another matter.
      await client.endAsync(true);
      await server.startAgain();
      const second = await consumer();
      await quiet(second);
      const got = new Set(second.texts);
      const lost = [...acknowledged].filter(([text]) => !got.has(text));
      const oldestMs = Math.max(0, ...lost.map(([, at]) => killedAt - at));
      const line = { acknowledged: acknowledged.size, lost: lost.length, oldestLostMs: Math.round(oldestMs) };
      process.stdout.write(`${JSON.stringify({ killedMosquitto: 'consumer absent', ...line })}\n`);
      expect(acknowledged.size).toBeGreaterThan(7_000);
      expect(oldestMs).toBeLessThan(LOSS_MAX_MS);
    },
    LIMIT_MS,
  );

  it(
    'killed with the consumer keeping up, it loses what was on its way at most; prints how much',
    async () => {
      const rig = await consumer();
      const steady = new SteadyTerminal(await terminal(), 1_000);
      const sending = steady.run();
      const lost = new Set<string>();
      for (let kill = 0; kill < 3; kill += 1) {
        // A session younger than the last save dies with the broker; this one is to be saved.
        await new Promise((resolve) => setTimeout(resolve, LOSS_MAX_MS + 500));
        await server.kill();
        const acknowledged = [...steady.acknowledgedAt.keys()];
        await server.startAgain();
        await rig.ready();
        await quiet(rig, acknowledged);
        const got = new Set(rig.texts);
        for (const text of acknowledged) if (!got.has(text)) lost.add(text);
      }
      steady.stop();
      await sending;
      await until('all acknowledged', () => steady.acknowledgedAt.size === steady.sent, 20_000);
      const line = { kills: 3, acknowledged: steady.acknowledgedAt.size, lost: lost.size };
      process.stdout.write(`${JSON.stringify({ killedMosquitto: 'consumer keeping up', ...line })}\n`);
      // A message is forwarded in the turn of the broker's loop in which its PUBACK leaves.
      expect(lost.size).toBeLessThan(100);
    },
    LIMIT_MS,
  );
});
