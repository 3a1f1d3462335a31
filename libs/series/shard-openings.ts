import type { AppendResult } from './series.store.js';

/** A shard begins at a multiple of half an hour, unless its duration is a very odd one. */
const SPAN_MS = 1_800_000;
/** InfluxDB puts a shard's cache away when nothing was written to it for ten minutes (its default). */
const OPEN_MS = 30_000;

/** The half hour of a point, by which it is known whether its shard is open. `at`: ms since 1970 UTC. */
export function shardSpan(at: number): number {
  return Math.floor(at / SPAN_MS);
}

/**
 * Lets requests to InfluxDB overlap only where it has their shards open. The first write to a shard makes its
 * cache; a second one that comes while that is being made is answered 204 and lands in no cache: it cannot be
 * read, and when its log's segment goes, it is gone (`Cache.init` of 1.x: a flag is set, the lock taken, then
 * the store made). The likely cause of 2,500 points lost in one of 25 rounds of chaos (decision 0018). So who
 * writes to a span that was not written to a moment ago goes alone. First come, first served.
 */
export class ShardOpenings {
  private readonly writtenAt = new Map<number, number>();
  private readonly underWay = new Set<Promise<unknown>>();
  private turn: Promise<unknown> = Promise.resolve();

  /** `now`: ms of a clock that never goes back. */
  constructor(private readonly now: () => number) {}

  /** Runs `request`, which writes points of `spans`. */
  async run(spans: ReadonlySet<number>, request: () => Promise<AppendResult>): Promise<AppendResult> {
    const begun = this.turn.then(async () => {
      const alone = !this.areOpen(spans);
      if (alone) await Promise.allSettled(this.underWay);
      return { alone, running: this.watched(spans, request) };
    });
    this.turn = begun.then(({ alone, running }) => (alone ? running.catch(() => undefined) : undefined));
    return (await begun).running;
  }

  private areOpen(spans: ReadonlySet<number>): boolean {
    const since = this.now() - OPEN_MS;
    for (const span of spans) {
      if ((this.writtenAt.get(span) ?? Number.NEGATIVE_INFINITY) < since) return false;
    }
    return true;
  }

  private watched(spans: ReadonlySet<number>, request: () => Promise<AppendResult>): Promise<AppendResult> {
    const running = this.noted(spans, request);
    const settled: Promise<unknown> = running
      .catch(() => undefined)
      .then(() => this.underWay.delete(settled));
    this.underWay.add(settled);
    return running;
  }

  private async noted(
    spans: ReadonlySet<number>,
    request: () => Promise<AppendResult>,
  ): Promise<AppendResult> {
    const began = this.now();
    let result: AppendResult | null = null;
    try {
      result = await request();
    } finally {
      // Who does not answer may be started anew: then it has nothing open.
      if (result?.ok !== true) this.writtenAt.clear();
      // A refused point says nothing of its shard.
      else if (result.refused.length === 0 && result.outsideRetention === 0) this.opened(spans, began);
    }
    return result;
  }

  private opened(spans: ReadonlySet<number>, at: number): void {
    for (const [span, writtenAt] of this.writtenAt) if (writtenAt < at - OPEN_MS) this.writtenAt.delete(span);
    for (const span of spans) this.writtenAt.set(span, at);
  }
}
