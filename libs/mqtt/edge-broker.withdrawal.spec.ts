import { BrokerRig, until } from './testing/broker-rig.js';

const RETAINED = {
  cmd: 'publish',
  topic: 'lift/v1/T1/status',
  payload: 'online',
  qos: 1,
  dup: false,
  retain: true,
  messageId: 1,
} as const;

describe('EdgeBrokerStrategy, when a right is withdrawn', () => {
  let rig: BrokerRig;
  beforeEach(async () => {
    rig = await BrokerRig.start();
  });
  afterEach(() => rig.stop());

  /** Topics of the retained messages, and how many halves of QoS 2 exchanges are kept of T1. */
  async function kept(): Promise<readonly [readonly string[], boolean]> {
    const { persistence } = rig.strategy.unwrap<{
      persistence: {
        createRetainedStream(pattern: string): AsyncIterable<{ topic: string }>;
        incomingGetPacket(client: object, packet: object): Promise<unknown>;
      };
    }>();
    const topics: string[] = [];
    for await (const { topic } of persistence.createRetainedStream('#')) topics.push(topic);
    const half = await persistence.incomingGetPacket({ id: 'T1' }, { messageId: 7 }).then(
      () => true,
      () => false,
    );
    return [topics, half];
  }

  it('cuts a revoked terminal off and forgets what it kept of it, and of no other', async () => {
    const terminal = await rig.terminal('T1', { will: { ...RETAINED, payload: Buffer.from('offline') } });
    const other = await rig.terminal('T2');
    terminal.send(RETAINED);
    other.send({ ...RETAINED, topic: 'lift/v1/T2/status' });
    await Promise.all([terminal.next('puback'), other.next('puback')]);
    terminal.publish('lift/v1/T1/event', 'half', 2, 7);
    await terminal.next('pubrec');
    expect(await kept()).toEqual([['lift/v1/T1/status', 'lift/v1/T2/status'], true]);
    rig.access.revoke('T1');
    await terminal.closed();
    await until(
      'all is forgotten',
      async () => JSON.stringify(await kept()) === '[["lift/v1/T2/status"],false]',
    );
    expect(other.isClosed).toBe(false);
    const reason = 'revoked';
    expect(await rig.metric('liftwarden_mqtt_connections_withdrawn_total', { reason })).toBe(1);
    await expect(rig.terminal('T1')).rejects.toThrow('CONNACK 4');
    // Its will came after the revocation: kept for quarantine, not retained.
    await until('the will', () =>
      rig.messages.some(({ payload }) => Buffer.from(payload).toString() === 'offline'),
    );
    expect(rig.messages.at(-1)).toMatchObject({ clientId: 'T1', allowed: false });
    expect((await kept())[0]).toEqual(['lift/v1/T2/status']);
  });

  it('forgets what a message taken before the revocation retains after it', async () => {
    const terminal = await rig.terminal('T1');
    const release = rig.hold();
    terminal.send(RETAINED);
    await until('the message is in hand', () => rig.messages.length === 1);
    rig.access.revoke('T1');
    await terminal.closed();
    release();
    await until('it was retained or not', () => rig.strategy.inFlightMessages === 0);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect((await kept())[0]).toEqual([]);
  });

  it('cuts off a terminal that does not read, and drops what waits for it', async () => {
    const terminal = await rig.terminal('T1');
    terminal.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'lift/v1/T1/command', qos: 1 }],
    });
    await terminal.next('suback');
    terminal.socket.pause();
    const large = Buffer.alloc(512 * 1024);
    for (let n = 0; n < 20; n += 1) void rig.strategy.downlink.send('T1', 'lift/v1/T1/command', large);
    await new Promise((resolve) => setTimeout(resolve, 50));
    rig.access.revoke('T1');
    await until(
      'the connection is gone',
      async () => (await rig.metric('liftwarden_mqtt_connections')) === 0,
    );
    terminal.socket.resume();
    await terminal.closed();
    expect(terminal.count('publish')).toBeLessThan(20);
  });

  it('cuts off a connection that was being admitted while its terminal was revoked', async () => {
    let admit: (() => void) | null = null;
    rig.access.authenticate = () =>
      new Promise((resolve) => {
        admit = () => resolve(null);
      });
    const terminal = await rig.socket();
    terminal.connect('T1');
    await until('the directory is asked', () => admit !== null);
    rig.access.revoke('T1');
    (admit as (() => void) | null)?.();
    await terminal.closed();
    await until('it is gone', async () => (await rig.metric('liftwarden_mqtt_connections')) === 0);
  });

  it('cuts off the connection made with the old secret, and welcomes the new one', async () => {
    const terminal = await rig.terminal('T1');
    terminal.send(RETAINED);
    await terminal.next('puback');
    rig.access.replaceSecret('T1');
    await terminal.closed();
    const again = await rig.terminal('T1');
    again.publish('lift/v1/T1/event', 'x');
    await again.next('puback');
    expect((await kept())[0]).toEqual(['lift/v1/T1/status']);
  });
});
