import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import mqtt from 'mqtt';
import { generate } from 'mqtt-packet';
import { BrokerRig, secretOf, until } from './testing/broker-rig.js';

const EVENT = 'lift/v1/T1/event';

/** aedes' store of QoS 2 messages whose PUBREL has not come. */
interface IncomingStore {
  incomingGetPacket(client: { id: string }, packet: { messageId: number }): Promise<{ payload: Buffer }>;
}

describe('EdgeBrokerStrategy acknowledges', () => {
  let rig: BrokerRig;
  beforeEach(async () => {
    rig = await BrokerRig.start();
  });
  afterEach(() => rig.stop());

  it('a QoS 1 message only after the handler resolved', async () => {
    const release = rig.hold();
    const terminal = await rig.terminal('T1');
    terminal.publish(EVENT, 'x', 1, 7);
    await until('the handler has it', () => rig.messages.length === 1);
    // Another terminal's whole CONNECT goes through meanwhile: the broker is not just slow.
    await rig.terminal('T2');
    expect(terminal.count('puback')).toBe(0);
    expect(await rig.metric('liftwarden_mqtt_acknowledge_seconds')).toBe(0);
    release();
    expect((await terminal.next('puback')).messageId).toBe(7);
    expect(rig.messages[0]).toMatchObject({ clientId: 'T1', topic: EVENT, qos: 1, allowed: true });
    expect(Buffer.from(rig.messages[0]?.payload ?? []).toString()).toBe('x');
  });

  it('a QoS 2 message with PUBREC only then, and each repetition again', async () => {
    const release = rig.hold();
    const terminal = await rig.terminal('T1');
    terminal.publish(EVENT, 'x', 2, 9);
    await until('the handler has it', () => rig.messages.length === 1);
    await rig.terminal('T2');
    expect(terminal.count('pubrec')).toBe(0);
    release();
    expect((await terminal.next('pubrec')).messageId).toBe(9);
    terminal.publish(EVENT, 'x', 2, 9, true);
    expect((await terminal.next('pubrec')).messageId).toBe(9);
    expect(rig.messages.length).toBe(2);
    for (let times = 0; times < 2; times += 1) {
      terminal.send({ cmd: 'pubrel', messageId: 9 });
      expect((await terminal.next('pubcomp')).messageId).toBe(9);
    }
  });

  it('a QoS 0 message never, and hands it over', async () => {
    const terminal = await rig.terminal('T1');
    terminal.publish(EVENT, 'x', 0);
    terminal.publish(EVENT, 'y', 1, 2);
    await terminal.next('puback');
    expect(rig.messages.map((message) => message.qos)).toEqual([0, 1]);
    expect(terminal.received).toEqual([]);
  });

  it('nothing of a failed batch; cuts its senders, and takes what they send again', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    rig.handler = () => Promise.reject(new Error('disk full'));
    const [first, second, idle] = await Promise.all([
      rig.terminal('T1'),
      rig.terminal('T2'),
      rig.terminal('T3'),
    ]);
    const release = rig.hold();
    first.publish(EVENT, 'x', 1, 1);
    second.publish('lift/v1/T2/event', 'x', 0);
    release();
    await Promise.all([first.closed(), second.closed()]);
    expect(first.count('puback')).toBe(0);
    expect(idle.isClosed).toBe(false);
    expect(await rig.metric('liftwarden_mqtt_batches_failed_total')).toBeGreaterThan(0);
    expect(await rig.metric('liftwarden_mqtt_in_flight_messages')).toBe(0);
    // One line however many batches fail, and one when it works again.
    expect(log).toHaveBeenCalledTimes(1);
    const relief = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    rig.handler = () => undefined;
    const again = await rig.terminal('T1');
    again.publish(EVENT, 'x', 1, 1, true);
    await again.next('puback');
    expect(relief).toHaveBeenCalledTimes(1);
    log.mockRestore();
    relief.mockRestore();
    expect(rig.topics.filter((topic) => topic === EVENT).length).toBe(2);
  });

  it('mqtt.js at every QoS, with a binary and an empty payload', async () => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${rig.strategy.boundPort}`, {
      clientId: 'T1',
      username: 'T1',
      password: secretOf('T1'),
      reconnectPeriod: 0,
    });
    const binary = Buffer.from([0, 255, 1]);
    await client.publishAsync(EVENT, binary, { qos: 2 });
    await client.publishAsync(EVENT, '', { qos: 1 });
    await client.publishAsync(EVENT, 'z', { qos: 0 });
    await until('all three came', () => rig.messages.length === 3);
    expect(rig.messages.map((message) => Buffer.from(message.payload))).toEqual([
      binary,
      Buffer.alloc(0),
      Buffer.from('z'),
    ]);
    await client.endAsync();
  });

  it('5,000 messages of 50 terminals, each terminal in its order, in batches', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `T${index + 1}`);
    const terminals = await Promise.all(ids.map((id) => rig.terminal(id)));
    terminals.forEach((terminal, index) => {
      for (let seq = 1; seq <= 100; seq += 1)
        terminal.publish(`lift/v1/${ids[index]}/event`, `${seq}`, 1, seq);
    });
    await until('all are acknowledged', () =>
      terminals.every((terminal) => terminal.count('puback') === 100),
    );
    const expected = Array.from({ length: 100 }, (_, index) => index + 1);
    terminals.forEach((terminal, index) => {
      const mine = rig.messages.filter((message) => message.clientId === ids[index]);
      expect(mine.map((message) => Number(Buffer.from(message.payload).toString()))).toEqual(expected);
      expect(terminal.received.map((packet) => packet.messageId)).toEqual(expected);
    });
    expect(rig.batches.some((batch) => batch.length > 1)).toBe(true);
    expect(await rig.metric('liftwarden_mqtt_messages_received_total', { qos: '1' })).toBe(5000);
    expect(await rig.metric('liftwarden_mqtt_connections')).toBe(50);
  });

  it('QoS 1 messages in the order in which they came, whichever way they took', async () => {
    const terminal = await rig.terminal('T1');
    const publish = (messageId: number, name: string, retain: boolean) =>
      generate({
        ...{ cmd: 'publish', topic: `lift/v1/T1/${name}`, payload: Buffer.from('x'), qos: 1, dup: false },
        ...{ retain, messageId },
      });
    const one = [publish(1, 'event', false), publish(2, 'status', true), publish(3, 'event', false)];
    terminal.socket.write(Buffer.concat([...one, publish(4, 'status', true), publish(5, 'event', false)]));
    await until('all are acknowledged', () => terminal.count('puback') === 5);
    expect(terminal.received.map((packet) => packet.messageId)).toEqual([1, 2, 3, 4, 5]);
    expect(rig.topics.map((topic) => topic.split('/').at(-1))).toEqual([
      ...['event', 'status', 'event', 'status', 'event'],
    ]);
  });

  it('a terminal that publishes and never pings, for longer than its keep alive', async () => {
    const terminal = await rig.terminal('T1', { keepalive: 1 });
    for (let id = 1; id <= 10; id += 1) {
      terminal.publish(EVENT, 'x', 1, id);
      await terminal.next('puback');
      await sleep(250);
    }
    expect(terminal.isClosed).toBe(false);
    // And no longer when it falls silent: aedes still watches it.
    await terminal.closed();
  });

  it('a half-open QoS 2 exchange without holding its payload, and refuses the 1,001st', async () => {
    const terminal = await rig.terminal('T1');
    for (let id = 1; id <= 1000; id += 1) terminal.publish(EVENT, 'x', 2, id);
    await until('1,000 PUBRECs', () => terminal.count('pubrec') === 1000);
    const { persistence } = rig.strategy.unwrap<{ persistence: IncomingStore }>();
    const kept = await persistence.incomingGetPacket({ id: 'T1' }, { messageId: 500 });
    expect(kept.payload.length).toBe(0);
    terminal.publish(EVENT, 'x', 2, 1001);
    await terminal.closed();
    expect(rig.messages.length).toBe(1001);
    expect(terminal.count('pubrec')).toBe(1000);
  });

  it('answers what is in hand before it closes, and takes no will then', async () => {
    const will = { topic: 'lift/v1/T1/status', payload: Buffer.from('offline'), qos: 1 as const };
    const terminal = await rig.terminal('T1', { will });
    const release = rig.hold();
    terminal.publish(EVENT, 'x', 1, 3);
    await until('the handler has it', () => rig.messages.length === 1);
    const closing = rig.strategy.close();
    expect(rig.strategy.close()).toBe(closing);
    await expect(rig.socket()).rejects.toThrow('ECONNREFUSED');
    expect(terminal.isClosed).toBe(false);
    release();
    expect((await terminal.next('puback')).messageId).toBe(3);
    await closing;
    await terminal.closed();
    expect(rig.topics).toEqual([EVENT]);
    expect(await rig.metric('liftwarden_mqtt_wills_total')).toBe(0);
  });
});

describe('EdgeBrokerStrategy closes', () => {
  it('in time though the handler hangs', async () => {
    const rig = await BrokerRig.start({ closeTimeoutMs: 20 });
    const terminal = await rig.terminal('T1');
    rig.hold();
    terminal.publish(EVENT, 'x');
    await until('the handler has it', () => rig.messages.length === 1);
    await rig.strategy.close();
    await terminal.closed();
    expect(terminal.count('puback')).toBe(0);
    await rig.stop();
  });

  it('without having listened', async () => {
    await expect(new BrokerRig().strategy.close()).resolves.toBeUndefined();
  });
});
