import type { PeriodKind } from '#domain';
import type { Translate } from '../i18n/translate.js';

/** Kinds of period that the page offers; a spec holds them to the domain's. */
export const PERIOD_CHOICES = [
  'month',
  'quarter',
  'year',
  'rolling',
] as const satisfies readonly PeriodKind[];
/** Days of a rolling period that a person has not asked otherwise. */
export const ROLLING_DAYS = 30;

const OFFSET_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

/** What a label such as `2026-10`, `2026-Q4`, `2026` or `30d@2026-10-31` names, in China's time. */
export interface PeriodChoice {
  readonly kind: PeriodKind;
  readonly label: string;
  /** `[fromMs, toMs)`, ms since 1970 UTC. */
  readonly fromMs: number;
  readonly toMs: number;
}

function monthStart(year: number, month: number): number {
  return Date.UTC(year, month, 1) - OFFSET_MS;
}

function local(at: number): Date {
  return new Date(at + OFFSET_MS);
}

/** `YYYY-MM-DD` in China of a moment, ms since 1970 UTC. */
export function chinaDate(at: number): string {
  return local(at).toISOString().slice(0, 10);
}

/** The period of a kind that holds the moment `at`, ms since 1970 UTC. */
export function periodAt(kind: PeriodKind, at: number): PeriodChoice {
  const date = local(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (kind) {
    case 'month':
      return calendar(kind, chinaDate(at).slice(0, 7), year, month, 1);
    case 'quarter': {
      const quarter = Math.floor(month / 3);
      return calendar(kind, `${year}-Q${quarter + 1}`, year, quarter * 3, 3);
    }
    case 'year':
      return calendar(kind, String(year), year, 0, 12);
    case 'rolling':
      return rolling(ROLLING_DAYS, chinaDate(at));
  }
}

function calendar(
  kind: PeriodKind,
  label: string,
  year: number,
  month: number,
  months: number,
): PeriodChoice {
  return { kind, label, fromMs: monthStart(year, month), toMs: monthStart(year, month + months) };
}

function rolling(days: number, lastDate: string): PeriodChoice {
  const toMs = Date.parse(`${lastDate}T00:00:00Z`) - OFFSET_MS + DAY_MS;
  return { kind: 'rolling', label: `${days}d@${lastDate}`, fromMs: toMs - days * DAY_MS, toMs };
}

/** Reads a label; null for a text that is none. */
export function readPeriodLabel(text: string): PeriodChoice | null {
  const window = /^(\d{1,3})d@(\d{4}-\d{2}-\d{2})$/.exec(text);
  if (window !== null) {
    const [days, date] = [Number(window[1]), window[2] ?? ''];
    const at = Date.parse(`${date}T00:00:00Z`);
    if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) return null;
    return days >= 1 && days <= 366 ? rolling(days, date) : null;
  }
  const parts = /^(\d{4})(?:-(?:(\d{2})|Q([1-4])))?$/.exec(text);
  if (parts === null || Number(parts[1]) < 1000) return null;
  const [year, month, quarter] = [Number(parts[1]), parts[2], parts[3]];
  if (month !== undefined) {
    return Number(month) >= 1 && Number(month) <= 12
      ? periodAt('month', monthStart(year, Number(month) - 1))
      : null;
  }
  if (quarter !== undefined) return periodAt('quarter', monthStart(year, Number(quarter) * 3 - 1));
  return periodAt('year', monthStart(year, 0));
}

/** The period before (-1) or after (1), as long; of a rolling one the days before or after. */
export function neighbourOf(period: PeriodChoice, step: -1 | 1): PeriodChoice {
  if (period.kind !== 'rolling') return periodAt(period.kind, step < 0 ? period.fromMs - 1 : period.toMs);
  const lengthMs = period.toMs - period.fromMs;
  return rolling(Math.round(lengthMs / DAY_MS), chinaDate(period.toMs - 1 + step * lengthMs));
}

/** The same moment seen by another kind of period: its end, or now while it runs. */
export function asKind(kind: PeriodKind, period: PeriodChoice, nowMs: number): PeriodChoice {
  return periodAt(kind, Math.min(nowMs, period.toMs - 1));
}

/** The last `count` periods of a kind, the running one first. */
export function recentPeriods(kind: PeriodKind, nowMs: number, count: number): readonly PeriodChoice[] {
  const periods = [periodAt(kind, nowMs)];
  for (let last = periods[0]; last !== undefined && periods.length < count; last = periods.at(-1)) {
    periods.push(neighbourOf(last, -1));
  }
  return periods;
}

/** A label in words. What is no label stays as it is. */
export function periodName(t: Translate, label: string): string {
  const period = readPeriodLabel(label);
  if (period === null) return label;
  const [year = '', rest = ''] = label.split('-');
  switch (period.kind) {
    case 'month':
      return t('period.monthOf', { year, month: rest });
    case 'quarter':
      return t('period.quarterOf', { year, quarter: rest.slice(1) });
    case 'year':
      return t('period.yearOf', { year });
    case 'rolling':
      return t('period.rollingOf', {
        days: Math.round((period.toMs - period.fromMs) / DAY_MS),
        date: chinaDate(period.toMs - 1),
      });
  }
}
