import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  DURATION_BELOW_MS,
  type DurationSummary,
  dayStart,
  type FigureEvidence,
  type Period,
  type Scope,
  shanghaiDay,
} from '#domain';
import type { Schema } from '#records';
import type { DayChange } from './exposure-sums.js';
import { isOfWholeDays, STOPPING_KINDS } from './figure-needs.js';
import { scopeKey } from './scope-keys.js';
import { rowsOf } from './scope-rows.js';
import { spansChanges } from './span-changes.js';

/** What figures are read of. */
export interface FigureOf {
  readonly scope: Scope;
  /** `[from, to)`; `from` is a Shanghai midnight, `to` one or now. */
  readonly period: Pick<Period, 'from' | 'to'>;
  /** Of a lift only: the time in which this firm served it; null = all. */
  readonly firm: string | null;
}

type Both = Readonly<Record<FigureEvidence, number>>;
export type CountSums = ReadonlyMap<string, Both>;
/** How many lifts have how many facts. */
export type LiftCounts = readonly (Both & { readonly lifts: number })[];

export interface OrderTimes {
  readonly arrival: DurationSummary;
  readonly release: DurationSummary;
  /** Orders that kept a limit, by `keptKey`. */
  readonly kept: ReadonlyMap<string, number>;
}

/** Days `[first, end)` of a period, a running one's last day among them; `whole` = without that. */
export function daysOf({ from, to }: Pick<Period, 'from' | 'to'>): {
  readonly first: number;
  readonly end: number;
  readonly whole: number;
} {
  const last = shanghaiDay(to);
  return { first: shanghaiDay(from), end: dayStart(last) === to ? last : last + 1, whole: last };
}

/** Sums of facts by what they count as. */
export async function readCounts(
  db: Kysely<Schema>,
  of: FigureOf,
  tokens: readonly string[],
): Promise<CountSums> {
  const { first, end, whole } = daysOf(of.period);
  const days = tokens.filter((token) => !isOfWholeDays(token));
  const wholeDays = tokens.filter(isOfWholeDays);
  const inDays = sql<SqlBool>`(day >= ${first} and ((metric = any(${days}::text[]) and day < ${end})
    or (metric = any(${wholeDays}::text[]) and day < ${whole})))`;
  const { rows } =
    of.scope.kind === 'lift'
      ? await sql<Both & { readonly metric: string }>`
          select metric, sum(weight)::bigint as provisional,
            coalesce(sum(weight) filter (where official), 0)::bigint as official
          from (select day, weight, official, provisional, unnest(array[fact.metric] || fact.flags) as metric
            from indicator_fact fact
            where ${ownFacts(of)} and fact.at < ${endOf(of)} and fact.at >= ${startOf(of)}) each
          where provisional and ${inDays} group by metric`.execute(db)
      : await sql<Both & { readonly metric: string }>`
          select metric, sum(provisional)::bigint as provisional, sum(official)::bigint as official
          from indicator_count
          where scope = ${scopeKey(of.scope)} and metric = any(${[...tokens]}::text[]) and ${inDays}
          group by metric`.execute(db);
  return new Map(rows.map(({ metric, provisional, official }) => [metric, { provisional, official }]));
}

/** Changes of exposure by day; what was before the period comes as one. */
export async function readExposure(db: Kysely<Schema>, of: FigureOf): Promise<readonly DayChange[]> {
  if (of.scope.kind === 'lift') return spansChanges(db, of.scope.id, of.firm);
  const { first, end } = daysOf(of.period);
  const { rows } = await sql<DayChange>`
    select measure, greatest(day, ${first - 1}::integer) as day, sum(lifts)::bigint as lifts,
      sum(offset_ms)::bigint as "offsetMs"
    from indicator_exposure where scope = ${scopeKey(of.scope)} and day < ${end}
    group by 1, 2`.execute(db);
  return rows;
}

/** Lifts by how many facts of these metrics they have in the period. */
export async function readLiftCounts(
  db: Kysely<Schema>,
  of: FigureOf,
  tokens: readonly string[],
): Promise<LiftCounts> {
  const { rows } = await sql<Both & { readonly lifts: number }>`
    select provisional, official, count(*)::bigint as lifts
    from (select least(count(*), 100) as provisional,
        least(count(*) filter (where fact.official), 100) as official
      from indicator_fact fact where ${factsOf(of, tokens)} group by fact.lift) each
    group by provisional, official`.execute(db);
  return rows.map((row) => ({
    ...row,
    provisional: Number(row.provisional),
    official: Number(row.official),
  }));
}

/** Times of the entrapments of the period, cleaned as `durationFlaw` does, and limits as `keptLimit`. */
export async function readOrderTimes(
  db: Kysely<Schema>,
  of: FigureOf,
  officialOnly: boolean,
  limits: readonly { readonly which: 'answer' | 'arrival'; readonly minutes: number }[],
): Promise<OrderTimes> {
  const kept = limits.map(
    ({ which, minutes }) =>
      sql`count(*) filter (where ${sql.ref(`${which}_ms`)} between 0 and ${minutes * 60_000})`,
  );
  const { rows } = await sql<{
    readonly arrival: Summary;
    readonly release: Summary;
    readonly kept: number[];
  }>`
    select ${summary('arrival_ms')} as arrival, ${summary('release_ms')} as release,
      json_build_array(${sql.join(kept)}) as kept
    from indicator_fact fact
    where ${factsOf(of, ['orders.entrapment'])} and (fact.official or not ${officialOnly}::boolean)`.execute(
    db,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('An aggregate without groups answers one row.');
  return {
    arrival: summaryOf(row.arrival),
    release: summaryOf(row.release),
    kept: new Map(limits.map(({ which, minutes }, place) => [`${which}:${minutes}`, row.kept[place] ?? 0])),
  };
}

/**
 * Time in the period that lifts stood with a fault that keeps them from running, ms; of faults that overlap
 * it counts once, and one that is still open counts to the period's end.
 */
export async function readStopped(db: Kysely<Schema>, of: FigureOf): Promise<Both> {
  const [from, to] = [new Date(of.period.from), new Date(of.period.to)];
  const sum = (which: RawBuilder<SqlBool>) => sql`
    select coalesce(sum(extract(epoch from upper(time) - lower(time)) * 1000), 0)::bigint from (
      select unnest(range_agg(tstzrange(greatest(at, ${from}), least(coalesce(ended_at, ${to}), ${to})))) as
        time
      from indicator_fact fact
      where fact.metric = any(array['faults.entrapment', 'faults.other-of-lift']) and ${ownFacts(of)} and
        ${which}
        and fact.kind = any(${[...STOPPING_KINDS]}::text[]) and fact.at < ${to}
        and (fact.ended_at is null or fact.ended_at > greatest(fact.at, ${from}))
      group by fact.lift
    ) each`;
  const { rows } = await sql<Both>`
    select (${sum(sql<SqlBool>`fact.provisional`)}) as provisional,
      (${sum(sql<SqlBool>`fact.official`)}) as official`.execute(db);
  return rows[0] ?? { provisional: 0, official: 0 };
}

/** Facts of these metrics that count in the period; `fact` is the table. */
export function factsOf(of: FigureOf, tokens: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`fact.metric = any(${[...tokens]}::text[]) and ${ownFacts(of)} and fact.provisional
    and fact.at >= ${startOf(of)} and fact.at < ${endOf(of)}`;
}

function ownFacts({ scope, firm }: FigureOf): RawBuilder<SqlBool> {
  return firm === null
    ? rowsOf(scope, 'fact')
    : sql<SqlBool>`(${rowsOf(scope, 'fact')} and fact.firm = ${firm})`;
}

/**
 * Times as days have them, so that rows and sums agree: the last day of a running period counts to its end.
 */
function startOf({ period }: FigureOf) {
  return sql`${new Date(dayStart(daysOf(period).first))}::timestamptz`;
}

function endOf({ period }: FigureOf) {
  return sql`${new Date(dayStart(daysOf(period).end))}::timestamptz`;
}

type Summary = readonly [
  usable: number,
  sumMs: number,
  p90Ms: number | null,
  none: number,
  notAfter: number,
  day: number,
];

function summary(column: 'arrival_ms' | 'release_ms') {
  const value = sql.ref(`fact.${column}`);
  const usable = sql`(where ${value} > 0 and ${value} < ${sql.lit(DURATION_BELOW_MS)})`;
  return sql`json_build_array(count(*) filter ${usable}, coalesce(sum(${value}) filter ${usable}, 0),
    percentile_disc(0.9) within group (order by ${value}) filter ${usable},
    count(*) filter (where ${value} is null), count(*) filter (where ${value} <= 0),
    count(*) filter (where ${value} >= ${sql.lit(DURATION_BELOW_MS)}))`;
}

function summaryOf([usable, sumMs, p90Ms, none, notAfter, day]: Summary): DurationSummary {
  return { usable, sumMs, p90Ms, leftOut: { 'no-time': none, 'not-after': notAfter, 'a-day-or-more': day } };
}
