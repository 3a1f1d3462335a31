import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { CONTROL_PACKET_MAX_BYTES, FrameGuard } from './frame-guard.js';

const PACKET_MAX = 30_000;
const connect = generate({ cmd: 'connect', clientId: 'T1', keepalive: 1, clean: true });

const soundPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.constant<Packet>({ cmd: 'pingreq' }),
  fc.integer({ min: 1, max: 65_535 }).map((messageId): Packet => ({ cmd: 'puback', messageId })),
  fc
    .tuple(fc.integer({ min: 0, max: PACKET_MAX - 100 }), fc.constantFrom(0 as const, 1 as const, 2 as const))
    .map(
      ([size, qos]): Packet => ({
        cmd: 'publish',
        topic: 'lift/v1/T1/event',
        payload: Buffer.alloc(size, 0xff),
        qos,
        dup: false,
        retain: false,
        ...(qos > 0 ? { messageId: 7 } : {}),
      }),
    ),
);

/** Cuts `bytes` at the given places, as a network does. */
function fragments(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

function authenticatedGuard(): FrameGuard {
  const guard = new FrameGuard(PACKET_MAX);
  expect(guard.accept(connect)).toBeNull();
  guard.authenticated = true;
  return guard;
}

const cuts = fc.array(fc.nat(), { maxLength: 40 });

describe('FrameGuard', () => {
  it('lets every sound stream pass, however it is cut, and ends at a border', () => {
    fc.assert(
      fc.property(fc.array(soundPacket, { maxLength: 12 }), cuts, (packets, places) => {
        const guard = authenticatedGuard();
        const stream = Buffer.concat(packets.map((packet) => generate(packet)));
        for (const piece of fragments(stream, places)) expect(guard.accept(piece)).toBeNull();
        expect(guard.incompleteBytes).toBe(0);
        expect(guard.packets).toBe(packets.length + 1);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a packet over the bound at the byte that announces it, and counts the bytes before', () => {
    fc.assert(
      fc.property(
        fc.array(soundPacket, { maxLength: 6 }),
        fc.integer({ min: PACKET_MAX + 1, max: 268_435_455 }),
        cuts,
        (packets, announced, places) => {
          const guard = authenticatedGuard();
          const sound = Buffer.concat(packets.map((packet) => generate(packet)));
          const stream = Buffer.concat([sound, publishHeader(announced), Buffer.alloc(50)]);
          let passed = 0;
          for (const piece of fragments(stream, places)) {
            const verdict = guard.accept(piece);
            if (verdict === null) {
              passed += piece.length;
              continue;
            }
            expect(verdict.refusal).toBe('packet-too-large');
            // A header that began in an earlier piece has passed already: at most its first four bytes.
            expect(passed + verdict.soundBytes).toBeGreaterThanOrEqual(sound.length);
            expect(passed + verdict.soundBytes).toBeLessThanOrEqual(sound.length + 4);
            return;
          }
          throw new Error('was not refused');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('costs the same for a large body as for a small one: bodies are skipped', () => {
    const guard = new FrameGuard(64 * 1024 * 1024);
    guard.accept(connect);
    guard.authenticated = true;
    guard.accept(publishHeader(64 * 1024 * 1024));
    expect(guard.incompleteBytes).toBe(64 * 1024 * 1024);
    let reads = 0;
    const body = new Proxy(new Uint8Array(65_536), {
      get: (target, key) => {
        if (key !== 'length') reads += 1;
        return Reflect.get(target, key, target);
      },
    });
    for (let at = 0; at < 1024; at += 1) expect(guard.accept(body)).toBeNull();
    expect(reads).toBe(0);
    expect(guard.incompleteBytes).toBe(0);
  });

  it.each([
    ['a first packet that is no CONNECT', publishHeader(3), 'not-mqtt'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not-mqtt'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]), 'not-mqtt'],
    ['a length of five bytes', Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]), 'malformed-length'],
    ['a large CONNECT', header(0x10, CONTROL_PACKET_MAX_BYTES + 1), 'packet-too-large-before-connack'],
  ])('refuses %s', (_name, bytes, refusal) => {
    expect(new FrameGuard(PACKET_MAX).accept(bytes)).toEqual({ refusal, soundBytes: 0 });
  });

  it('holds a PUBLISH behind an unjudged CONNECT, and every other packet always, to the small bound', () => {
    const guard = new FrameGuard(PACKET_MAX);
    expect(guard.accept(connect)).toBeNull();
    expect(guard.accept(publishHeader(CONTROL_PACKET_MAX_BYTES + 1))?.refusal).toBe(
      'packet-too-large-before-connack',
    );
    expect(authenticatedGuard().accept(publishHeader(CONTROL_PACKET_MAX_BYTES + 1))).toBeNull();
    expect(authenticatedGuard().accept(header(0x82, CONTROL_PACKET_MAX_BYTES + 1))?.refusal).toBe(
      'packet-too-large',
    );
    expect(authenticatedGuard().accept(publishHeader(PACKET_MAX))).toBeNull();
    expect(authenticatedGuard().accept(publishHeader(PACKET_MAX + 1))?.refusal).toBe('packet-too-large');
  });
});

function publishHeader(length: number): Buffer {
  return header(0x32, length);
}

function header(first: number, length: number): Buffer {
  const bytes = [first];
  let rest = length;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}
