import { BrokerRig, until } from './testing/broker-rig.js';

const TELEMETRY = 'lift/v1/T1/telemetry';
const EVENT = 'lift/v1/T1/event';

/** Ten messages at once, then ten a second; five may wait. */
const LIMITS = { terminalRatePerSecond: 10, terminalBurst: 10, waitingPerTerminalMax: 5 };

describe('EdgeBrokerStrategy and a terminal over its rate', () => {
  let rig: BrokerRig;
  beforeEach(async () => {
    rig = await BrokerRig.start(LIMITS);
  });
  afterEach(() => rig.stop());

  const payloads = (topic: string) =>
    rig.messages
      .filter((message) => message.topic === topic)
      .map(({ payload }) => Buffer.from(payload).toString());

  it('makes its QoS 1 telemetry wait, in order, while its events and pings pass and others notice nothing', async () => {
    const greedy = await rig.terminal('T1');
    const modest = await rig.terminal('T2');
    for (let n = 0; n < 14; n++) greedy.publish(TELEMETRY, `${n}`);
    greedy.publish(EVENT, 'trapped');
    greedy.send({ cmd: 'pingreq' });
    await greedy.next('pingresp');
    await until('the event', () => rig.topics.includes(EVENT));
    expect(payloads(TELEMETRY)).toHaveLength(10);
    modest.publish('lift/v1/T2/telemetry', 'here');
    await modest.next('puback');
    await until('what waited', () => payloads(TELEMETRY).length === 14);
    expect(payloads(TELEMETRY)).toEqual(Array.from({ length: 14 }, (_, n) => `${n}`));
    expect(await rig.metric('liftwarden_mqtt_telemetry_slowed_total')).toBe(4);
  });

  it('leaves out its QoS 0 telemetry and counts it', async () => {
    const greedy = await rig.terminal('T1');
    for (let n = 0; n < 30; n++) greedy.publish(TELEMETRY, `${n}`, 0);
    greedy.publish(EVENT, 'trapped');
    await greedy.next('puback');
    expect(payloads(TELEMETRY)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
    expect(await rig.metric('liftwarden_mqtt_telemetry_shed_total')).toBe(20);
  });

  it('cuts it when more waits than may, and hands on nothing of what waited', async () => {
    const greedy = await rig.terminal('T1');
    for (let n = 0; n < 16; n++) greedy.publish(TELEMETRY, `${n}`);
    await greedy.closed();
    expect(await rig.metric('liftwarden_mqtt_packets_refused_total', { reason: 'rate-exceeded' })).toBe(1);
    await until(
      'an empty waiting room',
      async () => (await rig.metric('liftwarden_mqtt_waiting_messages')) === 0,
    );
    expect(payloads(TELEMETRY)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
  });

  it('lets one that only has much to say once say it', async () => {
    await rig.stop();
    rig = await BrokerRig.start();
    const back = await rig.terminal('T1');
    for (let n = 0; n < 4_000; n++) back.publish(TELEMETRY, `${n}`);
    await until('everything', () => payloads(TELEMETRY).length === 4_000);
    expect(await rig.metric('liftwarden_mqtt_telemetry_slowed_total')).toBe(0);
  });
});
