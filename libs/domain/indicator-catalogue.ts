import type { IndicatorFacts, IndicatorParameters } from './indicator-facts.js';
import { type ExposureName, FIGURE_EVIDENCE, isExposureName, type MetricName } from './indicator-metric.js';
import { PERIOD_KINDS } from './period.js';

/** One lift with one entrapment is 100 %: below this many lifts a rate says nothing. Our own choice. */
const LIFTS_MIN = 30;
/** Fewer rows than this make no share worth ranking. Our own choice. */
const ROWS_MIN = 20;

const BASE: Omit<IndicatorFacts, 'numerator' | 'denominator' | 'source'> = {
  statistic: 'ratio',
  per: null,
  scale: 100,
  unit: 'percent',
  digits: 2,
  period: 'month',
  periods: PERIOD_KINDS,
  minimumExposure: ROWS_MIN,
  better: 'lower',
  interval: 'wilson',
  parameters: {},
  evidence: FIGURE_EVIDENCE,
};

function ratio(
  numerator: MetricName,
  denominator: ExposureName | MetricName,
  source: string,
  changes: Partial<IndicatorFacts> = {},
): IndicatorFacts {
  const minimumExposure = isExposureName(denominator) ? LIFTS_MIN : ROWS_MIN;
  return { ...BASE, numerator, denominator, source, minimumExposure, ...changes };
}

/** A share that is good when high and has one reading only: its rows need no closing. */
function goodShare(numerator: MetricName, denominator: ExposureName | MetricName, source: string) {
  return ratio(numerator, denominator, source, { better: 'higher', evidence: ['official'] });
}

function minutes(statistic: 'mean' | 'p90', numerator: MetricName, source: string): IndicatorFacts {
  return {
    ...BASE,
    statistic,
    numerator,
    denominator: null,
    scale: 1,
    unit: 'minutes',
    digits: 1,
    interval: null,
    source,
  };
}

function count(numerator: MetricName, source: string, changes: Partial<IndicatorFacts>): IndicatorFacts {
  return {
    ...BASE,
    statistic: 'count',
    numerator,
    denominator: null,
    scale: 1,
    unit: 'count',
    digits: 0,
    // A count is itself, however small the fleet.
    minimumExposure: 0,
    interval: null,
    source,
    ...changes,
  };
}

/**
 * The entrapment rates over lifts, once from hotline orders and once from terminals. The rate per run exists
 * for terminals alone: runs are known only of monitored lifts, and orders come from all.
 */
function perLift(entrapments: MetricName) {
  const rate = (source: string, changes: Partial<IndicatorFacts>) =>
    ratio(entrapments, 'lifts.at-period-end', source, changes);
  return {
    total: rate('总困人率, Jinan 96333', { period: 'quarter' }),
    monthly: rate('月均困人率, Jinan, Jiangsu and Nanjing 96333', {
      per: 'month',
      unit: 'percent-per-month',
    }),
    daily: rate('Qingdao 96333', { per: 'day', unit: 'percent-per-day', digits: 3 }),
    daily10k: rate('Hohhot 96333', { per: 'day', scale: 10_000, unit: 'per-10000-lifts-a-day' }),
  };
}

const fromOrders = perLift('orders.entrapment');
const fromTerminals = perLift('faults.entrapment');
const PER_RUNS: Partial<IndicatorFacts> = {
  scale: 10_000,
  unit: 'per-10000-runs',
  digits: 3,
  minimumExposure: 10_000,
  interval: null,
};
const REPEATS_MONTH = { parameters: { atLeast: 2 }, periods: ['month', 'rolling'] } as const;
const REPEATS_YEAR = { parameters: { atLeast: 4 }, period: 'year', periods: ['year', 'rolling'] } as const;

/** Every indicator by id. DOMAIN §2 has the formulas; a policy sets targets, never formulas. */
export const INDICATORS = {
  'fault-rate': ratio('faults.of-lift', 'lift-months.monitored', 'Pingluo 2019: faults per lift and month', {
    scale: 1,
    unit: 'per-lift-month',
    interval: null,
  }),
  'hotline-fault-rate': ratio('orders.fault', 'lift-months.in-service', '故障率 from hotline orders', {
    scale: 1,
    unit: 'per-lift-month',
    digits: 3,
    interval: null,
  }),
  'fault-rate-per-run': ratio('faults.of-lift', 'lifts.runs', '故障率: faults ÷ runs', PER_RUNS),
  'stopped-share': ratio('lifts.stopped-ms', 'lifts.run-ms', '停梯率: stopped time ÷ run time', {
    minimumExposure: 3_600_000,
    interval: null,
  }),

  'entrapment-rate-total': fromOrders.total,
  'entrapment-rate-monthly': fromOrders.monthly,
  'entrapment-rate-daily': fromOrders.daily,
  'entrapment-rate-daily-per-10000': fromOrders.daily10k,
  'entrapment-share-of-faults': ratio(
    'orders.entrapment',
    'orders.fault-or-entrapment',
    'entrapments ÷ all faults, from hotline orders',
  ),
  'entrapment-affected-share': ratio(
    'orders.lifts-with-entrapments',
    'lifts.at-period-end',
    'lifts with an entrapment ÷ lifts, from hotline orders',
  ),
  'terminal-entrapment-rate-total': fromTerminals.total,
  'terminal-entrapment-rate-monthly': fromTerminals.monthly,
  'terminal-entrapment-rate-daily': fromTerminals.daily,
  'terminal-entrapment-rate-daily-per-10000': fromTerminals.daily10k,
  'terminal-entrapment-rate-per-run': ratio(
    'faults.entrapment',
    'lifts.runs',
    'entrapments ÷ runs, from terminals',
    PER_RUNS,
  ),
  'terminal-entrapment-share-of-faults': ratio(
    'faults.entrapment',
    'faults.of-lift',
    'entrapments ÷ all faults, from terminals',
  ),
  'terminal-entrapment-affected-share': ratio(
    'faults.lifts-with-entrapments',
    'lifts.at-period-end',
    'lifts with an entrapment ÷ lifts, from terminals',
  ),
  'repeat-entrapment-lifts-month': count(
    'orders.lifts-with-entrapments',
    'lifts with 2 entrapments or more in a month',
    REPEATS_MONTH,
  ),
  'repeat-entrapment-lifts-year': count(
    'orders.lifts-with-entrapments',
    'lifts with 4 entrapments or more in a year',
    REPEATS_YEAR,
  ),
  'terminal-repeat-entrapment-lifts-month': count(
    'faults.lifts-with-entrapments',
    'the same, from terminals',
    REPEATS_MONTH,
  ),
  'terminal-repeat-entrapment-lifts-year': count(
    'faults.lifts-with-entrapments',
    'the same, from terminals',
    REPEATS_YEAR,
  ),

  'emergency-response-share': ratio('orders.answered-in-time', 'orders.entrapment', '应急响应率', {
    better: 'higher',
    parameters: { limitMinutes: 3 },
  }),
  'on-time-arrival-share': ratio('orders.arrived-in-time', 'orders.entrapment', '按时到达率', {
    better: 'higher',
    parameters: { limitMinutes: 30 },
  }),
  'mean-arrival': minutes('mean', 'orders.arrival-time', 'call to arrival, Jiangsu 96333'),
  'p90-arrival': minutes('p90', 'orders.arrival-time', 'call to arrival'),
  'mean-release': minutes('mean', 'orders.release-time', 'arrival to release, Jiangsu 96333'),
  'p90-release': minutes('p90', 'orders.release-time', 'arrival to release'),
  'self-freed-share': ratio('orders.self-freed', 'orders.trapped-reports', '自行脱困, apart from rates'),
  'false-share': ratio('orders.false', 'orders.trapped-reports', '误报, apart from rates'),
  complaints: count('orders.complaint', 'Pingluo 2019: complaints a year', { period: 'year' }),

  'inspection-pass-share': goodShare('inspections.passed', 'inspections', 'Dianjiang 2021'),
  'on-time-maintenance-share': goodShare('maintenance.on-time', 'maintenance.due', 'Pingluo 2019'),
  'card-maintenance-share': goodShare('maintenance.by-card', 'maintenance.done', 'Pingluo 2019'),
  'paperless-maintenance-share': goodShare('maintenance.signed', 'maintenance.done', 'Dianjiang 2021'),
  'terminal-coverage': goodShare('lifts.with-terminal', 'lifts.at-period-end', 'Tongbai 2022'),
  'rescue-code-coverage': goodShare('lifts.with-rescue-code', 'lifts.at-period-end', 'Tongbai, Pingluo'),
  'terminal-online-share': ratio('terminals.online-ms', 'terminals.bound-ms', 'time online ÷ time bound', {
    better: 'higher',
    minimumExposure: 86_400_000,
    interval: null,
    evidence: ['official'],
  }),
  'terminal-fault-share': ratio(
    'faults.of-terminal',
    'faults.any-owner',
    'self-faults ÷ all faults reported',
  ),
} as const satisfies Record<string, IndicatorFacts>;

export type IndicatorId = keyof typeof INDICATORS;

/** An indicator with its id, as figures and rules take it. */
export interface Indicator extends IndicatorFacts {
  readonly id: IndicatorId;
}

/** Ids in the catalogue's order. */
export const INDICATOR_IDS: readonly IndicatorId[] = Object.keys(INDICATORS).filter(isIndicatorId);

export function isIndicatorId(text: string): text is IndicatorId {
  return Object.hasOwn(INDICATORS, text);
}

/**
 * The indicator `id`, with its parameters set anew where `parameters` has them. A parameter the indicator
 * does not have is a programmer's error and throws; files and requests are checked by `parameterFault` first.
 */
export function indicator(id: IndicatorId, parameters: IndicatorParameters = {}): Indicator {
  const facts: IndicatorFacts = INDICATORS[id];
  const fault = parameterFault(id, parameters);
  if (fault !== null) throw new RangeError(fault);
  return { id, ...facts, parameters: { ...facts.parameters, ...parameters } };
}

/** Why `parameters` do not fit the indicator, as a sentence; null when they do. */
export function parameterFault(id: IndicatorId, parameters: IndicatorParameters): string | null {
  const own: IndicatorParameters = INDICATORS[id].parameters;
  for (const name of Object.keys(parameters)) {
    if (!Object.hasOwn(own, name)) {
      return `indicator ${id} has no parameter ${name}; it has ${Object.keys(own).join(', ') || 'none'}`;
    }
  }
  const { limitMinutes, atLeast } = parameters;
  if (limitMinutes !== undefined && !(limitMinutes > 0 && limitMinutes <= 1_440)) {
    return `limitMinutes ${limitMinutes} of ${id}: give minutes above 0 and at most 1440`;
  }
  if (atLeast !== undefined && !(Number.isInteger(atLeast) && atLeast >= 1 && atLeast <= 100)) {
    return `atLeast ${atLeast} of ${id}: give a whole number from 1 to 100`;
  }
  return null;
}
