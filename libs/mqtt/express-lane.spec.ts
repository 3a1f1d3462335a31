import fc from 'fast-check';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { ExpressLane } from './express-lane.js';
import { FrameGuard } from './frame-guard.js';

const { generate, parser } = mqttPacket;

/** What arrived by either way, in the order in which it was seen. */
type Seen = string;
const seenPublish = (topic: string, payload: Uint8Array, id: number | null | undefined) =>
  `${topic} ${Buffer.from(payload).toString('hex')} ${id ?? '-'}`;

interface Way {
  readonly seen: Seen[];
  readonly express: number;
}

/** Plays chunks of a stream behind an accepted CONNECT into the lane; aedes is a parser of all it is left. */
function play(chunks: readonly Buffer[], options: { keepAliveMs?: number; stepMs?: number } = {}): Way {
  const { keepAliveMs = 0, stepMs = 0 } = options;
  const seen: Seen[] = [];
  let express = 0;
  const guard = new FrameGuard(65_536);
  guard.accept(generate({ cmd: 'connect', clientId: 'T' } as Packet));
  guard.authenticated = true;
  const aedes = parser();
  aedes.on('packet', (packet: Packet) => {
    if (packet.cmd !== 'publish') seen.push(packet.cmd);
    else
      seen.push(seenPublish(packet.topic, Buffer.from(packet.payload), packet.qos ? packet.messageId : null));
  });
  aedes.on('error', (error: Error) => seen.push(error.message));
  const lane = new ExpressLane(false, keepAliveMs, 0, (topic, payload, id) => {
    express += 1;
    seen.push(seenPublish(topic, payload, id));
  });
  chunks.forEach((chunk, nth) => {
    expect(guard.accept(chunk)).toBeNull();
    const left = lane.accept(chunk, guard.atBorder, guard.incompleteBytes, nth * stepMs);
    if (left !== null) aedes.parse(left);
  });
  return { seen, express };
}

function parsed(stream: Buffer): Seen[] {
  const seen: Seen[] = [];
  const whole = parser();
  whole.on('packet', (packet: Packet) => {
    if (packet.cmd !== 'publish') seen.push(packet.cmd);
    else
      seen.push(seenPublish(packet.topic, Buffer.from(packet.payload), packet.qos ? packet.messageId : null));
  });
  whole.parse(stream);
  return seen;
}

const publish = fc
  .record({
    topic: fc.constantFrom('lift/v1/T/telemetry', 'lift/v1/T/event', 'lift/v1/T/梯', 'a'),
    payload: fc.uint8Array({ maxLength: 6_000 }),
    qos: fc.constantFrom(0, 1, 1, 1, 2),
    retain: fc.boolean(),
    dup: fc.boolean(),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  })
  .map(({ payload, qos, dup, retain, ...rest }) =>
    generate({
      ...{ cmd: 'publish', payload: Buffer.from(payload), qos, dup: dup && qos > 0 },
      ...{ retain: retain && rest.messageId % 3 === 0 },
      ...rest,
    } as Packet),
  );
const other = fc
  .constantFrom<Packet>(
    { cmd: 'pingreq' },
    { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'lift/v1/T/command', qos: 1 }] },
    { cmd: 'puback', messageId: 9 },
  )
  .map((packet) => generate(packet));
const packets = fc.array(fc.oneof({ weight: 5, arbitrary: publish }, other), { minLength: 1, maxLength: 12 });

/** The stream in pieces of any size. */
function cutUp(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, nth = 0; at < stream.length; nth++) {
    const size = sizes[nth % sizes.length] ?? 1;
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const telemetry = (messageId: number) =>
  generate({
    ...{ cmd: 'publish', topic: 'lift/v1/T/telemetry', payload: Buffer.alloc(300, 65), qos: 1, messageId },
    ...{ dup: false, retain: false },
  } as Packet);

describe('ExpressLane', () => {
  it('shows every packet once and in order, however the stream is cut', () => {
    fc.assert(
      fc.property(
        packets,
        fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0, 5),
        (list, sizes, keepAliveMs) => {
          const stream = Buffer.concat(list);
          const { seen } = play(cutUp(stream, sizes), { keepAliveMs, stepMs: 1 });
          expect(seen).toEqual(parsed(stream));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes plain messages past aedes, also when they come in pieces', () => {
    const stream = Buffer.concat([1, 2, 3, 4, 5].map(telemetry));
    expect(play([stream]).express).toBe(5);
    expect(play(cutUp(stream, [100])).express).toBe(5);
    expect(play(cutUp(stream, [1])).express).toBe(5);
  });

  it('lets aedes hear of a terminal within half its keep alive', () => {
    const chunks = Array.from({ length: 100 }, (_, n) => telemetry(n + 1));
    expect(play(chunks, { keepAliveMs: 10_000, stepMs: 1_000 }).express).toBeLessThan(90);
    expect(play(chunks, { keepAliveMs: 0, stepMs: 1_000 }).express).toBe(100);
  });

  it.each([
    ['retained', 0x33],
    ['QoS 2', 0x34],
    ['QoS 3, which there is not', 0x36],
    ['DUP with QoS 0, which there is not', 0x38],
  ])('leaves a %s message to aedes', (_, first) => {
    const bytes = telemetry(1);
    bytes[0] = first;
    const left: (Buffer | null)[] = [];
    const lane = new ExpressLane(false, 0, 0, () => left.push(null));
    left.push(lane.accept(bytes, true, 0, 0));
    expect(left).toEqual([bytes]);
  });

  it.each([
    ['a wildcard in its topic', Buffer.from([0x32, 7, 0, 2, 0x61, 0x23, 0, 1, 0])],
    ['no topic', Buffer.from([0x32, 5, 0, 0, 0, 1, 0])],
    ['packet id 0', Buffer.from([0x32, 6, 0, 1, 0x61, 0, 0, 0])],
    ['a topic longer than the packet', Buffer.from([0x32, 6, 0, 9, 0x61, 0, 1, 0])],
    ['no room for its packet id', Buffer.from([0x32, 3, 0, 1, 0x61])],
    ['no body', Buffer.from([0x30, 0])],
  ])('leaves a message with %s to aedes, and all behind it', (_, bytes) => {
    const taken: string[] = [];
    const lane = new ExpressLane(false, 0, 0, (topic) => taken.push(topic));
    const stream = Buffer.concat([telemetry(1), bytes, telemetry(2)]);
    expect(lane.accept(stream, true, 0, 0)).toEqual(Buffer.concat([bytes, telemetry(2)]));
    expect(taken).toHaveLength(1);
  });

  it('gives what it kept to whoever reads on', () => {
    const bytes = telemetry(1);
    const lane = new ExpressLane(false, 0, 0, () => undefined);
    expect(lane.accept(bytes.subarray(0, 50), false, 300, 0)).toBeNull();
    expect(lane.withKept(Buffer.from([7]))).toEqual(Buffer.concat([bytes.subarray(0, 50), Buffer.from([7])]));
    expect(lane.withKept(Buffer.from([8]))).toEqual(Buffer.from([8]));
  });
});
