import { Logger } from '@nestjs/common';
import { generate } from 'mqtt-packet';
import { profileOfTopic } from '#protocol';
import type { ShardConsumerMetrics } from './shard-consumer.metrics.js';
import type { ResolvedShardOptions } from './shard-consumer.options.js';
import { type DownlinkResult, TerminalDownlink } from './terminal-downlink.js';

/** 1 to 32,767 are left to SUBSCRIBE, as an id may stand for one packet at a time (MQTT 3.1.1 §2.3.1). */
const ID_FIRST = 0x8000;
const ID_LAST = 0xfffe;
/** MQTT 5 §3.4.2.1: the broker has it, and nobody subscribes to it. */
const NO_SUBSCRIBER = 0x10;
const REFUSED_FROM = 0x80;
/** At most one line a minute: a broker that refuses one message refuses thousands. */
const REPORT_EVERY_MS = 60_000;

/** What the downlink needs of the connection. */
export interface DownlinkChannel {
  readonly version: 4 | 5;
  /** QoS 1 messages the broker takes unanswered (MQTT 5 receive maximum). */
  readonly receiveMaximum: number;
  write(bytes: Buffer): unknown;
}

/**
 * True for what goes to a terminal and never comes from one. Our wildcards match commands too, so that an
 * external broker gives us back our own.
 */
export function isDownlinkTopic(topic: string): boolean {
  const owner = profileOfTopic(topic);
  if (owner === null) return false;
  const { profile, terminalId } = owner;
  return profile.maySubscribe(terminalId, topic) && !profile.mayPublish(terminalId, topic);
}

interface Pending {
  readonly terminalId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly deadline: number;
  readonly resolve: (result: DownlinkResult) => void;
  /** The caller has its answer; the packet id stays taken until the broker frees it. */
  settled: boolean;
}

/**
 * Messages to terminals behind an external broker: QoS 1 over the consumer's own session. `sent` = the broker
 * has it (PUBACK). Whether the terminal is connected only MQTT 5 hints at: "no matching subscribers" (never
 * for a native command: our own filters match those, which Mosquitto 2.0.11 counts with no-local too). What
 * is not acknowledged in time or before the connection ends is `failed`, and is not sent again after a
 * reconnect, other than MQTT 3.1.1 §4.4 has it for persistent sessions: the caller was told, and a stale
 * command must not move a lift. MQTT 5 brokers are told to drop what they could not deliver meanwhile.
 */
export class ShardDownlink extends TerminalDownlink {
  private readonly logger = new Logger('ShardConsumer');
  private channel: DownlinkChannel | null = null;
  /** Accepted and not yet written: beyond the broker's receive maximum, or of this turn of the loop. */
  private readonly waiting = new Set<Pending>();
  private readonly unacknowledged = new Map<number, Pending>();
  private nextId = ID_FIRST;
  private pumping = false;
  private unsent = 0;
  private reportedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: ResolvedShardOptions,
    private readonly metrics: ShardConsumerMetrics,
  ) {
    super();
  }

  override send(terminalId: string, topic: string, payload: Uint8Array): Promise<DownlinkResult> {
    const { clock, downlinkMax, downlinkTimeoutMs } = this.options;
    if (this.channel === null) return this.refuse(terminalId, topic, 'there is no connection');
    if (this.waiting.size + this.unacknowledged.size >= downlinkMax) {
      return this.refuse(terminalId, topic, `${downlinkMax} are on their way`);
    }
    const deadline = clock.monotonicMs() + downlinkTimeoutMs;
    return new Promise((resolve) => {
      this.waiting.add({ terminalId, topic, payload, deadline, resolve, settled: false });
      this.pumpSoon();
    });
  }

  /** The connection was accepted: what is sent from now on goes by it. */
  open(channel: DownlinkChannel): void {
    this.channel = channel;
  }

  /** The connection ended: nobody knows what became of what it carried. */
  close(): void {
    this.channel = null;
    const lost = [...this.unacknowledged.values(), ...this.waiting];
    this.unacknowledged.clear();
    this.waiting.clear();
    for (const pending of lost) this.fail(pending, 'the connection ended');
    this.observe();
  }

  /** PUBACK. Of an id that stands for nothing it says nothing. */
  acknowledged(packetId: number, reasonCode: number): void {
    const pending = this.unacknowledged.get(packetId);
    if (pending === undefined) return;
    this.unacknowledged.delete(packetId);
    if (reasonCode >= REFUSED_FROM) {
      this.fail(pending, `the broker refused it with reason ${reasonCode}; may we write to that topic?`);
    } else {
      this.settle(pending, reasonCode === NO_SUBSCRIBER ? 'not-subscribed' : 'sent');
    }
    this.pumpSoon();
  }

  /** Gives up what waits for too long. Its packet id is not used again before the broker has answered. */
  tick(): void {
    const now = this.options.clock.monotonicMs();
    for (const pending of [...this.unacknowledged.values(), ...this.waiting]) {
      if (now < pending.deadline) continue;
      this.waiting.delete(pending);
      if (!pending.settled) this.fail(pending, 'the broker did not answer in time');
    }
    this.observe();
  }

  /** Writes what may be written, at once. */
  flush(): void {
    const { channel, waiting, unacknowledged } = this;
    if (channel === null) return;
    const packets: Buffer[] = [];
    for (const pending of waiting) {
      if (unacknowledged.size >= Math.min(channel.receiveMaximum, ID_LAST - ID_FIRST + 1)) break;
      waiting.delete(pending);
      const messageId = this.freeId();
      unacknowledged.set(messageId, pending);
      packets.push(this.publishPacket(channel, messageId, pending));
    }
    if (packets.length > 0) channel.write(Buffer.concat(packets));
    this.observe();
  }

  /** A batch of answers is made in one turn of the loop: it goes out in one write. */
  private pumpSoon(): void {
    if (this.pumping) return;
    this.pumping = true;
    queueMicrotask(() => {
      this.pumping = false;
      this.flush();
    });
  }

  private publishPacket(channel: DownlinkChannel, messageId: number, { topic, payload }: Pending): Buffer {
    const messageExpiryInterval = Math.max(1, Math.ceil(this.options.downlinkTimeoutMs / 1_000));
    return generate(
      {
        cmd: 'publish',
        messageId,
        topic,
        payload: Buffer.from(payload),
        qos: 1,
        dup: false,
        retain: false,
        ...(channel.version === 5 ? { properties: { messageExpiryInterval } } : {}),
      },
      { protocolVersion: channel.version },
    );
  }

  /** There is one: fewer are unacknowledged than there are ids. */
  private freeId(): number {
    while (this.unacknowledged.has(this.nextId)) this.advanceId();
    const id = this.nextId;
    this.advanceId();
    return id;
  }

  private advanceId(): void {
    this.nextId = this.nextId === ID_LAST ? ID_FIRST : this.nextId + 1;
  }

  private settle(pending: Pending, result: DownlinkResult): void {
    if (pending.settled) return;
    pending.settled = true;
    this.metrics.downlinkEnded.inc({ outcome: result });
    pending.resolve(result);
  }

  private fail(pending: Pending, why: string): void {
    if (pending.settled) return;
    this.report(pending.terminalId, pending.topic, why);
    this.settle(pending, 'failed');
  }

  private refuse(terminalId: string, topic: string, why: string): Promise<DownlinkResult> {
    this.metrics.downlinkEnded.inc({ outcome: 'failed' });
    this.report(terminalId, topic, why);
    return Promise.resolve('failed');
  }

  private report(terminalId: string, topic: string, why: string): void {
    this.unsent += 1;
    const now = this.options.clock.monotonicMs();
    if (now - this.reportedAt < REPORT_EVERY_MS) return;
    const last = `the last to ${terminalId} on ${topic}: ${why}`;
    this.logger.warn(`${this.unsent} messages to terminals were not sent, ${last}.`);
    this.reportedAt = now;
    this.unsent = 0;
  }

  private observe(): void {
    this.metrics.downlinkUnderWay.set(this.waiting.size + this.unacknowledged.size);
  }
}
