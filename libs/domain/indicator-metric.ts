import type { FaultOwner } from './fault-catalogue.js';

/**
 * Two readings of one figure, shown side by side. `official` counts what is closed; `provisional` counts what
 * is not yet judged false, and is what live rules run on.
 */
export const FIGURE_EVIDENCE = ['official', 'provisional'] as const;
export type FigureEvidence = (typeof FIGURE_EVIDENCE)[number];

/**
 * Where a metric's rows come from. Terminal faults are some 200 times as many as hotline orders (DOMAIN §2):
 * no figure may take its numerator from one and its denominator from the other.
 */
export type MetricSource = 'hotline' | 'terminal' | 'statistics' | 'fleet' | 'inspection' | 'maintenance';

/** Kinds of hotline order: 困人, 故障, 投诉, 咨询, 自行脱困, 误报. */
export const ORDER_KINDS = ['entrapment', 'fault', 'complaint', 'enquiry', 'self-freed', 'false'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/**
 * Which rows a metric takes. What is said here holds for `provisional`; `official` narrows it as
 * `OFFICIAL_MEANS` says. Faults withdrawn, suppressed or judged false are in neither.
 */
export type MetricFilter =
  | { readonly rows: 'orders'; readonly kinds: readonly OrderKind[] }
  /** Orders answered or arrived at within a limit that the indicator's parameter gives. */
  | { readonly rows: 'orders'; readonly kinds: readonly OrderKind[]; readonly within: 'answer' | 'arrival' }
  /** Times of orders, cleaned by `durationFlaw`. */
  | { readonly rows: 'orders'; readonly kinds: readonly OrderKind[]; readonly time: 'arrival' | 'release' }
  | { readonly rows: 'faults'; readonly owners: readonly FaultOwner[] }
  | { readonly rows: 'faults'; readonly kind: 'entrapment' }
  | { readonly rows: 'lift-statistics'; readonly field: 'runs' | 'run-ms' }
  /** Time a lift stood with a fault of its own open that keeps it from running; overlaps count once. */
  | { readonly rows: 'lift-time'; readonly when: 'stopped-by-fault' }
  | { readonly rows: 'terminal-time'; readonly when: 'bound' | 'online' }
  | { readonly rows: 'lifts'; readonly having: 'terminal' | 'rescue-code' }
  | { readonly rows: 'inspections'; readonly outcome: 'any' | 'passed' }
  /** Due in the period; of these `on-time` by the due day; done in it, of these by card and signed. */
  | { readonly rows: 'maintenance'; readonly which: 'due' | 'on-time' | 'done' | 'by-card' | 'signed' };

export interface MetricFacts {
  readonly source: MetricSource;
  /**
   * `count` of rows, `sum` of a quantity, `lifts` = distinct lifts with at least `parameters.atLeast` rows
   * (1 unless the indicator says more), `times` = durations.
   */
  readonly measure: 'count' | 'sum' | 'lifts' | 'times';
  readonly filter: MetricFilter;
}

/** What `official` leaves out of a source's rows; a source not named has one reading only. */
export const OFFICIAL_MEANS = {
  hotline: 'orders that are closed',
  terminal: 'faults that have ended',
} as const satisfies Partial<Record<MetricSource, string>>;

const TRAPPED = ['entrapment'] as const;
const TRAPPED_REPORTS = ['entrapment', 'self-freed', 'false'] as const;

function hotline(measure: MetricFacts['measure'], filter: MetricFilter): MetricFacts {
  return { source: 'hotline', measure, filter };
}
function terminal(measure: MetricFacts['measure'], filter: MetricFilter): MetricFacts {
  return { source: 'terminal', measure, filter };
}
const entrapmentFaults: MetricFilter = { rows: 'faults', kind: 'entrapment' };

/** Everything that is counted. A counter, a query and a row list are made from this one table. */
export const METRICS = {
  'orders.entrapment': hotline('count', { rows: 'orders', kinds: TRAPPED }),
  'orders.fault': hotline('count', { rows: 'orders', kinds: ['fault'] }),
  'orders.fault-or-entrapment': hotline('count', { rows: 'orders', kinds: ['fault', 'entrapment'] }),
  'orders.complaint': hotline('count', { rows: 'orders', kinds: ['complaint'] }),
  'orders.self-freed': hotline('count', { rows: 'orders', kinds: ['self-freed'] }),
  'orders.false': hotline('count', { rows: 'orders', kinds: ['false'] }),
  'orders.trapped-reports': hotline('count', { rows: 'orders', kinds: TRAPPED_REPORTS }),
  'orders.answered-in-time': hotline('count', { rows: 'orders', kinds: TRAPPED, within: 'answer' }),
  'orders.arrived-in-time': hotline('count', { rows: 'orders', kinds: TRAPPED, within: 'arrival' }),
  'orders.arrival-time': hotline('times', { rows: 'orders', kinds: TRAPPED, time: 'arrival' }),
  'orders.release-time': hotline('times', { rows: 'orders', kinds: TRAPPED, time: 'release' }),
  'orders.lifts-with-entrapments': hotline('lifts', { rows: 'orders', kinds: TRAPPED }),

  'faults.of-lift': terminal('count', { rows: 'faults', owners: ['lift'] }),
  'faults.of-terminal': terminal('count', { rows: 'faults', owners: ['terminal'] }),
  'faults.any-owner': terminal('count', { rows: 'faults', owners: ['lift', 'terminal', 'supply'] }),
  'faults.entrapment': terminal('count', entrapmentFaults),
  'faults.lifts-with-entrapments': terminal('lifts', entrapmentFaults),
  'lifts.stopped-ms': terminal('sum', { rows: 'lift-time', when: 'stopped-by-fault' }),
  'terminals.bound-ms': terminal('sum', { rows: 'terminal-time', when: 'bound' }),
  'terminals.online-ms': terminal('sum', { rows: 'terminal-time', when: 'online' }),

  'lifts.runs': { source: 'statistics', measure: 'sum', filter: { rows: 'lift-statistics', field: 'runs' } },
  'lifts.run-ms': {
    source: 'statistics',
    measure: 'sum',
    filter: { rows: 'lift-statistics', field: 'run-ms' },
  },
  'lifts.with-terminal': { source: 'fleet', measure: 'count', filter: { rows: 'lifts', having: 'terminal' } },
  'lifts.with-rescue-code': {
    source: 'fleet',
    measure: 'count',
    filter: { rows: 'lifts', having: 'rescue-code' },
  },

  inspections: { source: 'inspection', measure: 'count', filter: { rows: 'inspections', outcome: 'any' } },
  'inspections.passed': {
    source: 'inspection',
    measure: 'count',
    filter: { rows: 'inspections', outcome: 'passed' },
  },

  'maintenance.due': maintenance('due'),
  'maintenance.on-time': maintenance('on-time'),
  'maintenance.done': maintenance('done'),
  'maintenance.by-card': maintenance('by-card'),
  'maintenance.signed': maintenance('signed'),
} as const satisfies Record<string, MetricFacts>;

export type MetricName = keyof typeof METRICS;

function maintenance(which: 'due' | 'on-time' | 'done' | 'by-card' | 'signed'): MetricFacts {
  return { source: 'maintenance', measure: 'count', filter: { rows: 'maintenance', which } };
}

/**
 * What a rate is divided by, beside metrics. `at-period-end` is the fleet at the period's last instant (the
 * golden numbers' reading), `mean` its time average, `lift-months.*` lift-time in months of each month's own
 * length: `in-service` registered and not 停用, `monitored` that and with a terminal bound.
 */
export const EXPOSURES = [
  'lifts.at-period-end',
  'lifts.mean',
  'lift-months.in-service',
  'lift-months.monitored',
] as const;
export type ExposureName = (typeof EXPOSURES)[number];

export function isExposureName(name: ExposureName | MetricName): name is ExposureName {
  return EXPOSURES.some((each) => each === name);
}
