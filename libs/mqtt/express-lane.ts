import { LastTopic, type TakePublish, takePlainPublishes } from './plain-publishes.js';

/**
 * Announced bytes of an incomplete packet that is kept here; a longer one goes to aedes, which copies less.
 */
const KEPT_MAX_BYTES = 4 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * The short way of what terminals send all day. A plain PUBLISH needs nothing of a broker: nobody may
 * subscribe to it and its acknowledgement waits for the journal anyway. Parsing it as a general packet,
 * queueing it and answering it by a write of its own took an eighth of ingest's thread (decision 0012).
 * Everything else goes to aedes, in its place among the others.
 */
export class ExpressLane {
  /** The beginning of a plain PUBLISH whose rest has yet to come. */
  private kept: Buffer = NOTHING;
  private heardAt: number;
  private readonly lastTopic = new LastTopic();

  /**
   * `aedesHasBegun`: the packet in the middle of which the stream is belongs to aedes. `keepAliveMs` is what
   * the terminal announced, 0 = none: aedes watches it, and must hear of the terminal now and then.
   */
  constructor(
    private aedesHasBegun: boolean,
    private readonly keepAliveMs: number,
    now: number,
    private readonly take: TakePublish,
  ) {
    this.heardAt = now;
  }

  /**
   * Takes what it can of the next bytes of the stream and answers what is for aedes; null = nothing.
   * `endsWhole`: the chunk ends at a packet's border. `announced`: bytes of the packet that it does not end.
   */
  accept(chunk: Buffer, endsWhole: boolean, announced: number, now: number): Buffer | null {
    if (this.aedesHasBegun || (this.keepAliveMs > 0 && now - this.heardAt > this.keepAliveMs / 2)) {
      return this.leave(this.withKept(chunk), endsWhole, now);
    }
    const whole = this.withKept(chunk);
    const { taken, next } = takePlainPublishes(whole, this.lastTopic, this.take);
    if (next === 'nothing') return null;
    const rest = whole.subarray(taken);
    if (next === 'other' || announced > KEPT_MAX_BYTES) return this.leave(rest, endsWhole, now);
    // A copy: the view would keep the whole chunk for as long as the rest does not come.
    this.kept = Buffer.from(rest);
    return null;
  }

  /** `chunk` behind what was kept of it: for whoever reads on instead. */
  withKept(chunk: Buffer): Buffer {
    if (this.kept.length === 0) return chunk;
    const whole = Buffer.concat([this.kept, chunk]);
    this.kept = NOTHING;
    return whole;
  }

  private leave(bytes: Buffer, endsWhole: boolean, now: number): Buffer {
    this.aedesHasBegun = !endsWhole;
    this.heardAt = now;
    return bytes;
  }
}
