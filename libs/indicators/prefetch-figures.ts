import { type RawBuilder, sql } from 'kysely';
import { dayStart, elapsedPart, type Figure, indicator, type Period, windowOf } from '#domain';
import { PREPARED, type Tx } from '#records';
import { figuresIn, type Look, type RuleFigureOf } from './evaluate-rules.js';
import { type DayChange, exposureSums } from './exposure-sums.js';
import { type FigureNeeds, isOfWholeDays, needsOf } from './figure-needs.js';
import { figureFrom, type ReadSums } from './figure-reader.js';
import { daysOf } from './figure-rows.js';
import { isSummed, scopeKey } from './scope-keys.js';
import { changesOf, type LiftTime, liftTimes } from './span-changes.js';
import type { Measure } from './spans.js';

type Window = Pick<Period, 'from' | 'to'>;

/**
 * Windows of one statement: rules of a county look at a month, a quarter, a year and a few lengths of days.
 */
const WINDOWS_MAX = 16;

/** A window and what rules want to know of it. */
interface WindowRead {
  readonly period: Window;
  readonly looks: Look[];
}

/**
 * Figures of many looks by one statement instead of several a look: an event touches a dozen scopes, and most
 * rules look at the same days. What rests on more than sums is read one by one, as it is asked for.
 */
export async function prefetchFigures(tx: Tx, looks: readonly Look[], now: number): Promise<RuleFigureOf> {
  const found = new Map<string, Figure>();
  const windows = windowsOf(looks.filter(isSumsOnly), now);
  for (let at = 0; at < windows.length; at += WINDOWS_MAX) {
    const some = windows.slice(at, at + WINDOWS_MAX);
    const { rows } =
      await sql<SumRow>`${PREPARED} ${sql.join(some.flatMap(selects), sql` union all `)}`.execute(tx);
    for (const [place, window] of some.entries()) {
      const sums = sumsOf(window, place, rows);
      for (const { rule, scope } of window.looks) {
        const wanted = indicator(rule.indicator, rule.parameters);
        const figure = figureFrom(sums(scopeKey(scope)), wanted, rule.evidence);
        found.set(keyOf(rule.id, scopeKey(scope), window.period), figure);
      }
    }
  }
  const oneByOne = figuresIn(tx);
  return async (rule, scope, period) =>
    found.get(keyOf(rule.id, scopeKey(scope), period)) ?? (await oneByOne(rule, scope, period));
}

function isSumsOnly({ rule }: Look): boolean {
  const { orderTimes, stopped, lifts } = needsOf([indicator(rule.indicator, rule.parameters)]);
  return rule.enabled && !orderTimes && !stopped && lifts.size === 0;
}

/** The running window of each look and, when facts were corrected, that of the breach which stands. */
function windowsOf(looks: readonly Look[], now: number): readonly WindowRead[] {
  const windows = new Map<string, WindowRead>();
  for (const look of looks) {
    const { rule, stored, correction } = look;
    const standing = correction !== null && stored?.ruleVersion === rule.version ? stored.state.breach : null;
    for (const { from, to } of [elapsedPart(windowOf(rule, now), now), ...(standing ? [standing] : [])]) {
      const window = windows.get(`${from} ${to}`) ?? { period: { from, to }, looks: [] };
      window.looks.push(look);
      windows.set(`${from} ${to}`, window);
    }
  }
  return [...windows.values()];
}

/** What of one window must be read, as selects of one shape; `place` tells the windows apart. */
function selects({ period, looks }: WindowRead, place: number): readonly RawBuilder<unknown>[] {
  const needs = needsOf(looks.map(({ rule }) => indicator(rule.indicator, rule.parameters)));
  const summed = looks.filter(({ scope }) => isSummed(scope.kind)).map(({ scope }) => scopeKey(scope));
  const lifts = looks.filter(({ scope }) => !isSummed(scope.kind)).map(({ scope }) => scope.id);
  return [
    ...(summed.length > 0 ? summedSelects([...new Set(summed)], period, needs, place) : []),
    ...(lifts.length > 0 ? liftSelects([...new Set(lifts)], period, needs, place) : []),
  ];
}

function summedSelects(keys: readonly string[], period: Window, needs: FigureNeeds, place: number) {
  const { first, end, whole } = daysOf(period);
  const { tokens, wholeDays } = tokensOf(needs);
  const counts = sql`
    select ${place}::integer as place, 'count' as holds, scope, metric as name, null::integer as day,
      sum(provisional)::bigint as one, sum(official)::bigint as other
    from indicator_count
    where scope = any(${[...keys]}::text[]) and metric = any(${tokens}::text[]) and day >= ${first}
      and day < case when metric = any(${wholeDays}::text[]) then ${whole}::integer else ${end}::integer end
    group by scope, metric`;
  const changes = sql`
    select ${place}::integer as place, 'change' as holds, scope, measure as name,
      greatest(day, ${first - 1}::integer) as day, sum(lifts)::bigint as one, sum(offset_ms)::bigint as other
    from indicator_exposure
    where scope = any(${[...keys]}::text[]) and measure = any(${[...needs.measures]}::text[]) and day < ${end}
    group by 3, 4, 5`;
  return [...(tokens.length > 0 ? [counts] : []), ...(needs.exposure ? [changes] : [])];
}

/** A lift's sums are not kept: it has few facts, and they are read. */
function liftSelects(lifts: readonly string[], period: Window, needs: FigureNeeds, place: number) {
  const { first, end, whole } = daysOf(period);
  const { tokens, wholeDays } = tokensOf(needs);
  const counts = sql`
    select ${place}::integer as place, 'count' as holds, 'lift:' || lift as scope, name, null::integer as day,
      sum(weight)::bigint as one, coalesce(sum(weight) filter (where official), 0)::bigint as other
    from (select lift, day, weight, official, unnest(array[metric] || flags) as name from indicator_fact
      where lift = any(${[...lifts]}::text[]) and provisional
        and at >= ${new Date(dayStart(first))}::timestamptz and at < ${new Date(dayStart(end))}::timestamptz
    ) each
    where name = any(${tokens}::text[])
      and day < case when name = any(${wholeDays}::text[]) then ${whole}::integer else ${end}::integer end
    group by lift, name`;
  const times = sql`
    select ${place}::integer as place, 'time' as holds, 'lift:' || lift as scope, measure as name,
      null::integer as day, "from" as one, "to" as other
    from (${liftTimes(lifts, null, needs.measures)}) each`;
  return [...(tokens.length > 0 ? [counts] : []), ...(needs.exposure ? [times] : [])];
}

function tokensOf(needs: FigureNeeds): { readonly tokens: string[]; readonly wholeDays: string[] } {
  const tokens = [...needs.tokens];
  return { tokens, wholeDays: tokens.filter(isOfWholeDays) };
}

/** What one window's rows say of each scope. */
function sumsOf({ period, looks }: WindowRead, place: number, rows: readonly SumRow[]) {
  const { exposure } = needsOf(looks.map(({ rule }) => indicator(rule.indicator, rule.parameters)));
  return (key: string): ReadSums => {
    const own = rows.filter((row) => row.place === place && row.scope === key);
    return {
      period,
      counts: new Map(
        own.flatMap(({ holds, name, one, other }) =>
          holds === 'count' ? [[name, { provisional: one, official: other ?? 0 }] as const] : [],
        ),
      ),
      exposure: exposure ? exposureSums(own.flatMap(dayChanges), period) : null,
      orderTimes: {},
      lifts: new Map(),
      stopped: null,
    };
  };
}

function dayChanges({ holds, name, day, one, other }: SumRow): readonly DayChange[] {
  if (holds === 'time') return changesOf({ measure: name as LiftTime['measure'], from: one, to: other });
  if (holds === 'count' || day === null) return [];
  return [{ measure: name as Measure, day, lifts: one, offsetMs: other ?? 0 }];
}

/** A row of any of the selects. */
interface SumRow {
  /** Which of the statement's windows it is of. */
  readonly place: number;
  /** Sums of a metric, changes of a measure on a day, or the time of a lift in one. */
  readonly holds: 'count' | 'change' | 'time';
  readonly scope: string;
  readonly name: string;
  readonly day: number | null;
  /** Provisional, lifts or beginning, ms. */
  readonly one: number;
  /** Official, offset in ms or end, ms; null = lasts. */
  readonly other: number | null;
}

function keyOf(ruleId: string, key: string, { from, to }: Window): string {
  return `${ruleId} ${key} ${from} ${to}`;
}
