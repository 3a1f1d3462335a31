import { nativeTopic } from '#protocol';
import { bootName, type Morning, placeOf, STEPS_A_BOOT, timeOf } from './morning.js';
import { LOOP_STEPS } from './morning-life.js';

export type Qos = 0 | 1 | 2;

/** Digits kept free for each number, to be written in place; JSON allows blanks before a number. */
const SEQ_DIGITS = String(STEPS_A_BOOT).length;
const TIME_DIGITS = 13;
const COUNT_DIGITS = 8;
const PUBLISH = 0x30;
const DUP = 0x08;
/** Type, and a remaining length of at most four bytes. */
const HEADER_MAX = 5;
const LENGTH_STEP = 128;
const ZERO = 48;
const BLANK = 32;

export interface FrameOptions {
  readonly morning: Morning;
  readonly terminals: readonly { readonly id: string }[];
  readonly qos: Qos;
  /** Terminal time of every terminal's first message, ms since 1970. */
  readonly startAt: number;
  /** Least size of a payload, bytes; what a sample lacks to it is a text field of its own. 0 = as it is. */
  readonly payloadBytes: number;
}

/** What every message of a terminal begins with: topic, packet id, and the fields that count. */
interface Head {
  readonly bytes: Buffer;
  readonly packetIdAt: number;
  readonly bootAt: number;
  readonly seqAt: number;
  readonly timeAt: number;
  readonly tripsAt: number;
  readonly doorsAt: number;
  /** Bytes of `bytes` that belong to the payload. */
  readonly payloadBytes: number;
  bootNumber: number;
}

/**
 * Writes PUBLISH packets: of each terminal's messages the head is prebuilt and a few digits are written in
 * place, and the rest is a copy of a picture. Message n of a terminal has the same payload whenever it is
 * written, so that what was not acknowledged can be sent again byte for byte without being kept.
 */
export class PublishFrames {
  /** The longest packet, bytes. */
  readonly frameMaxBytes: number;
  private readonly heads: readonly Head[];
  private readonly pictures: Buffer;
  private readonly starts: Uint32Array;
  private readonly tails: Uint32Array;

  constructor(private readonly options: FrameOptions) {
    const { bytes, starts } = options.morning.pictures.seal();
    this.heads = options.terminals.map(({ id }) => headOf(id, options.qos));
    const headPayload = this.heads[0]?.payloadBytes ?? 0;
    const { pictures, ends } = padded(bytes, starts, options.payloadBytes - headPayload);
    this.pictures = pictures;
    this.starts = ends.subarray(0, -1);
    this.tails = ends.subarray(1);
    let longest = 0;
    for (let n = 0; n < this.tails.length; n++) {
      longest = Math.max(longest, (this.tails[n] ?? 0) - (this.starts[n] ?? 0));
    }
    const head = this.heads.reduce((most, each) => Math.max(most, each.bytes.length), 0);
    this.frameMaxBytes = HEADER_MAX + head + longest;
  }

  /**
   * Writes message `index` of a terminal into `target` from `at` on, and answers where it ends. `packetId` is
   * 1–65,535, and left out for QoS 0; `dup` says that it was sent before.
   */
  write(target: Buffer, at: number, terminal: number, index: number, packetId: number, dup: boolean): number {
    const head = this.heads[terminal];
    const life = this.options.morning.lives[terminal];
    if (!head || !life) throw new RangeError(`no terminal ${terminal}`);
    const picture = life.pictures[index % LOOP_STEPS] ?? 0;
    const from = this.starts[picture] ?? 0;
    const to = this.tails[picture] ?? 0;
    this.patch(head, terminal, index, packetId);
    const { bytes } = head;
    let next = at;
    target[next++] = PUBLISH | (this.options.qos << 1) | (dup ? DUP : 0);
    let length = bytes.length + to - from;
    while (length >= LENGTH_STEP) {
      target[next++] = (length % LENGTH_STEP) | LENGTH_STEP;
      length = Math.floor(length / LENGTH_STEP);
    }
    target[next++] = length;
    target.set(bytes, next);
    next += bytes.length;
    next += this.pictures.copy(target, next, from, to);
    return next;
  }

  private patch(head: Head, terminal: number, index: number, packetId: number): void {
    const { bytes } = head;
    const { morning, startAt, qos, terminals } = this.options;
    const life = morning.lives[terminal];
    const bootNumber = Math.floor(index / STEPS_A_BOOT);
    const step = index % STEPS_A_BOOT;
    if (head.bootNumber !== bootNumber) {
      head.bootNumber = bootNumber;
      bytes.write(bootName(morning.seed, startAt, terminals[terminal]?.id ?? '', bootNumber), head.bootAt);
    }
    if (qos > 0) {
      bytes[head.packetIdAt] = packetId >> 8;
      bytes[head.packetIdAt + 1] = packetId & 0xff;
    }
    const second = step % LOOP_STEPS;
    const loop = (step - second) / LOOP_STEPS;
    const last = LOOP_STEPS - 1;
    writeDigits(bytes, head.seqAt, SEQ_DIGITS, step + 1);
    writeDigits(bytes, head.timeAt, TIME_DIGITS, timeOf(startAt, bootNumber, step));
    const trips = loop * (life?.trips[last] ?? 0) + (life?.trips[second] ?? 0);
    writeDigits(bytes, head.tripsAt, COUNT_DIGITS, trips);
    const doors = loop * (life?.doorCycles[last] ?? 0) + (life?.doorCycles[second] ?? 0);
    writeDigits(bytes, head.doorsAt, COUNT_DIGITS, doors);
  }

  /** Terminal, boot and seq of a message, as the ledger names it. */
  identityOf(terminal: number, index: number): { terminal: string; boot: string; seq: number } {
    const id = this.options.terminals[terminal]?.id ?? '';
    const { bootNumber, seq } = placeOf(index);
    return {
      terminal: id,
      boot: bootName(this.options.morning.seed, this.options.startAt, id, bootNumber),
      seq,
    };
  }
}

function headOf(terminal: string, qos: Qos): Head {
  const topic = Buffer.from(nativeTopic(terminal, 'telemetry'));
  const blanks = (count: number) => ' '.repeat(count);
  const boot = '{"v":1,"boot":"';
  const seq = `${boot}00000000-000","seq":`;
  const time = `${seq}${blanks(SEQ_DIGITS)},"at":`;
  const trips = `${time}${blanks(TIME_DIGITS)},"tripCount":`;
  const doors = `${trips}${blanks(COUNT_DIGITS)},"doorCycleCount":`;
  const payload = Buffer.from(`${doors}${blanks(COUNT_DIGITS)},`);
  const packetIdAt = 2 + topic.length;
  const bytes = Buffer.concat([
    Buffer.from([topic.length >> 8, topic.length & 0xff]),
    topic,
    Buffer.alloc(qos === 0 ? 0 : 2),
    payload,
  ]);
  const payloadAt = bytes.length - payload.length;
  return {
    bytes,
    packetIdAt,
    bootAt: payloadAt + boot.length,
    seqAt: payloadAt + seq.length,
    timeAt: payloadAt + time.length,
    tripsAt: payloadAt + trips.length,
    doorsAt: payloadAt + doors.length,
    payloadBytes: payload.length,
    bootNumber: -1,
  };
}

/** Right-aligned, with blanks before it. */
function writeDigits(target: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  let place = at + width - 1;
  // Beyond 31 bits division is slow, so the lower half of a time goes first.
  if (rest > 0x7fffffff) {
    let low = rest % 1e6;
    rest = Math.floor(rest / 1e6);
    for (let n = 0; n < 6; n++) {
      target[place--] = ZERO + (low % 10);
      low = (low / 10) | 0;
    }
  }
  do {
    target[place--] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  } while (rest > 0 && place >= at);
  while (place >= at) target[place--] = BLANK;
}

/** The pictures' bytes with the object closed behind each; picture n goes from `ends[n]` to `ends[n + 1]`. */
function padded(
  bytes: Buffer,
  starts: Uint32Array,
  leastBytes: number,
): { readonly pictures: Buffer; readonly ends: Uint32Array } {
  const parts: Buffer[] = [];
  const ends = new Uint32Array(starts.length);
  const field = ',"padding":""}';
  for (let n = 0; n + 1 < starts.length; n++) {
    const picture = bytes.subarray(starts[n] ?? 0, starts[n + 1] ?? 0);
    const lacking = leastBytes - picture.length - 1;
    const tail = lacking > 0 ? `,"padding":"${'.'.repeat(Math.max(0, lacking + 1 - field.length))}"}` : '}';
    parts.push(picture, Buffer.from(tail));
    ends[n + 1] = (ends[n] ?? 0) + picture.length + tail.length;
  }
  return { pictures: Buffer.concat(parts), ends };
}
