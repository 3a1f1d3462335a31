import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { Aedes } from 'aedes';
import { generate } from 'mqtt-packet';
import { BrokerRig, type RawTerminal, until } from './testing/broker-rig.js';

const EVENT = 'lift/v1/T1/event';
const packetsRefused = 'liftwarden_mqtt_packets_refused_total';

describe('EdgeBrokerStrategy bounds', () => {
  let rig: BrokerRig;
  afterEach(() => rig.stop());

  it('cuts a packet over the bound at its header, and answers the whole packets before it', async () => {
    rig = await BrokerRig.start({ packetMaxBytes: 50_000 });
    const terminal = await rig.terminal('T1');
    const good = generate({
      cmd: 'publish',
      topic: EVENT,
      payload: 'x',
      qos: 1,
      messageId: 5,
      dup: false,
      retain: false,
    });
    // 200 MiB announced; one byte of it sent, so that only the announcement can be the reason.
    terminal.socket.write(Buffer.concat([good, Buffer.from([0x32, 0x80, 0x80, 0x80, 0x64, 0x00])]));
    expect((await terminal.next('puback')).messageId).toBe(5);
    await terminal.closed();
    expect(rig.topics).toEqual([EVENT]);
    expect(await rig.metric(packetsRefused, { reason: 'packet-too-large' })).toBe(1);
  });

  it('reads no more than a chunk or two of a packet over the bound, however much is sent', async () => {
    rig = await BrokerRig.start({ packetMaxBytes: 50_000 });
    const connections: Socket[] = [];
    rig.strategy.unwrap<Aedes>().on('client', (client) => connections.push(client.conn as Socket));
    const terminal = await rig.terminal('T1');
    terminal.socket.write(
      Buffer.concat([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64]), Buffer.alloc(20_000_000)]),
    );
    await terminal.closed();
    expect(connections.length).toBe(1);
    expect(connections[0]?.bytesRead).toBeLessThan(300_000);
    expect(rig.strategy.incompleteBytes).toBe(0);
    expect(await rig.metric(packetsRefused, { reason: 'packet-too-large' })).toBe(1);
  });

  it('takes a payload just within the bound, in pieces', async () => {
    rig = await BrokerRig.start({ packetMaxBytes: 300_000 });
    const terminal = await rig.terminal('T1');
    const payload = Buffer.alloc(300_000 - 2 - EVENT.length - 2, 7);
    terminal.publish(EVENT, payload);
    await terminal.next('puback');
    expect(Buffer.compare(Buffer.from(rig.messages[0]?.payload ?? []), payload)).toBe(0);
  });

  it.each([
    ['garbage', Buffer.from('\u0001\u0002garbage\u0000'), 'not-mqtt'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not-mqtt'],
    ['a CONNECT of 1 MiB', Buffer.from([0x10, 0x80, 0x80, 0x40]), 'packet-too-large-before-connack'],
  ])('cuts %s before it is parsed', async (_name, bytes, reason) => {
    rig = await BrokerRig.start();
    const peer = await rig.socket();
    peer.socket.write(bytes);
    await peer.closed();
    expect(await rig.metric(packetsRefused, { reason })).toBe(1);
  });

  it.each([
    ['a broken CONNECT', Buffer.from([0x10, 0x02, 0x00, 0x00])],
    ['a CONNECT cut short', Buffer.from([0x10, 0x06, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54])],
  ])('survives %s', async (_name, bytes) => {
    rig = await BrokerRig.start();
    const peer = await rig.socket();
    peer.socket.write(bytes);
    await peer.closed();
    await rig.terminal('T1');
    expect(await rig.metric('liftwarden_mqtt_connection_errors_total')).toBeGreaterThan(0);
  });

  it.each([
    ['a second CONNECT', generate({ cmd: 'connect', clientId: 'T1', keepalive: 0, clean: true })],
    ['a server’s packet', generate({ cmd: 'suback', messageId: 1, granted: [0] })],
    ['QoS 3', Buffer.from([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01])],
    ['a wildcard topic', Buffer.from([0x30, 0x03, 0x00, 0x01, 0x23])],
    ['an empty topic', Buffer.from([0x30, 0x02, 0x00, 0x00])],
    ['a NUL in a topic', Buffer.from([0x30, 0x03, 0x00, 0x01, 0x00])],
    ['a topic longer than its packet', Buffer.from([0x30, 0x03, 0xff, 0xff, 0x61])],
  ])('cuts a terminal that sends %s, and nobody else', async (_name, bytes) => {
    rig = await BrokerRig.start();
    const [terminal, bystander] = [await rig.terminal('T1'), await rig.terminal('T2')];
    terminal.socket.write(bytes);
    await terminal.closed();
    expect(rig.messages).toEqual([]);
    bystander.publish('lift/v1/T2/event', 'x');
    await bystander.next('puback');
  });

  it.each([101, 250, 5_000])('survives %i topic levels in a message, a filter and a will', async (levels) => {
    rig = await BrokerRig.start();
    const deep = `lift/v1/T1${'/a'.repeat(levels)}`;
    const publisher = await rig.terminal('T1');
    publisher.publish(deep, 'x');
    await publisher.closed();
    const subscriber = await rig.terminal('T1');
    subscriber.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: deep, qos: 0 }] });
    await subscriber.closed();
    await expect(rig.terminal('T1', { will: { topic: deep, payload: Buffer.from('x') } })).rejects.toThrow(
      'CONNACK 5',
    );
    await rig.terminal('T1');
    expect(rig.messages).toEqual([]);
  });

  it('survives an error of the broker library and of a socket', async () => {
    rig = await BrokerRig.start();
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    rig.strategy.unwrap<EventEmitter>().emit('error', new Error('persistence'));
    expect(log).toHaveBeenCalledWith('MQTT broker: persistence');
    log.mockRestore();
    const terminal = await rig.terminal('T1');
    terminal.socket.resetAndDestroy();
    await until('it is gone', async () => (await rig.metric('liftwarden_mqtt_connections')) === 0);
    await rig.terminal('T1');
  });

  it('delivers an empty payload', async () => {
    rig = await BrokerRig.start();
    const terminal = await rig.terminal('T1');
    terminal.publish(EVENT, '');
    await terminal.next('puback');
    expect(rig.messages[0]?.payload.length).toBe(0);
  });

  it('stops reading at the bound of messages in flight and goes on when it has room', async () => {
    rig = await BrokerRig.start({ inFlightMax: 20, batchMax: 10 });
    const ids = ['T1', 'T2', 'T3'];
    const terminals = await Promise.all(ids.map((id) => rig.terminal(id)));
    const release = rig.hold();
    // One write a message: each could be a chunk of its own, which aedes alone would read without a bound.
    const each = 60;
    for (let seq = 1; seq <= each; seq += 1) {
      terminals.forEach((terminal, index) => {
        terminal.publish(`lift/v1/${ids[index]}/event`, `${seq}`, 1, seq);
      });
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await until(
      'reading stopped',
      async () => (await rig.metric('liftwarden_mqtt_reading_paused_total')) > 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    const inFlight = rig.strategy.inFlightMessages;
    expect(inFlight).toBeGreaterThanOrEqual(20);
    expect(inFlight).toBeLessThan(20 + each);
    release();
    await until('all are acknowledged', () =>
      terminals.every((terminal) => terminal.count('puback') === each),
    );
    for (const id of ids) {
      const mine = rig.messages.filter((message) => message.clientId === id);
      expect(mine.map((message) => Number(Buffer.from(message.payload)))).toEqual(
        Array.from({ length: each }, (_, index) => index + 1),
      );
    }
    expect(rig.strategy.inFlightMessages).toBe(0);
  });

  it('refuses packets that would not fit into the room for incomplete ones', async () => {
    rig = await BrokerRig.start({ incompleteMaxBytes: 100_000 });
    const [first, second] = [await rig.terminal('T1'), await rig.terminal('T2')];
    const begin = (terminal: RawTerminal) =>
      terminal.socket.write(Buffer.from([0x30, 0xe0, 0xd4, 0x03, 0x00]));
    begin(first);
    await until('it holds room', () => rig.strategy.incompleteBytes === 60_000);
    begin(second);
    await second.closed();
    expect(await rig.metric(packetsRefused, { reason: 'no-room-for-incomplete-packets' })).toBe(1);
    first.cut();
    await until('the room is free', () => rig.strategy.incompleteBytes === 0);
  });

  it('bounds the number of connections', async () => {
    rig = await BrokerRig.start({ connectionsMax: 2 });
    await rig.terminal('T1');
    await rig.terminal('T2');
    const third = await rig.socket();
    await third.closed();
    expect(
      await rig.metric('liftwarden_mqtt_connections_refused_total', { reason: 'too-many-connections' }),
    ).toBe(1);
  });

  it('bounds the time of a connection that says nothing, or whose directory never answers', async () => {
    rig = await BrokerRig.start({ connectTimeoutMs: 50 });
    const reason = 'authentication-timeout';
    const silent = await rig.socket();
    await silent.closed();
    expect(await rig.metric('liftwarden_mqtt_connections_refused_total', { reason })).toBe(1);
    rig.access.authenticate = () => new Promise(() => {});
    const waiting = await rig.socket();
    waiting.connect('T1');
    await waiting.closed();
    expect(await rig.metric('liftwarden_mqtt_connections_refused_total', { reason })).toBe(2);
    expect(waiting.count('connack')).toBe(0);
  });

  it('bounds the time of one packet, dripping or not, and leaves idle terminals alone', async () => {
    rig = await BrokerRig.start({ packetTimeoutMs: 60 });
    const [dripping, idle] = [await rig.terminal('T1'), await rig.terminal('T2')];
    dripping.socket.write(Buffer.from([0x30, 0x80, 0x08]));
    const drip = setInterval(() => dripping.socket.write(Buffer.from([0])), 5);
    await dripping.closed();
    clearInterval(drip);
    expect(await rig.metric(packetsRefused, { reason: 'incomplete-packet-timeout' })).toBe(1);
    expect(idle.isClosed).toBe(false);
  });
});
