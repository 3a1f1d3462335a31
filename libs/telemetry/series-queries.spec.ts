import { Logger } from '@nestjs/common';
import { ProblemException } from '#access';
import { Clock, Metrics } from '#runtime';
import type { SeriesHistory, SeriesStore } from '#series';
import { QUERY_MAX_MS, RUNNING_MAX, SeriesQueries, WAITING_MAX } from './series-queries.js';

/** Time stands until it is told to pass. */
class HandClock extends Clock {
  private readonly sleepers = new Set<{ readonly delayMs: number; readonly wake: () => void }>();
  now(): number {
    return 0;
  }
  monotonicMs(): number {
    return 0;
  }
  every(): () => void {
    return () => {};
  }
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.sleepers.add({ delayMs, wake });
      signal?.addEventListener('abort', () => wake());
    });
  }
  pass(ms: number): void {
    for (const { delayMs, wake } of this.sleepers) if (delayMs <= ms) wake();
  }
}

const NEVER = new AbortController().signal;
const titleOf = (error: unknown) => (error instanceof ProblemException ? error.problem.title : error);

describe('SeriesQueries', () => {
  let clock: HandClock;
  let metrics: Metrics;
  let queries: SeriesQueries;
  let finish: (() => void)[];
  let running: number;
  let most: number;

  beforeEach(() => {
    Logger.overrideLogger(false);
    clock = new HandClock();
    metrics = new Metrics();
    queries = new SeriesQueries({ history: {} as SeriesHistory } as SeriesStore, clock, metrics);
    [finish, running, most] = [[], 0, 0];
  });

  /** A query that ends when it is finished by hand, or when its signal aborts. */
  const ask = (_history: SeriesHistory, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      running += 1;
      most = Math.max(most, running);
      const end = (settle: () => void) => () => {
        running -= 1;
        settle();
      };
      finish.push(end(() => resolve('answer')));
      signal.addEventListener(
        'abort',
        end(() => reject(signal.reason)),
      );
    });
  const run = (gone = NEVER) => queries.run('buckets', gone, ask).catch(titleOf);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const counted = async () => {
    const metric = await metrics.registry.getSingleMetric('liftwarden_series_query_seconds')?.get();
    const counts = metric?.values.filter(
      (value) => 'metricName' in value && String(value.metricName).endsWith('_count'),
    );
    return Object.fromEntries((counts ?? []).map(({ labels, value }) => [labels.outcome, value]));
  };

  it('runs a few at a time, the others in turn, and refuses more than may wait', async () => {
    const asked = Array.from({ length: RUNNING_MAX + WAITING_MAX + 1 }, () => run());
    await settled();
    expect(running).toBe(RUNNING_MAX);
    expect(await asked.at(-1)).toBe('Series busy');
    const text = await metrics.registry.metrics();
    expect(text).toContain(`liftwarden_series_queries{state="running"} ${RUNNING_MAX}`);
    expect(text).toContain(`liftwarden_series_queries{state="waiting"} ${WAITING_MAX}`);
    while (finish.length > 0) {
      finish.shift()?.();
      await settled();
    }
    expect((await Promise.all(asked)).filter((answer) => answer === 'answer')).toHaveLength(asked.length - 1);
    expect(most).toBe(RUNNING_MAX);
    expect(await counted()).toEqual({ answered: asked.length - 1, busy: 1 });
  });

  it('ends what takes too long, running or waiting, and goes on with the next', async () => {
    const asked = Array.from({ length: RUNNING_MAX + 1 }, () => run());
    await settled();
    clock.pass(QUERY_MAX_MS);
    expect(await Promise.all(asked)).toEqual(asked.map(() => 'Series too slow'));
    const next = run();
    await settled();
    expect(running).toBe(1);
    finish.at(-1)?.();
    expect(await next).toBe('answer');
    expect(await counted()).toEqual({ 'too-slow': RUNNING_MAX + 1, answered: 1 });
  });

  it('lets go of a query whose caller is gone, running or waiting', async () => {
    const gone = new AbortController();
    const first = [run(gone.signal), run()];
    const waiting = [run(gone.signal), run()];
    await settled();
    gone.abort(new Error('gone'));
    expect(await first[0]).toBe('Client gone');
    expect(await waiting[0]).toBe('Client gone');
    await settled();
    expect(running).toBe(2);
    for (const end of finish.slice(1)) end();
    expect(await Promise.all([first[1], waiting[1]])).toEqual(['answer', 'answer']);
  });

  it('says that the store is not there, and no more', async () => {
    const failed = queries.run('sources', NEVER, async () => {
      throw new Error('secret.duckdb is locked');
    });
    await expect(failed).rejects.toMatchObject({ problem: { status: 503, title: 'Series unavailable' } });
    await expect(failed).rejects.not.toThrow(/secret/);
  });
});
