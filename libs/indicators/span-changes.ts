import type { Kysely } from 'kysely';
import { dayStart, shanghaiDay } from '#domain';
import { preparedStatement, type Schema } from '#records';
import type { DayChange } from './exposure-sums.js';
import { type Interval, MEASURES, type Measure } from './spans.js';

/** A time in which one lift counted in a measure. */
export interface LiftTime extends Interval {
  readonly measure: Measure;
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

/**
 * Selects `from_at`, `to_at` of one lift in one measure, by their expressions; `ofFirm`, a condition, narrows
 * it. When a terminal was silent is in the facts.
 */
function liftTimes(lift: string, measure: string, ofFirm: string): string {
  const counts = MEASURES.flatMap((each) => {
    const when = SPAN_COUNTS[each];
    return when === null ? [] : [`when '${each}' then ${when}`];
  });
  return `
    select from_at, to_at from indicator_span
    where lift = ${lift} and ${ofFirm} and case ${measure} ${counts.join(' ')} else false end
    union all
    select at, ended_at from indicator_fact
    where ${measure} = 'offline' and lift = ${lift} and ${ofFirm} and kind = 'terminal-offline'
      and provisional and (ended_at is null or ended_at > at)`;
}

const MS_OF_TIMES = `round(extract(epoch from from_at) * 1000)::bigint as "from",
  round(extract(epoch from to_at) * 1000)::bigint as "to"`;

/** `lift`, `measure`, `from` and `to` of the lifts and measures of a table `wanted`. */
export const TIMES_OF_LIFTS = `
  select wanted.lift, wanted.measure, ${MS_OF_TIMES}
  from wanted cross join lateral (${liftTimes('wanted.lift', 'wanted.measure', 'true')}) times`;

const CHANGES_OF_LIFT = preparedStatement<LiftTime>(`
  select measure, ${MS_OF_TIMES}
  from unnest(array['${MEASURES.join("', '")}']) as measure
  cross join lateral (${liftTimes('$1', 'measure', '($2::text is null or firm = $2)')}) times`);

/**
 * One lift's exposure as changes by day, like those that are summed up of larger scopes; `firm` narrows it to
 * the time in which that one served it.
 */
export async function spansChanges(
  db: Kysely<Schema>,
  lift: string,
  firm: string | null,
): Promise<readonly DayChange[]> {
  const rows = await CHANGES_OF_LIFT(db, [lift, firm]);
  return rows.flatMap(changesOf);
}

/** What such a time adds and takes away. */
export function changesOf({ measure, from, to }: LiftTime): readonly DayChange[] {
  return [change(measure, from, 1), ...(to === null ? [] : [change(measure, to, -1)])];
}

function change(measure: Measure, at: number, sign: 1 | -1): DayChange {
  const day = shanghaiDay(at);
  return { measure, day, lifts: sign, offsetMs: sign * (at - dayStart(day)) };
}
