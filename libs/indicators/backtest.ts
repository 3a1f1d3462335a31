import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { problem } from '#access';
import { DAY_MS, indicator, type RateRule, windowOf } from '#domain';
import { Records, type Schema } from '#records';
import { Clock, Metrics } from '#runtime';
import { type FactPage, type FactPlace, FactReader } from './backtest-facts.js';
import { BacktestRun } from './backtest-run.js';
import type { BacktestView } from './backtest-view.js';
import type { DayChange } from './exposure-sums.js';
import { needsOf } from './figure-needs.js';
import { spansChanges } from './span-changes.js';

const DAYS_MAX = 400;
const FACTS_MAX = 20_000_000;
/** Each scope is held in memory with its window. */
const SCOPES_MAX = 20_000;
/** How long the rule runs before others get their turn of the event loop, ms. */
const TURN_MS = 10;
/** Facts, or looks by the clock, between two looks at the time: a fraction of that. */
const SLICE = 100;
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** "Had this rule been in force": over the ledger in the order of time, one at once. */
@Injectable()
export class Backtest {
  private running = false;
  private turnBegan = 0;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Facts are taken as they are known now: what was judged false since would have been raised and withdrawn
   * live. Throws a 409 problem while another one runs and a 400 for more than 400 days or 20,000 scopes.
   */
  async run(rule: RateRule, from: number): Promise<BacktestView> {
    const now = this.clock.now();
    if (!(from < now && from >= now - DAYS_MAX * DAY_MS)) {
      const message = `from must be a time in the last ${DAYS_MAX} days`;
      throw problem(400, 'Invalid request', `${message}.`, [{ field: 'from', message }]);
    }
    if (needsOf([indicator(rule.indicator, rule.parameters)]).stopped) {
      const message = `${rule.indicator} cannot be tested over the past: it needs the lengths of stops`;
      throw problem(400, 'Invalid request', `${message}.`, [{ field: 'indicator', message }]);
    }
    if (this.running) throw problem(409, 'Busy', 'Another backtest runs: try again when it has ended.');
    this.running = true;
    const began = this.clock.monotonicMs();
    try {
      const run = await this.replay({ ...rule, enabled: true }, from, now);
      const seconds = (this.clock.monotonicMs() - began) / 1_000;
      this.metrics.histogram('liftwarden_backtest_seconds', 'Backtests of rules.', SECONDS).observe(seconds);
      return {
        from: new Date(from).toISOString(),
        to: new Date(now).toISOString(),
        facts: run.facts,
        looks: run.looks,
        breaches: run.breaches,
        standing: run.standing.slice(0, 1_000),
        events: run.events,
        truncated: run.eventsTotal > run.events.length,
        seconds: Math.round(seconds * 1_000) / 1_000,
      };
    } finally {
      this.running = false;
    }
  }

  private async replay(rule: RateRule, from: number, now: number): Promise<BacktestRun> {
    const run = new BacktestRun(rule, from);
    const reader = new FactReader(this.records.db, rule, now);
    let reading = reader.read([windowOf(rule, from).from, '', '']);
    for (;;) {
      const page = await reading;
      const { next } = page;
      // The database reads the next page while this one is put to the rule.
      if (next !== null) reading = readAhead(reader, next);
      await this.putPage(run, rule, page);
      if (next === null) break;
      if (run.facts > FACTS_MAX) throw tooMuch(`more than ${FACTS_MAX} facts`);
    }
    await this.runTo(run, now);
    return run;
  }

  private async putPage(run: BacktestRun, rule: RateRule, page: FactPage): Promise<void> {
    const met = new Set<string>();
    for (let place = 0; place < page.length; place += 1) for (const key of page.keys(place)) met.add(key);
    await this.meet(
      run,
      rule,
      [...met].filter((key) => !run.knows(key)),
    );
    for (let place = 0; place < page.length; place += 1) {
      if (place % SLICE === 0 && this.isTurnOver) await this.pause();
      const keys = page.keys(place);
      if (keys.length === 0) continue;
      const fact = page.fact(place);
      if (run.isDue(fact.at)) await this.runTo(run, fact.at);
      run.take(keys, fact);
    }
  }

  private async runTo(run: BacktestRun, now: number): Promise<void> {
    while (run.runTo(now, SLICE)) if (this.isTurnOver) await this.pause();
  }

  private get isTurnOver(): boolean {
    return this.clock.monotonicMs() - this.turnBegan > TURN_MS;
  }

  /** Lets whoever else this process serves have their turn. */
  private async pause(): Promise<void> {
    await nextTurn();
    this.turnBegan = this.clock.monotonicMs();
  }

  private async meet(run: BacktestRun, rule: RateRule, keys: readonly string[]): Promise<void> {
    if (run.scopeCount + keys.length > SCOPES_MAX) throw tooMuch(`more than ${SCOPES_MAX} scopes`);
    if (keys.length === 0) return;
    if (rule.scopeKind === 'lift') {
      for (const key of keys)
        run.meet(key, await spansChanges(this.records.db, key.slice('lift:'.length), null));
      return;
    }
    const changes = await exposureOf(this.records.db, keys);
    for (const key of keys) run.meet(key, changes.get(key) ?? []);
  }
}

async function exposureOf(
  db: Kysely<Schema>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, DayChange[]>> {
  const { rows } = await sql<DayChange & { readonly scope: string }>`
    select scope, measure, day, lifts, offset_ms as "offsetMs" from indicator_exposure
    where scope = any(${[...keys]}::text[]) order by scope, day`.execute(db);
  const byScope = new Map<string, DayChange[]>();
  for (const { scope, ...change } of rows) {
    const list = byScope.get(scope) ?? [];
    list.push(change);
    byScope.set(scope, list);
  }
  return byScope;
}

/** A failure is met where the page is awaited; until then it must not count as unhandled. */
function readAhead(reader: FactReader, next: FactPlace): Promise<FactPage> {
  const reading = reader.read(next);
  reading.catch(() => undefined);
  return reading;
}

function tooMuch(what: string) {
  return problem(400, 'Invalid request', `The rule has ${what}: name a district in it, or a later "from".`);
}
