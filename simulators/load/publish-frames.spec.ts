import { type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import { nativeProfile } from '#protocol';
import { recordMorning, STEPS_A_BOOT } from './morning.js';
import { LOOP_STEPS } from './morning-life.js';
import { PublishFrames, type Qos } from './publish-frames.js';

const floors = ['-1', '1', '2', '3', '4', '5', '6', '7', '8'];
const terminals = [
  { id: 'LW-500231-00001', floors },
  { id: 'T2', floors },
];
const morning = recordMorning(terminals, 7);
const startAt = 1_790_000_000_000;
const framesOf = (qos: Qos, payloadBytes = 0) =>
  new PublishFrames({ morning, terminals, qos, startAt, payloadBytes });

function parsed(bytes: Buffer): IPublishPacket[] {
  const packets: Packet[] = [];
  const incoming = parser();
  incoming.on('packet', (packet) => packets.push(packet));
  incoming.parse(bytes);
  return packets as IPublishPacket[];
}

function written(frames: PublishFrames, list: readonly [terminal: number, index: number, dup?: boolean][]) {
  const target = Buffer.alloc(frames.frameMaxBytes * list.length, 0xff);
  let at = 0;
  for (const [terminal, index, dup] of list)
    at = frames.write(target, at, terminal, index, index % 65_536, dup === true);
  return target.subarray(0, at);
}

describe('written PUBLISH packets', () => {
  const indexes = [1, 2, 9, 10, 99, 3_599, 3_600, 99_999, STEPS_A_BOOT - 1, STEPS_A_BOOT, STEPS_A_BOOT + 1];

  it.each<Qos>([0, 1, 2])('of QoS %i are what mqtt-packet reads and the platform decodes', (qos) => {
    const list = indexes.map((index): [number, number] => [index % 2, index]);
    const packets = parsed(written(framesOf(qos), list));
    expect(packets).toHaveLength(list.length);
    packets.forEach((packet, n) => {
      const [terminal = 0, index = 0] = list[n] ?? [];
      const topic = `lift/v1/${terminals[terminal]?.id}/telemetry`;
      expect(packet).toMatchObject({ cmd: 'publish', qos, topic, dup: false, retain: false });
      if (qos > 0) expect(packet.messageId).toBe(index % 65_536);
      const step = index % STEPS_A_BOOT;
      const shift = index >= STEPS_A_BOOT ? 1 : 0;
      expect(nativeProfile.decode(topic, packet.payload as Buffer)).toMatchObject({
        ok: true,
        items: [
          {
            type: 'sample',
            origin: { seq: step + 1, at: startAt + shift + step * 1_000, stored: false },
            sample: { mode: 'normal', powerState: 'mains', extra: null },
          },
        ],
      });
    });
  });

  it('are the same bytes whenever they are written, but for DUP', () => {
    const frames = framesOf(1);
    const first = Buffer.from(written(frames, [[0, 5]]));
    written(frames, [[0, STEPS_A_BOOT + 77]]);
    const again = Buffer.from(written(frames, [[0, 5, true]]));
    expect(parsed(again)[0]?.dup).toBe(true);
    expect(again.subarray(1)).toEqual(first.subarray(1));
  });

  it('have payloads of 250 bytes at the least, and of more when asked', () => {
    const every = Array.from({ length: LOOP_STEPS }, (_, index): [number, number] => [0, index]);
    const sizes = (payloadBytes: number) =>
      parsed(written(framesOf(1, payloadBytes), every)).map(({ payload }) => payload.length);
    expect(Math.min(...sizes(0))).toBeGreaterThanOrEqual(250);
    expect(new Set(sizes(900))).toEqual(new Set([900]));
  });

  it('count runs and door cycles on from loop to loop, and name themselves as the ledger does', () => {
    const frames = framesOf(1);
    const list = [LOOP_STEPS - 1, LOOP_STEPS, 2 * LOOP_STEPS - 1].map((index): [number, number] => [
      0,
      index,
    ]);
    const bodies = parsed(written(frames, list)).map(({ payload }) => JSON.parse(payload.toString()));
    const trips = morning.lives[0]?.trips[LOOP_STEPS - 1] ?? 0;
    expect(trips).toBeGreaterThan(50);
    expect(bodies.map(({ tripCount }) => tripCount)).toEqual([trips, trips, 2 * trips]);
    const { boot, seq } = frames.identityOf(0, LOOP_STEPS);
    expect(bodies[1]).toMatchObject({ boot, seq });
    expect(frames.identityOf(0, STEPS_A_BOOT)).toEqual({
      terminal: terminals[0]?.id,
      boot: boot.replace(/000$/, '001'),
      seq: 1,
    });
  });
});
