import { type Kysely, type RawBuilder, sql } from 'kysely';
import { dayStart, shanghaiDay } from '#domain';
import type { Schema } from '#records';
import type { DayChange } from './exposure-sums.js';
import { type Interval, MEASURES, type Measure } from './spans.js';

/** A time in which one lift counted in a measure. */
export interface LiftTime extends Interval {
  readonly measure: Measure;
}

/** One lift's exposure as changes by day, like those that are summed up of larger scopes. */
export async function spansChanges(
  db: Kysely<Schema>,
  lift: string,
  firm: string | null,
): Promise<readonly DayChange[]> {
  const { rows } = await sql<LiftTime>`
    select measure, "from", "to" from (${liftTimes([lift], firm, new Set(MEASURES))}) each`.execute(db);
  return rows.flatMap(changesOf);
}

/**
 * Selects `lift, measure, from, to` (ms) of these lifts in these measures; `firm` narrows it to the time in
 * which that one served them. When a terminal was silent is in the facts.
 */
export function liftTimes(
  lifts: readonly string[],
  firm: string | null,
  measures: ReadonlySet<Measure>,
): RawBuilder<unknown> {
  const ofFirm = sql`lift = any(${[...lifts]}::text[]) and (${firm}::text is null or firm = ${firm}::text)`;
  const counts = MEASURES.flatMap((measure) => {
    const when = SPAN_COUNTS[measure];
    return measures.has(measure) && when !== null
      ? [sql`case when ${sql.raw(when)} then ${sql.lit(measure)} end`]
      : [];
  });
  const spans = sql`
    select lift, from_at, to_at, measure
    from indicator_span, unnest(array[${sql.join(counts)}]) as measure
    where ${ofFirm} and measure is not null`;
  const silent = sql`
    select lift, at as from_at, ended_at as to_at, 'offline' as measure from indicator_fact
    where ${ofFirm} and kind = 'terminal-offline' and provisional and (ended_at is null or ended_at > at)`;
  const parts = [...(counts.length > 0 ? [spans] : []), ...(measures.has('offline') ? [silent] : [])];
  return sql`
    select lift, measure, round(extract(epoch from from_at) * 1000)::bigint as "from",
      round(extract(epoch from to_at) * 1000)::bigint as "to"
    from (${sql.join(parts, sql` union all `)}) each`;
}

/** When a span counts in a measure, as `measuresOf` has it; null = no span does. */
const SPAN_COUNTS: Readonly<Record<Measure, string | null>> = {
  registered: 'true',
  'in-service': 'in_service',
  monitored: 'in_service and bound',
  bound: 'bound',
  'rescue-code': 'rescue_code',
  offline: null,
};

/** What such a time adds and takes away. */
export function changesOf({ measure, from, to }: LiftTime): readonly DayChange[] {
  return [change(measure, from, 1), ...(to === null ? [] : [change(measure, to, -1)])];
}

function change(measure: Measure, at: number, sign: 1 | -1): DayChange {
  const day = shanghaiDay(at);
  return { measure, day, lifts: sign, offsetMs: sign * (at - dayStart(day)) };
}
