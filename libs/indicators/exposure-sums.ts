import {
  dayStart,
  type ExposureName,
  liftMonthsOf,
  type MetricName,
  type MonthPart,
  monthParts,
  type Period,
} from '#domain';
import type { Measure } from './spans.js';

/** Lifts that came to a scope less those that left on one day; moments as ms since it began. */
export interface DayChange {
  readonly measure: Measure;
  readonly day: number;
  readonly lifts: number;
  readonly offsetMs: number;
}

/** What of a scope's exposure figures need. */
export interface ExposureSums {
  readonly exposure: Readonly<Record<ExposureName, number>>;
  readonly metrics: Readonly<
    Record<
      'lifts.with-terminal' | 'lifts.with-rescue-code' | 'terminals.bound-ms' | 'terminals.online-ms',
      number
    > &
      Partial<Record<MetricName, number>>
  >;
}

/**
 * Exposure over `[from, to)` from signed changes by day, which must be all those of days that begin before
 * `to`; what was before `from` may come as one change. Exact to the millisecond when both ends are Shanghai
 * midnights; in a running period a change that today still has before it counts as made.
 */
export function exposureSums(
  changes: readonly DayChange[],
  period: Pick<Period, 'from' | 'to'>,
  parts: readonly MonthPart[] = monthParts(period),
): ExposureSums {
  const line = (measure: Measure) => {
    const own = changes.filter((each) => each.measure === measure);
    return own.length === 0 ? NOTHING : walk(own, period, parts);
  };
  const registered = line('registered');
  const bound = line('bound');
  const lengthMs = period.to - period.from;
  const months = (measure: Measure) => {
    const { liftMs } = line(measure);
    if (liftMs.length === 0) return 0;
    return liftMonthsOf(parts.map(({ monthMs }, place) => ({ liftMs: liftMs[place] ?? 0, monthMs })));
  };
  const boundMs = total(bound);
  return {
    exposure: {
      'lifts.at-period-end': lengthMs > 0 ? registered.atEnd : 0,
      'lifts.mean': lengthMs > 0 ? total(registered) / lengthMs : 0,
      'lift-months.in-service': months('in-service'),
      'lift-months.monitored': months('monitored'),
    },
    metrics: {
      'lifts.with-terminal': lengthMs > 0 ? bound.atEnd : 0,
      'lifts.with-rescue-code': lengthMs > 0 ? line('rescue-code').atEnd : 0,
      'terminals.bound-ms': boundMs,
      'terminals.online-ms': Math.max(0, boundMs - total(line('offline'))),
    },
  };
}

interface Walk {
  readonly atEnd: number;
  /** Lift-time in each part of the period, ms. */
  readonly liftMs: readonly number[];
}

/** Of a measure that never changes. */
const NOTHING: Walk = { atEnd: 0, liftMs: [] };

function walk(
  changes: readonly DayChange[],
  { from, to }: Pick<Period, 'from' | 'to'>,
  parts: readonly MonthPart[],
): Walk {
  const inside: DayChange[] = [];
  let lifts = 0;
  for (const change of changes) {
    const start = dayStart(change.day);
    if (start < from) lifts += change.lifts;
    else if (start < to) inside.push(change);
  }
  const liftMs = parts.map((part) => {
    let sum = lifts * (part.to - part.from);
    for (const change of inside) {
      const start = dayStart(change.day);
      if (start < part.from || start >= part.to) continue;
      lifts += change.lifts;
      sum += change.lifts * (part.to - start) - change.offsetMs;
    }
    return sum;
  });
  return { atEnd: lifts, liftMs };
}

function total({ liftMs }: Walk): number {
  return liftMs.reduce((sum, each) => sum + each, 0);
}
