import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { AckParser } from './ack-parser.js';

const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    cmd: fc.constantFrom('puback' as const, 'pubrec' as const, 'pubcomp' as const),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  }),
  fc.constant<Packet>({ cmd: 'pingresp' }),
  fc.constant<Packet>({ cmd: 'connack', returnCode: 4, sessionPresent: false }),
  fc.nat(400).map(
    (bytes): Packet => ({
      cmd: 'publish',
      topic: 'lift/v1/T/command',
      payload: 'x'.repeat(bytes),
      qos: 0,
      dup: false,
      retain: false,
    }),
  ),
);

function wordOf(packet: Packet, bytes: Buffer): number {
  if (packet.cmd === 'pingresp') return 0;
  return bytes.readUInt16BE(packet.cmd === 'publish' && bytes.length > 129 ? 3 : 2);
}

describe('the parser of acknowledgements', () => {
  it('tells the same packets however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyPacket), fc.array(fc.integer({ min: 1, max: 9 })), (packets, cuts) => {
        const frames = packets.map((packet) => generate(packet));
        const stream = Buffer.concat(frames);
        const seen: number[][] = [];
        const parser = new AckParser((type, word) => seen.push([type, word]));
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          const chunk = stream.subarray(at, at + cut);
          // A read buffer is longer than what was read into it.
          parser.take(Buffer.concat([chunk, Buffer.alloc(7, 0x40)]), chunk.length);
          at += chunk.length;
        }
        const expected = packets.map((packet, n) => {
          const frame = frames[n] ?? Buffer.alloc(0);
          return [(frame[0] ?? 0) & 0xf0, wordOf(packet, frame)];
        });
        expect(seen).toEqual(expected);
      }),
    );
  });

  it('refuses a length that never ends', () => {
    const parser = new AckParser(() => undefined);
    expect(() => parser.take(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]), 5)).toThrow('type 3');
  });
});
