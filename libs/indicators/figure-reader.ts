import type { Kysely } from 'kysely';
import {
  type DurationSummary,
  type Figure,
  type FigureCounts,
  type FigureEvidence,
  figureOf,
  type Indicator,
  METRICS,
  type MetricFacts,
  type MetricName,
  type Period,
  type Scope,
} from '#domain';
import type { Schema } from '#records';
import { type ExposureSums, exposureSums } from './exposure-sums.js';
import { metricsOf, needsOf, tokensFor } from './figure-needs.js';
import {
  type CountSums,
  type LiftCounts,
  type OrderTimes,
  readCounts,
  readExposure,
  readLiftCounts,
  readOrderTimes,
  readStopped,
} from './figure-rows.js';

/** Both readings of a figure. */
export interface FigurePair {
  readonly indicator: Indicator;
  readonly official: Figure;
  /** Null for an indicator that has one reading only. */
  readonly provisional: Figure | null;
}

/** What was read of one scope and period, for as many figures as wanted. */
export interface ReadSums {
  readonly period: Pick<Period, 'from' | 'to'>;
  readonly counts: CountSums;
  readonly exposure: ExposureSums | null;
  readonly orderTimes: Readonly<Partial<Record<FigureEvidence, OrderTimes>>>;
  readonly lifts: ReadonlyMap<MetricName, LiftCounts>;
  /** Null when nothing asked for it. */
  readonly stopped: Readonly<Record<FigureEvidence, number>> | null;
}

/**
 * Reads what these indicators need of one scope: a handful of indexed queries, whatever their number. The
 * period is a running one's elapsed part. `firm` narrows a lift's scope to the time that firm served it.
 */
export async function readSums(
  db: Kysely<Schema>,
  scope: Scope,
  indicators: readonly Indicator[],
  period: Pick<Period, 'from' | 'to'>,
  evidence: readonly FigureEvidence[],
  firm: string | null = null,
): Promise<ReadSums> {
  const needs = needsOf(indicators);
  const what = { scope, period, firm };
  const counts = needs.tokens.size > 0 ? await readCounts(db, what, [...needs.tokens]) : new Map();
  const exposure = needs.exposure ? exposureSums(await readExposure(db, what), period) : null;
  const orderTimes: Partial<Record<FigureEvidence, OrderTimes>> = {};
  if (needs.orderTimes) {
    for (const each of evidence) {
      orderTimes[each] = await readOrderTimes(db, what, each === 'official', limitsOf(indicators));
    }
  }
  const lifts = new Map<MetricName, LiftCounts>();
  for (const metric of needs.lifts) lifts.set(metric, await readLiftCounts(db, what, tokensFor(metric)));
  const stopped = needs.stopped ? await readStopped(db, what) : null;
  return { period, counts, exposure, orderTimes, lifts, stopped };
}

/** The figure of one indicator from what was read for it. */
export function figureFrom(sums: ReadSums, indicator: Indicator, evidence: FigureEvidence): Figure {
  const metrics: Partial<Record<MetricName, number>> = {};
  const durations: Partial<Record<MetricName, DurationSummary>> = {};
  for (const metric of metricsOf(indicator)) {
    const { filter, measure }: MetricFacts = METRICS[metric];
    const times = sums.orderTimes[evidence];
    if (filter.rows === 'orders' && 'time' in filter) {
      if (times !== undefined) durations[metric] = times[filter.time];
    } else if (filter.rows === 'orders' && 'within' in filter) {
      const kept = times?.kept.get(keptKey(filter.within, indicator.parameters.limitMinutes ?? 0));
      if (kept !== undefined) metrics[metric] = kept;
    } else if (filter.rows === 'lift-time') {
      if (sums.stopped !== null) metrics[metric] = sums.stopped[evidence];
    } else if (measure === 'lifts') {
      metrics[metric] = liftsWith(sums.lifts.get(metric), evidence, indicator.parameters.atLeast ?? 1);
    } else {
      metrics[metric] = sums.exposure?.metrics[metric] ?? countOf(sums.counts, metric, evidence);
    }
  }
  const counts: FigureCounts = { metrics, durations };
  return figureOf(indicator, counts, sums.exposure?.exposure ?? {}, sums.period);
}

/** Both readings, side by side. */
export function pairFrom(sums: ReadSums, indicator: Indicator): FigurePair {
  return {
    indicator,
    official: figureFrom(sums, indicator, 'official'),
    provisional: indicator.evidence.includes('provisional')
      ? figureFrom(sums, indicator, 'provisional')
      : null,
  };
}

/** Name of a limit among those asked of the database. */
export function keptKey(within: 'answer' | 'arrival', limitMinutes: number): string {
  return `${within}:${limitMinutes}`;
}

function limitsOf(
  indicators: readonly Indicator[],
): readonly { which: 'answer' | 'arrival'; minutes: number }[] {
  const limits = new Map<string, { which: 'answer' | 'arrival'; minutes: number }>();
  for (const { numerator, parameters } of indicators) {
    const { filter }: MetricFacts = METRICS[numerator];
    if (filter.rows !== 'orders' || !('within' in filter)) continue;
    const minutes = parameters.limitMinutes ?? 0;
    limits.set(keptKey(filter.within, minutes), { which: filter.within, minutes });
  }
  return [...limits.values()];
}

function countOf(counts: CountSums, metric: MetricName, evidence: FigureEvidence): number {
  return tokensFor(metric).reduce((sum, token) => sum + (counts.get(token)?.[evidence] ?? 0), 0);
}

function liftsWith(counts: LiftCounts | undefined, evidence: FigureEvidence, atLeast: number): number {
  return (counts ?? []).reduce((sum, each) => sum + (each[evidence] >= atLeast ? each.lifts : 0), 0);
}
