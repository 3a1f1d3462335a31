import type { IndicatorId, IndicatorUnit, PeriodKind } from '#domain';

/** What a form must know of an indicator before the server has sent a figure of it. */
export interface ListedIndicator {
  readonly id: IndicatorId;
  readonly unit: IndicatorUnit;
  /** A share that is good when high, and then has a target "at least". */
  readonly better: 'lower' | 'higher';
  readonly periods: readonly PeriodKind[];
  /** The parameter a rule may set anew, with the catalogue's own value. */
  readonly parameter: { readonly name: 'limitMinutes' | 'atLeast'; readonly value: number } | null;
  /** Official and provisional, or official alone. */
  readonly readings: 1 | 2;
}

const ALL_PERIODS: readonly PeriodKind[] = ['month', 'quarter', 'year', 'rolling'];

function listed(unit: IndicatorUnit, changes: Partial<ListedIndicator> = {}): Omit<ListedIndicator, 'id'> {
  return { unit, better: 'lower', periods: ALL_PERIODS, parameter: null, readings: 2, ...changes };
}
const good = (changes: Partial<ListedIndicator> = {}) =>
  listed('percent', { better: 'higher', readings: 1, ...changes });
const inTime = (value: number) => good({ readings: 2, parameter: { name: 'limitMinutes', value } });
const repeats = (value: number, period: PeriodKind) =>
  listed('count', { periods: [period, 'rolling'], parameter: { name: 'atLeast', value } });

/** The domain's catalogue by type only, as `protocol-names.ts` explains; a spec holds it to the domain's. */
const BY_ID: Readonly<Record<IndicatorId, Omit<ListedIndicator, 'id'>>> = {
  'fault-rate': listed('per-lift-month'),
  'hotline-fault-rate': listed('per-lift-month'),
  'fault-rate-per-run': listed('per-10000-runs'),
  'stopped-share': listed('percent'),
  'entrapment-rate-total': listed('percent'),
  'entrapment-rate-monthly': listed('percent-per-month'),
  'entrapment-rate-daily': listed('percent-per-day'),
  'entrapment-rate-daily-per-10000': listed('per-10000-lifts-a-day'),
  'entrapment-share-of-faults': listed('percent'),
  'entrapment-affected-share': listed('percent'),
  'terminal-entrapment-rate-total': listed('percent'),
  'terminal-entrapment-rate-monthly': listed('percent-per-month'),
  'terminal-entrapment-rate-daily': listed('percent-per-day'),
  'terminal-entrapment-rate-daily-per-10000': listed('per-10000-lifts-a-day'),
  'terminal-entrapment-rate-per-run': listed('per-10000-runs'),
  'terminal-entrapment-share-of-faults': listed('percent'),
  'terminal-entrapment-affected-share': listed('percent'),
  'repeat-entrapment-lifts-month': repeats(2, 'month'),
  'repeat-entrapment-lifts-year': repeats(4, 'year'),
  'terminal-repeat-entrapment-lifts-month': repeats(2, 'month'),
  'terminal-repeat-entrapment-lifts-year': repeats(4, 'year'),
  'emergency-response-share': inTime(3),
  'on-time-arrival-share': inTime(30),
  'mean-arrival': listed('minutes'),
  'p90-arrival': listed('minutes'),
  'mean-release': listed('minutes'),
  'p90-release': listed('minutes'),
  'self-freed-share': listed('percent'),
  'false-share': listed('percent'),
  complaints: listed('count'),
  'inspection-pass-share': good(),
  'on-time-maintenance-share': good(),
  'card-maintenance-share': good(),
  'paperless-maintenance-share': good(),
  'terminal-coverage': good(),
  'rescue-code-coverage': good(),
  'terminal-online-share': good(),
  'terminal-fault-share': listed('percent'),
};

/** In the catalogue's order. */
export const LISTED_INDICATORS: readonly ListedIndicator[] = Object.entries(BY_ID).map(([id, facts]) => ({
  id: id as IndicatorId,
  ...facts,
}));

/** Null for one of a newer server. */
export function listedIndicator(id: string): ListedIndicator | null {
  return LISTED_INDICATORS.find((each) => each.id === id) ?? null;
}

/** Lengths of the points of a trend: whole periods only. */
export function trendPeriods(id: string): readonly ('month' | 'quarter' | 'year')[] {
  const periods = listedIndicator(id)?.periods ?? ALL_PERIODS;
  return (['month', 'quarter', 'year'] as const).filter((each) => periods.includes(each));
}
