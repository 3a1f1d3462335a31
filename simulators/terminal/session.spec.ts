import { createServer, type Server } from 'node:net';
import { Aedes, type PublishPacket } from 'aedes';
import { Rng } from '../random.js';
import { Firmware, type FirmwareMessage } from './firmware.js';
import { Session } from './session.js';

/** A bare broker that records what it acknowledged. */
class Broker {
  readonly taken: { topic: string; payload: Record<string, unknown>; retain: boolean }[] = [];
  silent = false;
  private aedes: Aedes | null = null;
  private server: Server | null = null;
  port = 0;

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    aedes.authenticate = (_client, _name, password, done) => done(null, password?.toString() === 'right');
    aedes.authorizePublish = (_client, packet, done) => {
      if (this.silent) return;
      this.record(packet);
      done(null);
    };
    const server = createServer(aedes.handle);
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    const address = server.address();
    if (address && typeof address === 'object') this.port = address.port;
    this.aedes = aedes;
    this.server = server;
  }

  async stop(): Promise<void> {
    const { aedes, server } = this;
    await new Promise<void>((resolve) => (aedes ? aedes.close(() => resolve()) : resolve()));
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  names(): string[] {
    return this.taken.map(({ topic }) => topic.split('/').at(-1) ?? topic);
  }

  private record({ topic, payload, retain }: PublishPacket): void {
    this.taken.push({ topic, payload: JSON.parse(payload.toString()), retain });
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 8000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within 8 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a terminal on a broker', () => {
  const broker = new Broker();
  const firmware = new Firmware('boot1');
  let session: Session;
  let at = 0;

  const pressed = (down: boolean): FirmwareMessage[] =>
    firmware.observe(
      { moving: false, doorState: 'closed', inDoorZone: true },
      down ? ['alarm-button'] : [],
      ++at,
    );
  const sessionWith = (secret: string) =>
    new Session({
      url: `mqtt://127.0.0.1:${broker.port}`,
      terminalId: 'T1',
      secret,
      firmware,
      now: () => at,
      rng: new Rng(1),
    });

  beforeAll(() => broker.start());
  afterAll(() => broker.stop());
  beforeEach(() => {
    broker.taken.length = 0;
    broker.silent = false;
    session = sessionWith('right');
  });
  afterEach(() => session.stop(500));

  it('says online and what is active, and empties what it stored before', async () => {
    session.publish(pressed(true));
    session.start();
    await until(
      'all acknowledged',
      () => session.connected && session.outbox.inFlightCount + session.outbox.queuedCount === 0,
    );
    expect(broker.names()).toEqual(['status', 'telemetry', 'event', 'snapshot']);
    expect(broker.taken[0]).toMatchObject({ payload: { online: true, boot: 'boot1' }, retain: true });
    expect(broker.taken[2]?.payload).toMatchObject({ stored: true, code: 'alarm-button' });
    expect(broker.taken[3]?.payload).toMatchObject({ active: ['alarm-button'] });
    expect(session.sent).toBe(4);
    expect(session.acked).toBe(4);
  });

  it('leaves its will when the line is cut, comes back and loses nothing', async () => {
    session.start();
    await until('connected', () => session.acked >= 2);
    session.cut();
    await until('the will', () => broker.taken.some(({ payload }) => payload.online === false));
    broker.taken.length = 0;
    session.publish(pressed(false));
    session.start();
    await until('the stored event', () => broker.names().includes('event'));
    expect(broker.taken.find(({ payload }) => payload.state === 'cleared')?.payload).toMatchObject({
      stored: true,
    });
  });

  it('repeats unacknowledged messages unchanged after the broker was restarted', async () => {
    session.start();
    await until('connected', () => session.acked >= 2);
    broker.silent = true;
    session.publish(pressed(true));
    await until('in flight', () => session.outbox.inFlightCount > 0);
    await broker.stop();
    await until('seen', () => !session.connected);
    expect(session.lastError).not.toBeNull();
    broker.silent = false;
    broker.taken.length = 0;
    await broker.start();
    await until('repeated', () => broker.taken.some(({ payload }) => payload.state === 'raised'));
    expect(broker.taken.find(({ payload }) => payload.state === 'raised')?.payload.stored).toBeUndefined();
  });

  it('keeps trying with a wrong secret, and says why it is not connected', async () => {
    const wrong = sessionWith('wrong');
    wrong.start();
    await until('refused', () => wrong.lastError !== null);
    expect(wrong.connected).toBe(false);
    expect(wrong.lastError).toMatch(/refused|not authorized|bad user/i);
    await wrong.stop(100);
  });

  it('says offline when it is stopped in order', async () => {
    session.start();
    await until('connected', () => session.acked >= 2);
    await session.stop(1000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const offline = broker.taken.filter(({ payload }) => payload.online === false);
    // One, with its time: the will, which cannot know the time, was not needed.
    expect(offline).toMatchObject([{ payload: { at }, retain: true }]);
  });
});
