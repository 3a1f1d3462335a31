import type { IConnectPacket } from 'mqtt-packet';
import { BrokerRig, until } from './testing/broker-rig.js';

const status = (id: string, payload = 'offline') => ({
  topic: `lift/v1/${id}/status`,
  payload: Buffer.from(payload),
  qos: 1 as const,
  retain: true,
});

describe('EdgeBrokerStrategy', () => {
  let rig: BrokerRig;
  beforeEach(async () => {
    rig = await BrokerRig.start();
  });
  afterEach(() => rig.stop());

  const refusals: readonly [string, string, Partial<IConnectPacket>, number, string][] = [
    ['a wrong secret', 'T1', { password: Buffer.from('no') }, 4, 'wrong-secret'],
    ['an unknown terminal', 'X1', {}, 4, 'unknown-terminal'],
    ['an empty secret', 'T1', { password: Buffer.alloc(0) }, 4, 'no-credentials'],
    ['another user name', 'T1', { username: 'T2' }, 2, 'client-id-differs'],
    ['__proto__', '__proto__', {}, 2, 'invalid-client-id'],
    ['constructor of nobody', 'constructor', {}, 4, 'unknown-terminal'],
    ['a wildcard as id', '#', {}, 2, 'invalid-client-id'],
    ['a will to another', 'T1', { will: status('T2') }, 5, 'will-not-allowed'],
    ['a will to $SYS', 'T1', { will: { ...status('T1'), topic: '$SYS/x' } }, 5, 'will-not-allowed'],
    ['a large will', 'T1', { will: status('T1', 'x'.repeat(5000)) }, 5, 'will-not-allowed'],
    ['a directory that is down', 'T500', {}, 3, 'directory-unavailable'],
    ['MQTT 5', 'T1', { protocolVersion: 5 }, 1, 'unsupported-protocol'],
  ];
  it.each(refusals)('refuses %s', async (_name, id, more, code, reason) => {
    const peer = await rig.socket();
    peer.connect(id, more);
    expect((await peer.next('connack')).returnCode).toBe(code);
    await peer.closed();
    expect(await rig.metric('liftwarden_mqtt_connections_refused_total')).toBe(1);
    expect(await rig.metric('liftwarden_mqtt_connections_refused_total', { reason })).toBe(1);
    expect(rig.messages).toEqual([]);
  });

  it('refuses anonymous connections', async () => {
    const peer = await rig.socket();
    peer.send({ cmd: 'connect', clientId: 'T1', keepalive: 0, clean: true });
    expect((await peer.next('connack')).returnCode).toBe(4);
    await peer.closed();
    expect(await rig.metric('liftwarden_mqtt_connections_refused_total', { reason: 'no-credentials' })).toBe(
      1,
    );
  });

  it('refuses a revoked terminal, and forwards nothing more to one revoked while connected', async () => {
    const terminal = await rig.terminal('T1');
    terminal.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'lift/v1/T1/command', qos: 1 }],
    });
    await terminal.next('suback');
    rig.access.revoked.add('T1');
    await rig.strategy.publish('lift/v1/T1/command', Buffer.from('x'), 1);
    expect(terminal.count('publish')).toBe(0);
    expect(rig.strategy.disconnect('T1')).toBe(true);
    await terminal.closed();
    expect(rig.strategy.disconnect('T1')).toBe(false);
    await expect(rig.terminal('T1')).rejects.toThrow('CONNACK 4');
  });

  it('takes the will of a terminal whose network dies, and none after a DISCONNECT', async () => {
    const lost = await rig.terminal('T1', { will: status('T1') });
    const leaving = await rig.terminal('T2', { will: status('T2') });
    leaving.send({ cmd: 'disconnect' });
    await leaving.closed();
    lost.cut();
    await until('the will came', () => rig.messages.length > 0);
    expect(rig.messages).toEqual([
      expect.objectContaining({ clientId: 'T1', topic: 'lift/v1/T1/status', qos: 1, allowed: true }),
    ]);
    expect(await rig.metric('liftwarden_mqtt_wills_total')).toBe(1);
  });

  it('gives the will of a terminal that lost its right since CONNECT as not allowed', async () => {
    const lost = await rig.terminal('T1', { will: status('T1') });
    rig.access.revoked.add('T1');
    lost.cut();
    await until('the will came', () => rig.messages.length > 0);
    expect(rig.messages[0]?.allowed).toBe(false);
  });

  it('ends the older connection of the same terminal, its will first', async () => {
    const older = await rig.terminal('T1', { will: status('T1') });
    const newer = await rig.terminal('T1');
    await older.closed();
    newer.publish('lift/v1/T1/status', 'online');
    await newer.next('puback');
    expect(rig.messages.map((message) => Buffer.from(message.payload).toString())).toEqual([
      'offline',
      'online',
    ]);
    expect(newer.isClosed).toBe(false);
    expect(await rig.metric('liftwarden_mqtt_connections')).toBe(1);
  });

  it('ends the older connection even when the one before was just ending: aedes misses it', async () => {
    const first = await rig.terminal('T1');
    first.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'lift/v1/T1/command', qos: 1 }] });
    await first.next('suback');
    let accept: (() => void) | null = null;
    rig.access.authenticate = () =>
      new Promise((resolve) => {
        accept = () => resolve(null);
      });
    const second = await rig.socket();
    second.connect('T1');
    await until('the directory is asked', () => accept !== null);
    // With a subscription the first one takes a turn of the loop to end; the second registers within it.
    rig.strategy.disconnect('T1');
    (accept as (() => void) | null)?.();
    await second.next('connack');
    rig.access.authenticate = async () => null;
    const third = await rig.terminal('T1');
    await second.closed();
    third.publish('lift/v1/T1/event', 'x');
    await third.next('puback');
    expect(await rig.metric('liftwarden_mqtt_connections')).toBe(1);
  });

  it('keeps one connection when ten of the same terminal, with subscriptions, arrive at once', async () => {
    const peers = await Promise.all(Array.from({ length: 10 }, () => rig.socket()));
    const subscriptions = [{ topic: 'lift/v1/T1/command', qos: 1 as const }];
    for (const peer of peers) {
      peer.connect('T1');
      peer.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    }
    await until('one is left', () => peers.filter((peer) => !peer.isClosed).length === 1);
    const survivor = peers.find((peer) => !peer.isClosed);
    survivor?.publish('lift/v1/T1/event', 'x');
    await survivor?.next('puback');
    expect(await rig.metric('liftwarden_mqtt_connections')).toBe(1);
  });

  it.each([
    '#',
    '+/v1/T1/command',
    'lift/v1/+/command',
    '$share/g/#',
    '$SYS/#',
    'lift/v1/T2/command',
    '__proto__',
  ])('grants no subscription to %p', async (topic) => {
    const terminal = await rig.terminal('T1');
    const own = { topic: 'lift/v1/T1/command', qos: 1 as const };
    terminal.send({ cmd: 'subscribe', messageId: 4, subscriptions: [{ topic, qos: 1 }, own] });
    expect((await terminal.next('suback')).granted).toEqual([128, 1]);
    expect(await rig.metric('liftwarden_mqtt_subscriptions_refused_total')).toBe(1);
    await rig.strategy.publish('lift/v1/T2/command', Buffer.from('not for T1'), 1);
    await rig.strategy.publish('lift/v1/T1/command', Buffer.from('for T1'), 1);
    const [only] = [await terminal.next('publish')];
    expect(only.topic).toBe('lift/v1/T1/command');
  });

  it.each(['lift/v1/T2/event', '$SYS/broker/x', '__proto__', 'lift/v1/T1/throw'])(
    'keeps a message to %p, then cuts its sender off',
    async (topic) => {
      const terminal = await rig.terminal('T1');
      const bystander = await rig.terminal('T2');
      terminal.publish('lift/v1/T1/event', 'good', 1, 1);
      terminal.publish(topic, 'bad', 1, 2);
      await terminal.closed();
      expect(terminal.received.map((packet) => packet.messageId)).toEqual([1]);
      expect(rig.messages.map((message) => [message.topic, message.allowed])).toEqual([
        ['lift/v1/T1/event', true],
        [topic, false],
      ]);
      expect(await rig.metric('liftwarden_mqtt_publishes_refused_total')).toBe(1);
      expect(bystander.isClosed).toBe(false);
    },
  );

  it('keeps no session of an absent terminal', async () => {
    const terminal = await rig.terminal('T1', { clean: false });
    const subscriptions = [{ topic: 'lift/v1/T1/command', qos: 1 as const }];
    terminal.send({ cmd: 'subscribe', messageId: 1, subscriptions });
    await terminal.next('suback');
    expect(await rig.strategy.downlink.send('T1', 'lift/v1/T1/command', Buffer.from('now'))).toBe('sent');
    expect((await terminal.next('publish')).payload.toString()).toBe('now');
    terminal.cut();
    await until('it is gone', async () => (await rig.metric('liftwarden_mqtt_connections')) === 0);
    expect(await rig.strategy.downlink.send('T1', 'lift/v1/T1/command', Buffer.from('late'))).toBe(
      'not-connected',
    );
    const again = await rig.socket();
    again.connect('T1', { clean: false });
    expect((await again.next('connack')).sessionPresent).toBe(false);
    expect(await rig.strategy.downlink.send('T1', 'lift/v1/T1/command', Buffer.from('x'))).toBe(
      'not-subscribed',
    );
    expect(again.count('publish')).toBe(0);
  });

  it('retains a terminal’s own status and nothing else', async () => {
    rig.access.maySubscribe = (id, filter) => filter.startsWith(`lift/v1/${id}/`);
    const terminal = await rig.terminal('T1');
    const retained = { cmd: 'publish', qos: 1, dup: false, retain: true } as const;
    terminal.send({ ...retained, topic: 'lift/v1/T1/status', payload: 'online', messageId: 1 });
    terminal.send({ ...retained, topic: 'lift/v1/T1/event', payload: 'event', messageId: 2 });
    await terminal.next('puback');
    await terminal.next('puback');
    const subscriptions = ['status', 'event'].map((name) => ({
      topic: `lift/v1/T1/${name}`,
      qos: 0 as const,
    }));
    terminal.send({ cmd: 'subscribe', messageId: 3, subscriptions });
    const found = await terminal.next('publish');
    expect([found.topic, found.payload.toString(), found.retain]).toEqual([
      'lift/v1/T1/status',
      'online',
      true,
    ]);
    terminal.send({ cmd: 'pingreq' });
    await terminal.next('pingresp');
    expect(terminal.count('publish')).toBe(0);
  });
});
