import { isAsciiText } from '#protocol';
import { isTopicName } from './admission.js';

/**
 * First bytes of a PUBLISH that asks for nothing but to be taken: not retained; QoS 0, or 1 with or without
 * DUP.
 */
const QOS_0 = 0x30;
const QOS_1 = 0x32;
const QOS_1_AGAIN = 0x3a;
/**
 * Fixed header of the longest packet that is kept here while it is incomplete: longer ones go the long way.
 */
const LENGTH_BYTES_MAX = 4;

/** `packetId` is null with QoS 0. `payload` is a view of the chunk. */
export type TakePublish = (topic: string, payload: Buffer, packetId: number | null) => void;

/** Where reading stopped, and why. */
export interface Stop {
  /** Bytes of the packets that were taken. */
  readonly taken: number;
  /**
   * What begins there: nothing, a plain PUBLISH whose rest has yet to come, or something for the broker.
   */
  readonly next: 'nothing' | 'incomplete' | 'other';
}

/**
 * The topic that a connection published to last, as it nearly always does again: then neither its text nor
 * its judgement is made anew, and everybody who looks it up finds its hash.
 */
export class LastTopic {
  private topic = '';

  /** The topic of these bytes; null when it may not be published to by anybody. */
  read(bytes: Buffer, from: number, to: number): string | null {
    if (this.topic !== '' && isAsciiText(bytes, from, to, this.topic)) return this.topic;
    const topic = bytes.toString('utf8', from, to);
    if (!isTopicName(topic)) return null;
    // ASCII only: of other texts the bytes are not the codes.
    if (topic.length === to - from) this.topic = topic;
    return topic;
  }
}

/**
 * Takes the plain PUBLISH packets that a chunk of MQTT 3.1.1 begins with, up to the first packet that is
 * anything else (another type, QoS 2, retained, malformed): that and all behind it is the broker's.
 */
export function takePlainPublishes(chunk: Buffer, last: LastTopic, take: TakePublish): Stop {
  let at = 0;
  while (at < chunk.length) {
    const first = chunk[at];
    if (first !== QOS_1 && first !== QOS_0 && first !== QOS_1_AGAIN) return { taken: at, next: 'other' };
    let body = at + 1;
    let length = 0;
    let more = true;
    for (let shift = 0; more && shift < LENGTH_BYTES_MAX; shift++) {
      const byte = chunk[body++];
      if (byte === undefined) return { taken: at, next: 'incomplete' };
      length += (byte & 0x7f) * 128 ** shift;
      more = byte > 0x7f;
    }
    const end = body + length;
    if (more) return { taken: at, next: 'other' };
    if (end > chunk.length) return { taken: at, next: 'incomplete' };
    const topicStart = body + 2;
    const topicEnd = topicStart + uint16(chunk, body);
    const payloadStart = first === QOS_0 ? topicEnd : topicEnd + 2;
    if (length < 2 || payloadStart > end) return { taken: at, next: 'other' };
    const packetId = first === QOS_0 ? null : uint16(chunk, topicEnd);
    const topic = last.read(chunk, topicStart, topicEnd);
    if (packetId === 0 || topic === null) return { taken: at, next: 'other' };
    take(topic, chunk.subarray(payloadStart, end), packetId);
    at = end;
  }
  return { taken: at, next: 'nothing' };
}

function uint16(chunk: Buffer, at: number): number {
  return ((chunk[at] ?? 0) << 8) | (chunk[at + 1] ?? 0);
}
