import fc from 'fast-check';
import { generate, type Packet, parser } from 'mqtt-packet';
import { PROFILES } from '#protocol';
import { type Acknowledgement, encodeAcknowledgements } from './acknowledgement.js';
import { readConnack } from './broker-handshake.js';
import { FilterGrants } from './filter-grants.js';
import { FrameCutter } from './frame-cutter.js';
import { KeepAlive } from './keep-alive.js';
import { reconnectDelayMs } from './reconnect-delay.js';
import { parseBrokerUrl, UPLINK_FILTERS } from './shard-consumer.options.js';

describe('encodeAcknowledgements', () => {
  it('is what mqtt-packet writes, in 3.1.1 and 5', () => {
    const kind = fc.constantFrom('puback', 'pubrec', 'pubcomp');
    const acknowledgement: fc.Arbitrary<Acknowledgement> = fc.record({
      kind,
      packetId: fc.integer({ min: 1, max: 65_535 }),
    });
    fc.assert(
      fc.property(fc.array(acknowledgement), fc.constantFrom(4, 5), (list, protocolVersion) => {
        const seen: string[] = [];
        const packets = parser({ protocolVersion });
        packets.on('packet', ({ cmd, messageId, ...rest }: Packet) => {
          seen.push(`${cmd} ${messageId} ${'reasonCode' in rest ? rest.reasonCode : 0}`);
        });
        packets.parse(encodeAcknowledgements(list));
        expect(seen).toEqual(list.map(({ kind: cmd, packetId }) => `${cmd} ${packetId} 0`));
      }),
    );
  });
});

describe('FrameCutter', () => {
  const connack = generate({ cmd: 'connack', returnCode: 0, sessionPresent: false });
  const publish = (payload: Buffer) =>
    generate({ cmd: 'publish', topic: 't', payload, qos: 1, messageId: 1, dup: false, retain: false });

  it('passes everything on, cuts only what is too large, however the bytes are split', () => {
    const limit = 1_000;
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 900, max: 3_000 })), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (lengths, steps) => {
        const stream = Buffer.concat([
          connack,
          ...lengths.map((length, id) => publish(Buffer.alloc(length, id))),
        ]);
        const seen: Buffer[] = [];
        let cuts = 0;
        const packets = parser();
        packets.on('packet', (packet) => {
          if (packet.cmd === 'publish') seen.push(Buffer.from(packet.payload));
        });
        const cutter = new FrameCutter(limit, () => {
          cuts += 1;
        });
        for (let at = 0, step = 0; at < stream.length; step += 1) {
          const end = at + (steps[step % steps.length] ?? 1);
          expect(cutter.accept(stream.subarray(at, end), (part) => packets.parse(part))).toBeNull();
          at = end;
        }
        // Topic and packet id take five bytes of the remaining length.
        expect(seen).toEqual(lengths.map((length, id) => Buffer.alloc(Math.min(length, limit - 5), id)));
        expect(cuts).toBe(lengths.filter((length) => length > limit - 5).length);
      }),
    );
  });

  it.each([
    ['not-mqtt', Buffer.from('HTTP/1.1')],
    ['malformed-length', Buffer.concat([connack, Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 1])])],
    ['control-packet-too-large', Buffer.concat([connack, Buffer.from([0x90, 0xff, 0xff, 0x7f])])],
  ])('refuses %s', (refusal, bytes) => {
    expect(new FrameCutter(1_000_000, () => undefined).accept(bytes, () => undefined)).toBe(refusal);
  });
});

describe('KeepAlive', () => {
  it('pings at half the keepalive and needs a sign of life in the other half', () => {
    const alive = new KeepAlive(10_000, 0);
    expect([1_000, 4_999, 5_000, 6_000].map((now) => alive.step(now, true))).toEqual([
      'nothing',
      'nothing',
      'ping',
      'nothing',
    ]);
    alive.heard();
    expect([10_000, 14_999, 15_000].map((now) => alive.step(now, true))).toEqual(['ping', 'nothing', 'dead']);
  });

  it('does not count the time in which we did not read', () => {
    const alive = new KeepAlive(10_000, 0);
    expect(alive.step(5_000, true)).toBe('ping');
    expect(alive.step(12_000, false)).toBe('ping');
    expect(alive.step(16_999, true)).not.toBe('dead');
    expect(alive.step(17_000, true)).toBe('dead');
  });

  it('does nothing without a keepalive', () => {
    expect(new KeepAlive(0, 0).step(1e9, true)).toBe('nothing');
  });
});

describe('reconnectDelayMs', () => {
  it.each([
    [0, 200, 400],
    [1, 400, 800],
    [4, 3_200, 6_400],
    [5, 5_000, 10_000],
    [1_000_000, 5_000, 10_000],
  ])('attempt %i waits %i to %i ms', (attempt, least, most) => {
    expect(reconnectDelayMs(attempt, () => 0)).toBe(least);
    expect(reconnectDelayMs(attempt, () => 1)).toBe(most);
  });
});

describe('FilterGrants', () => {
  const filters = Array.from({ length: 1_201 }, (_, index) => `f/${index}`);

  it('asks in packets of 500 and again for what was refused', () => {
    const grants = new FilterGrants(1, 4);
    const packets = grants.ask(filters);
    expect(packets.map(({ subscriptions }) => subscriptions.length)).toEqual([500, 500, 201]);
    for (const { messageId, subscriptions } of packets) {
      const codes = subscriptions.map(({ topic }) => (topic === 'f/600' ? 0x80 : topic === 'f/601' ? 0 : 1));
      const odd = grants.answer(messageId ?? 0, codes)?.filter(({ verdict }) => verdict !== 'granted');
      expect(odd?.map(({ filter, verdict }) => `${filter} ${verdict}`)).toEqual(
        subscriptions.some(({ topic }) => topic === 'f/600') ? ['f/600 refused', 'f/601 lowered'] : [],
      );
    }
    expect([grants.waiting, grants.complete]).toEqual([false, false]);
    const [again] = grants.askAgain();
    expect(again?.subscriptions.map(({ topic }) => topic)).toEqual(['f/600']);
    grants.answer(again?.messageId ?? 0, [1]);
    expect(grants.complete).toBe(true);
  });

  it('knows an answer to nothing, and one of another length', () => {
    const grants = new FilterGrants(1, 5);
    const [asked] = grants.ask(['a', 'b']);
    expect(grants.answer(99, [1, 1])).toBeNull();
    expect(grants.answer(asked?.messageId ?? 0, [1])).toBeNull();
  });
});

describe('readConnack', () => {
  it('says what an MQTT 5 broker keeps less than asked for', () => {
    const properties = {
      sessionExpiryInterval: 60,
      serverKeepAlive: 12,
      maximumQoS: 0,
      wildcardSubscriptionAvailable: false,
    };
    const answer = readConnack({ cmd: 'connack', reasonCode: 0, sessionPresent: true, properties }, 5, 30);
    expect(answer).toMatchObject({ accepted: true, sessionPresent: true, keepaliveMs: 12_000 });
    expect(answer.accepted ? answer.warnings.length : 0).toBe(3);
  });

  it.each([
    [4, 1, 'unsupported-version'],
    [5, 1, 'unsupported-version'],
    [5, 132, 'unsupported-version'],
    [4, 5, 'refused'],
    [5, 135, 'refused'],
  ] as const)('version %i, code %i: %s', (version, code, reason) => {
    const packet = { cmd: 'connack', sessionPresent: false, reasonCode: code, returnCode: code } as const;
    expect(readConnack(packet, version, 30)).toMatchObject({ accepted: false, reason });
  });
});

describe('options', () => {
  it.each([
    ['mqtt://h', 'h', 1883, 'mqtt://h:1883'],
    ['mqtts://u:p%40ss@h:1', 'h', 1, 'mqtts://h:1'],
    ['ws://h/mqtt?x=1', 'h', 80, 'ws://h:80/mqtt?x=1'],
    ['wss://u:p@[::1]:9/', '::1', 9, 'wss://[::1]:9/'],
  ])('%s', (url, host, port, shown) => {
    expect(parseBrokerUrl(url)).toMatchObject({ host, port, shown });
  });

  it.each(['http://h', 'nonsense', 'mqtt://', 'mqtt://u:%zz-secret@h'])(
    'refuses %s without its password',
    (url) => {
      expect(() => parseBrokerUrl(url)).toThrow(/^(?!.*secret).*broker URL/);
    },
  );

  it('asks for what every profile publishes', () => {
    const published = [...PROFILES.values()].flatMap((profile) => profile.uplinkFilters);
    expect(new Set(UPLINK_FILTERS)).toEqual(new Set(published));
    expect(UPLINK_FILTERS).toHaveLength(new Set(published).size);
  });
});
