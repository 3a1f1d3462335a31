import {
  type ExposureName,
  type Indicator,
  isExposureName,
  METRICS,
  type MetricFacts,
  type MetricName,
} from '#domain';
import type { FaultKind } from '#protocol';
import type { Measure } from './spans.js';

/** What must be read to compute some indicators; each at most once, whatever needs it. */
export interface FigureNeeds {
  /** Metrics of facts to sum up by day: what facts and their flags are called. */
  readonly tokens: ReadonlySet<string>;
  readonly exposure: boolean;
  /** What that exposure is made of. */
  readonly measures: ReadonlySet<Measure>;
  /** Times, limits and shares kept within one, of orders. */
  readonly orderTimes: boolean;
  /** Time that lifts stood with a fault that keeps them from running. */
  readonly stopped: boolean;
  /** Lifts by their number of facts of these metrics. */
  readonly lifts: ReadonlySet<MetricName>;
}

/** Faults that keep a lift from running: it is stuck, held by its safety chain, or cannot shut its door. */
export const STOPPING_KINDS: readonly FaultKind[] = [
  'entrapment',
  'door-open-failed',
  'door-close-failed',
  'unintended-movement',
  'stopped-outside-zone',
  'overtravel-top',
  'overtravel-bottom',
  'overspeed',
  'safety-chain-open',
  'run-time-limit',
  'position-lost',
  'restart-prevented',
  'emergency-stop',
];

/** The metrics an indicator is computed of. */
export function metricsOf({ numerator, denominator }: Indicator): readonly MetricName[] {
  return denominator === null || isExposureName(denominator) ? [numerator] : [numerator, denominator];
}

export function needsOf(indicators: readonly Indicator[]): FigureNeeds {
  const tokens = new Set<string>();
  const lifts = new Set<MetricName>();
  const measures = new Set<Measure>();
  let orderTimes = false;
  let stopped = false;
  for (const each of indicators) {
    if (each.denominator !== null && isExposureName(each.denominator))
      measures.add(MEASURE_OF[each.denominator]);
    for (const metric of metricsOf(each)) {
      const { filter, measure }: MetricFacts = METRICS[metric];
      if (measure === 'lifts') lifts.add(metric);
      else if (filter.rows === 'orders' && ('within' in filter || 'time' in filter)) orderTimes = true;
      else if (filter.rows === 'lift-time') stopped = true;
      else if (filter.rows === 'lifts') measures.add(filter.having === 'terminal' ? 'bound' : 'rescue-code');
      else if (filter.rows === 'terminal-time') measures.add('bound').add('offline');
      else for (const token of tokensFor(metric)) tokens.add(token);
    }
  }
  return { tokens, exposure: measures.size > 0, measures, orderTimes, stopped, lifts };
}

const MEASURE_OF: Readonly<Record<ExposureName, Measure>> = {
  'lifts.at-period-end': 'registered',
  'lifts.mean': 'registered',
  'lift-months.in-service': 'in-service',
  'lift-months.monitored': 'monitored',
};

/** What the facts of a metric are called in the ledger; a metric may be the sum of several. */
export function tokensFor(metric: MetricName): readonly string[] {
  return TOKENS[metric];
}

function tokensOfMetric(metric: MetricName): readonly string[] {
  const { filter }: MetricFacts = METRICS[metric];
  switch (filter.rows) {
    case 'orders':
      return filter.kinds.map((kind) => `orders.${kind}`);
    case 'faults':
      if ('kind' in filter) return ['faults.entrapment'];
      return filter.owners.flatMap((owner) =>
        owner === 'lift' ? ['faults.entrapment', 'faults.other-of-lift'] : [`faults.of-${owner}`],
      );
    case 'inspections':
      return filter.outcome === 'passed'
        ? ['inspections.passed']
        : ['inspections.passed', 'inspections.failed'];
    case 'maintenance':
      return [`maintenance.${filter.which}`];
    case 'lift-statistics':
      return [metric];
    case 'lift-time':
      return ['faults.entrapment', 'faults.other-of-lift'];
    case 'lifts':
    case 'terminal-time':
      return [];
  }
}

/** True for a metric whose days count only once they are over: a visit due today may still be made. */
export function isOfWholeDays(token: string): boolean {
  return token.startsWith('maintenance.');
}

/** Made once: a backtest asks for them millions of times. */
const TOKENS = Object.fromEntries(
  (Object.keys(METRICS) as MetricName[]).map((metric) => [metric, tokensOfMetric(metric)]),
) as Record<MetricName, readonly string[]>;
