import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { problem } from '#access';
import { DAY_MS, DISTRICT_DIGITS, indicator, isDistrictScope, type RateRule, windowOf } from '#domain';
import { Records, type Schema } from '#records';
import { Clock, Metrics } from '#runtime';
import type { TestFact } from './backtest-memory.js';
import { BacktestRun } from './backtest-run.js';
import type { BacktestView } from './backtest-view.js';
import type { DayChange } from './exposure-sums.js';
import { metricsOf, needsOf, tokensFor } from './figure-needs.js';
import { watches } from './rule-rows.js';
import { PARTED_KINDS, readScope } from './scope-keys.js';
import { spansChanges } from './span-changes.js';

const PAGE_MAX = 20_000;
const DAYS_MAX = 400;
const FACTS_MAX = 20_000_000;
/** Each scope is held in memory with its window. */
const SCOPES_MAX = 20_000;
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/**
 * Facts as one row of JSON holds them: ms, id, metric, flags, lift, weight, official, three times, scope's
 * part.
 */
type PackedFact = readonly [
  at: number,
  source: string,
  id: string,
  metric: string,
  flags: readonly string[] | null,
  lift: string,
  weight: number,
  official: boolean,
  answerMs: number | null,
  arrivalMs: number | null,
  releaseMs: number | null,
  part: string | null,
  county: string,
];

/** "Had this rule been in force": over the ledger in the order of time, one at once. */
@Injectable()
export class Backtest {
  private running = false;

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
    let after: readonly [number, string, string] = [windowOf(rule, from).from, '', ''];
    for (;;) {
      const page = await readFacts(this.records.db, rule, after, now);
      const placed = page.map((fact) => ({ fact, keys: keysOf(rule, fact) }));
      await this.meet(
        run,
        rule,
        [...new Set(placed.flatMap(({ keys }) => keys))].filter((key) => !run.knows(key)),
      );
      for (const { fact, keys } of placed) if (keys.length > 0) run.take(keys, factOf(fact));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_MAX) break;
      if (run.facts > FACTS_MAX) throw tooMuch(`more than ${FACTS_MAX} facts`);
      after = [last[0], last[1], last[2]];
    }
    run.runTo(now);
    return run;
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

/** One text of JSON a page: a million rows of a dozen columns take the driver longer than the rule. */
async function readFacts(
  db: Kysely<Schema>,
  rule: RateRule,
  [at, source, id]: readonly [number, string, string],
  now: number,
): Promise<readonly PackedFact[]> {
  const wanted = indicator(rule.indicator, rule.parameters);
  const tokens = [...new Set(metricsOf(wanted).flatMap(tokensFor))];
  const metrics = tokens.some((token) => token.startsWith('maintenance.'))
    ? [...tokens, 'maintenance.due']
    : tokens;
  const { scopeFilter: filter } = rule;
  const district = filter !== null && 'district' in filter ? filter.district : null;
  const within =
    district === null ? sql`true` : sql`district >= ${district} and district < ${`${district}:`}`;
  const { rows } = await sql<{ readonly page: readonly PackedFact[] | null }>`
    select json_agg(json_build_array(ms, source, id, metric, nullif(flags, '{}'), lift, weight, official,
      answer_ms,
      arrival_ms, release_ms, part, county)) as page
    from (
      select (extract(epoch from at) * 1000)::bigint as ms, source, id, metric, flags, lift, weight, official,
        answer_ms, arrival_ms, release_ms, ${partOf(rule)} as part, left(district, 6) as county
      from indicator_fact
      where metric = any(${metrics}::text[]) and provisional and at < ${new Date(now)} and ${within}
        and (at, source, id) > (${new Date(at)}::timestamptz, ${source}, ${id})
      order by at, source, id limit ${PAGE_MAX}
    ) fact`.execute(db);
  return rows[0]?.page ?? [];
}

function partOf({ scopeKind: kind }: RateRule) {
  if (isDistrictScope(kind)) {
    const digits = DISTRICT_DIGITS[kind];
    return sql`case when length(district) >= ${digits}::integer then left(district, ${digits}::integer) end`;
  }
  if (kind === 'all') return sql`'all'`;
  const columns = {
    firm: 'firm',
    maker: 'maker',
    user: 'lift_user',
    'use-kind': 'use_kind',
    'age-band': 'age_band',
    site: 'site',
    lift: 'lift',
  };
  return sql.ref(columns[kind]);
}

/** The scopes of the rule's kind and filter that a fact counts under. */
function keysOf(rule: RateRule, fact: PackedFact): readonly string[] {
  const [part, county] = [fact[11], fact[12]];
  if (part === null) return [];
  const kind = rule.scopeKind;
  const keys: string[] = [];
  if (kind === 'site') keys.push(`site:${part}@${county}`);
  else keys.push(`${kind}:${part}`);
  if (PARTED_KINDS.some((each) => each === kind)) keys.push(`${kind}:${part}@${county}`);
  if (rule.scopeFilter === null) return keys;
  return keys.filter((key) => {
    const scope = readScope(key);
    return scope !== null && watches(rule, scope);
  });
}

function factOf([
  at,
  ,
  ,
  metric,
  flags,
  lift,
  weight,
  official,
  answerMs,
  arrivalMs,
  releaseMs,
]: PackedFact): TestFact {
  return { at, metric, flags: flags ?? [], lift, weight, official, answerMs, arrivalMs, releaseMs };
}

function tooMuch(what: string) {
  return problem(400, 'Invalid request', `The rule has ${what}: name a district in it, or a later "from".`);
}
