import { Injectable, Logger } from '@nestjs/common';
import type { Histogram } from 'prom-client';
import { type ProblemException, problem } from '#access';
import { Clock, Metrics } from '#runtime';
import { type SeriesHistory, SeriesStore } from '#series';

/** One query, its waiting included. */
export const QUERY_MAX_MS = 10_000;
/**
 * DuckDB runs a query on a thread that the journal's fsync needs too, and there are four: acknowledgements
 * must not wait for a chart.
 */
export const RUNNING_MAX = 2;
export const WAITING_MAX = 32;
const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type QueryKind = 'buckets' | 'changes' | 'sources';
type Outcome = 'answered' | 'failed' | 'too-slow' | 'gone' | 'busy';

/** Queries of the series' history on behalf of callers: bounded in number, in waiting and in time. */
@Injectable()
export class SeriesQueries {
  private readonly log = new Logger('Series queries');
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly seconds: Histogram<'query' | 'outcome'>;

  constructor(
    private readonly series: SeriesStore,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram(
      'liftwarden_series_query_seconds',
      'Queries of the series history, waiting included, by kind and by what became of them.',
      SECONDS,
      ['query', 'outcome'],
    );
    metrics.measured(
      'liftwarden_series_queries',
      `Queries of the series history: running (at most ${RUNNING_MAX}) and waiting (at most ${WAITING_MAX}).`,
      ['state'],
      (gauge) => {
        gauge.set({ state: 'running' }, this.running);
        gauge.set({ state: 'waiting' }, this.waiting.length);
      },
    );
  }

  /**
   * Runs `ask` when its turn comes. `gone` aborts it (the caller went away). Throws a 503 problem when too
   * many wait, when it takes over 10 s, and when the store does not answer.
   */
  async run<T>(
    kind: QueryKind,
    gone: AbortSignal,
    ask: (history: SeriesHistory, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const began = this.clock.monotonicMs();
    const done = (outcome: Outcome) =>
      this.seconds.observe({ query: kind, outcome }, (this.clock.monotonicMs() - began) / 1_000);
    if (this.running >= RUNNING_MAX && this.waiting.length >= WAITING_MAX) {
      done('busy');
      throw problem(503, 'Series busy', 'Too many series are being asked for; try again in some seconds.');
    }
    const answered = new AbortController();
    const late = this.lateSignal(answered.signal);
    const signal = AbortSignal.any([late, gone]);
    try {
      const answer = await this.inTurn(signal, () => ask(this.series.history, signal));
      done('answered');
      return answer;
    } catch (error) {
      const outcome = late.aborted ? 'too-slow' : gone.aborted ? 'gone' : 'failed';
      done(outcome);
      if (outcome === 'failed') this.log.warn(`A query of ${kind} failed: ${String(error)}`);
      throw problemOf(outcome);
    } finally {
      answered.abort();
    }
  }

  private async inTurn<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    if (this.running < RUNNING_MAX) this.running += 1;
    else await this.turn(signal);
    try {
      signal.throwIfAborted();
      return await ask();
    } finally {
      // The place goes to the one that has waited longest, so that nobody comes in between.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
  }

  private lateSignal(answered: AbortSignal): AbortSignal {
    const late = new AbortController();
    void this.clock.sleep(QUERY_MAX_MS, answered).then(() => {
      if (!answered.aborted) late.abort(new Error(`no answer within ${QUERY_MAX_MS} ms`));
    });
    return late.signal;
  }
}

function problemOf(outcome: Exclude<Outcome, 'answered' | 'busy'>): ProblemException {
  if (outcome === 'gone') return problem(503, 'Client gone', 'The connection ended before the answer.');
  if (outcome === 'too-slow') {
    const detail = `The series did not answer within ${QUERY_MAX_MS / 1_000} s: ask for a shorter range.`;
    return problem(503, 'Series too slow', detail);
  }
  return problem(503, 'Series unavailable', 'The series store does not answer; try again soon.');
}
