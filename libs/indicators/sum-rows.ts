import { preparedStatement } from '#records';
import { LEDGER_WRITES } from './ledger-writes.js';
import type { StateRow } from './rule-rows.js';
import { TIMES_OF_LIFTS } from './span-changes.js';
import type { Measure } from './spans.js';

/** Sums of a metric. */
export type Count = readonly [
  place: number,
  name: string,
  provisional: number | null,
  official: number | null,
];
/** What was added to a measure on a day, or before the window on its eve. */
export type Change = readonly [place: number, measure: Measure, day: number, lifts: number, offsetMs: number];
/** A time in which a lift counted, ms; null = lasts. */
export type Time = readonly [lift: string, measure: Measure, from: number, to: number | null];

/** Rows of sums, as lists of JSON; `place` is that in `SumsAsked`. */
export interface PackedSums {
  readonly counts: readonly Count[];
  readonly changes: readonly Change[];
  readonly liftCounts: readonly Count[];
  readonly liftTimes: readonly Time[];
}

/**
 * Sums of scopes and windows in four columns, of what `SumsAsked.values` packs from `$first` on. Each row
 * that is asked for is a step along the key of its table, by one plan whatever their number.
 */
function sumsFrom(first: number): string {
  return `
    (select coalesce(json_agg(json_build_array(place, metric, provisional, official)), '[]')
      from jsonb_to_recordset($${first}::jsonb)
        as wanted (place integer, scope text, metric text, first integer, past integer)
      cross join lateral (select sum(provisional)::bigint as provisional, sum(official)::bigint as official
        from indicator_count stored where stored.scope = wanted.scope and stored.metric = wanted.metric
          and stored.day >= wanted.first and stored.day < wanted.past) sums) as counts,
    (select coalesce(json_agg(json_build_array(place, measure, day, lifts, offset_ms)), '[]')
      from jsonb_to_recordset($${first + 1}::jsonb)
        as wanted (place integer, scope text, measure text, first integer, past integer)
      cross join lateral (select greatest(stored.day, wanted.first - 1) as day, sum(lifts)::bigint as lifts,
          sum(offset_ms)::bigint as offset_ms
        from indicator_exposure stored where stored.scope = wanted.scope and stored.measure = wanted.measure
          and stored.day < wanted.past group by 1) sums) as changes,
    (select coalesce(json_agg(json_build_array(place, metric, provisional, official)), '[]')
      from jsonb_to_recordset($${first + 2}::jsonb)
        as wanted (place integer, lift text, metric text, since timestamptz, until timestamptz)
      cross join lateral (select sum(weight)::bigint as provisional,
          (sum(weight) filter (where official))::bigint as official
        from indicator_fact stored where stored.lift = wanted.lift and stored.at >= wanted.since
          and stored.at < wanted.until and stored.provisional
          and (stored.metric = wanted.metric or wanted.metric = any(stored.flags))) sums) as "liftCounts",
    (select coalesce(json_agg(json_build_array(lift, measure, "from", "to")), '[]') from (
      with wanted as (
        select * from jsonb_to_recordset($${first + 3}::jsonb) as each (lift text, measure text))
      ${TIMES_OF_LIFTS}) times) as "liftTimes"`;
}

/** What `SumsAsked.values` packs. */
export const READ_SUMS = preparedStatement<PackedSums>(`select ${sumsFrom(1)}`);

/** $1 to $3: what is written; $4: rules and scopes whose states are read; from $5 on sums of before. */
export const WRITE_AND_READ = preparedStatement<PackedSums & { readonly states: readonly StateRow[] }>(`
  with ${LEDGER_WRITES}
  select (select coalesce(json_agg(state), '[]')
      from jsonb_to_recordset($4::jsonb) as pair (rule text, scope text)
      cross join lateral (select rule_id, scope, rule_version, body, correction, due_at
        from rate_breach stored where stored.rule_id = pair.rule and stored.scope = pair.scope limit 1) state
    ) as states, ${sumsFrom(5)}`);
