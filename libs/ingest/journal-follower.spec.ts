import type { Journal, JournalBatch } from '#journal';
import { Metrics } from '#runtime';
import { batchOf, ManualClock, settle } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { JournalFollower } from './journal-follower.js';
import { ReaderPressure } from './reader-pressure.js';

const tick = { kind: 'tick', receivedAt: 1 } as const;

class Bench {
  readonly clock = new ManualClock();
  readonly metrics = new Metrics();
  readonly committed: number[] = [];
  /** What the next commits do. */
  readonly answers: (() => Promise<void>)[] = [];
  /** Whether the batches had anything to commit. */
  had = true;
  readonly follower: JournalFollower;
  closed = false;
  private next = 1;
  private waiting: ((batch: JournalBatch | null) => void) | null = null;

  constructor(lingerMs = 0, batchMax = 10) {
    const reader = {
      next: (_entries: number, _bytes: number, signal: AbortSignal) =>
        new Promise<JournalBatch | null>((resolve) => {
          this.waiting = resolve;
          signal.addEventListener('abort', () => resolve(null));
        }),
      close: async () => {
        this.closed = true;
      },
    };
    const journal = { reader: () => reader, durableLsn: 100 } as unknown as Journal;
    const metrics = new IngestMetrics(this.metrics);
    this.follower = new JournalFollower({
      reader: 'test',
      journal,
      clock: this.clock,
      metrics,
      pressure: new ReaderPressure(metrics),
      batchMax,
      restMs: 25,
      lingerMs,
      commit: async (batch) => {
        this.committed.push(batch.last);
        await this.answers.shift()?.();
        return this.had;
      },
    });
    this.follower.start(0);
  }

  /** Hands over the next batch, of two entries; false when the follower is not asking. */
  hand(): boolean {
    const { waiting } = this;
    this.waiting = null;
    waiting?.(batchOf(this.next, tick, tick));
    if (waiting) this.next += 2;
    return waiting !== null;
  }

  async metric(name: string): Promise<number | undefined> {
    const [value] = (await this.metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
    return value?.value;
  }
}

const fails = () => Promise.reject(new Error('store down'));

describe('journal follower', () => {
  it('commits batch after batch and shows how far behind it is', async () => {
    const bench = new Bench();
    for (const last of [2, 4]) {
      await settle();
      expect(bench.hand()).toBe(true);
      await settle();
      expect(bench.follower.committed).toBe(last);
    }
    expect(bench.committed).toEqual([2, 4]);
    expect(await bench.metric('liftwarden_journal_reader_lag_entries')).toBe(96);
    await bench.follower.stop();
    expect(bench.closed).toBe(true);
  });

  it('tries again with the same batch, ever more slowly, and takes no other meanwhile', async () => {
    const bench = new Bench();
    bench.answers.push(fails, fails);
    bench.hand();
    await settle();
    expect(bench.follower.trouble).toBe('store down');
    bench.clock.advance(99);
    await settle();
    expect([bench.committed, bench.hand()]).toEqual([[2], false]);
    bench.clock.advance(1);
    await settle();
    bench.clock.advance(199);
    await settle();
    expect(bench.committed).toEqual([2, 2]);
    expect(bench.follower.committed).toBe(0);
    bench.clock.advance(1);
    await settle();
    expect(bench.committed).toEqual([2, 2, 2]);
    expect([bench.follower.committed, bench.follower.trouble]).toEqual([2, null]);
    expect(await bench.metric('liftwarden_journal_reader_retries_total')).toBe(2);
    await bench.follower.stop();
  });

  it('stops while it waits to try again; what is not committed stays so', async () => {
    const bench = new Bench();
    bench.answers.push(fails);
    bench.hand();
    await settle();
    expect(bench.clock.sleepers).toBe(1);
    await bench.follower.stop();
    expect([bench.follower.committed, bench.committed, bench.closed]).toEqual([0, [2], true]);
  });

  it('finishes the commit in hand before it stops', async () => {
    const bench = new Bench();
    let done = () => {};
    bench.answers.push(
      () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    );
    bench.hand();
    await settle();
    const stopping = bench.follower.stop();
    await settle();
    expect(bench.follower.committed).toBe(0);
    done();
    await stopping;
    expect(bench.follower.committed).toBe(2);
  });

  it('lingers between commits, and not when it stops', async () => {
    const bench = new Bench(250);
    bench.hand();
    await settle();
    expect(bench.hand()).toBe(false);
    bench.clock.advance(250);
    await settle();
    expect(bench.hand()).toBe(true);
    await settle();
    await bench.follower.stop();
  });

  it('rests shortly after a batch that had nothing to commit', async () => {
    const bench = new Bench(250);
    bench.had = false;
    bench.hand();
    await settle();
    expect(bench.hand()).toBe(false);
    bench.clock.advance(25);
    await settle();
    expect(bench.hand()).toBe(true);
    await settle();
    await bench.follower.stop();
  });

  it('does not linger after a full batch: more waits already', async () => {
    const bench = new Bench(250, 2);
    for (let batch = 0; batch < 3; batch++) {
      expect(bench.hand()).toBe(true);
      await settle();
    }
    await bench.follower.stop();
  });
});
