import type { ISubscribePacket } from 'mqtt-packet';

/** Filters in one SUBSCRIBE: keeps the packet and its answer small. */
const FILTERS_A_PACKET = 500;
/** The greatest id used here; the others are the session's and the downlink's. */
const PACKET_ID_MAX = 0x7fff;
const REFUSED_FROM = 0x80;

/** What the broker answered for one filter. */
export interface Grant {
  readonly filter: string;
  /** `lowered` = granted with a lower QoS than asked for: the broker may then lose messages. */
  readonly verdict: 'granted' | 'lowered' | 'refused';
  readonly code: number;
}

/** Follows SUBSCRIBE and SUBACK: a refused filter is never taken for a granted one (PITFALL 14). Pure. */
export class FilterGrants {
  private readonly asked = new Map<number, readonly string[]>();
  private refused: string[] = [];
  private nextId = 1;

  constructor(
    private readonly qos: 0 | 1 | 2,
    private readonly version: 4 | 5,
  ) {}

  /** True when every filter asked for was answered and granted. */
  get complete(): boolean {
    return this.asked.size === 0 && this.refused.length === 0;
  }

  /** True while an answer is awaited. */
  get waiting(): boolean {
    return this.asked.size > 0;
  }

  /** The packets that ask for `filters`. */
  ask(filters: readonly string[]): readonly ISubscribePacket[] {
    const packets: ISubscribePacket[] = [];
    for (let at = 0; at < filters.length; at += FILTERS_A_PACKET) {
      const some = filters.slice(at, at + FILTERS_A_PACKET);
      const messageId = this.nextId;
      this.nextId = (messageId % PACKET_ID_MAX) + 1;
      this.asked.set(messageId, some);
      packets.push({
        cmd: 'subscribe',
        messageId,
        subscriptions: some.map((topic) => this.subscription(topic)),
      });
    }
    return packets;
  }

  /** Asks again for what was refused; nothing when nothing was. */
  askAgain(): readonly ISubscribePacket[] {
    const filters = this.refused;
    this.refused = [];
    return this.ask(filters);
  }

  /** Null when nothing was asked with this id, or another number of filters. */
  answer(messageId: number, codes: readonly number[]): readonly Grant[] | null {
    const filters = this.asked.get(messageId);
    if (filters === undefined || filters.length !== codes.length) return null;
    this.asked.delete(messageId);
    return filters.map((filter, index) => {
      const code = codes[index] ?? REFUSED_FROM;
      if (code < REFUSED_FROM) return { filter, code, verdict: code < this.qos ? 'lowered' : 'granted' };
      this.refused.push(filter);
      return { filter, code, verdict: 'refused' };
    });
  }

  /**
   * Every reconnect subscribes again: a broker restored from an old save may know the session and not its
   * filters. In MQTT 5 the retained messages are then asked for only where the filter is new.
   */
  private subscription(topic: string): ISubscribePacket['subscriptions'][number] {
    return this.version === 5 ? { topic, qos: this.qos, rh: 1 } : { topic, qos: this.qos };
  }
}
