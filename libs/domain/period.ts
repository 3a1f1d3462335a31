/**
 * Days, months, quarters and years in China's time (UTC+8, no summer time since 1991). A period is half-open:
 * a fault at the midnight that ends it belongs to the next one.
 */
const OFFSET_MS = 8 * 3_600_000;
/** A day in Asia/Shanghai is always this long, ms. */
export const DAY_MS = 86_400_000;
/** The longest rolling window, days: a leap year. */
export const ROLLING_DAYS_MAX = 366;

export const PERIOD_KINDS = ['month', 'quarter', 'year', 'rolling'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** A span of whole Shanghai days, `[from, to)` in ms since 1970 UTC. */
export interface Period {
  readonly kind: PeriodKind;
  /** `2026-02`, `2026-Q1`, `2026`, or `30d@2026-02-28`: the 30 days that end with that day. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

/** A piece of a period that lies in one calendar month, with that whole month's length in ms. */
export interface MonthPart {
  /** `2026-02`. */
  readonly month: string;
  readonly from: number;
  readonly to: number;
  readonly monthMs: number;
}

/** Why a text is no period; the API answers it with 400. */
export type PeriodRefusal = 'not-a-period' | 'no-such-month' | 'no-such-day' | 'rolling-days-out-of-range';
export type PeriodRead =
  | { readonly ok: true; readonly period: Period }
  | { readonly ok: false; readonly refusal: PeriodRefusal };

/** The number of the Shanghai day that `at` (ms since 1970 UTC) falls on; day 0 is 1970-01-01. */
export function shanghaiDay(at: number): number {
  return Math.floor((at + OFFSET_MS) / DAY_MS);
}

/** Shanghai midnight at which day `day` begins, ms since 1970 UTC. */
export function dayStart(day: number): number {
  return day * DAY_MS - OFFSET_MS;
}

/** The Shanghai date of `at`, `YYYY-MM-DD`. */
export function shanghaiDate(at: number): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 10);
}

/** Shanghai midnight at which a date begins, ms since 1970 UTC; null when there is no such date. */
export function dateStart(date: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0] = parts;
  const at = Date.UTC(year, month - 1, day) - OFFSET_MS;
  // `Date.UTC` rolls 30 February over and reads year 50 as 1950: neither is the date that was asked for.
  return shanghaiDate(at) === date ? at : null;
}

/** Shanghai midnight of the first of a month; `month` counts from 0 and may run over the year's end. */
function monthStart(year: number, month: number): number {
  return Date.UTC(year, month, 1) - OFFSET_MS;
}

function monthOf(at: number): { year: number; month: number } {
  const local = new Date(at + OFFSET_MS);
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() };
}

/** The calendar month, quarter or year that `at` (ms since 1970 UTC) falls in. */
export function calendarPeriod(kind: Exclude<PeriodKind, 'rolling'>, at: number): Period {
  const { year, month } = monthOf(at);
  switch (kind) {
    case 'month':
      return span(kind, `${year}-${String(month + 1).padStart(2, '0')}`, year, month, 1);
    case 'quarter':
      return span(kind, `${year}-Q${Math.floor(month / 3) + 1}`, year, month - (month % 3), 3);
    case 'year':
      return span(kind, String(year), year, 0, 12);
  }
}

function span(kind: PeriodKind, label: string, year: number, month: number, months: number): Period {
  return { kind, label, from: monthStart(year, month), to: monthStart(year, month + months) };
}

/**
 * The `days` whole Shanghai days that end with the day of `at`, that day included. Throws a RangeError unless
 * `days` is a whole number from 1 to 366.
 */
export function rollingPeriod(days: number, at: number): Period {
  if (!isRollingLength(days)) {
    throw new RangeError(`Rolling window of ${days} days: give a whole number from 1 to ${ROLLING_DAYS_MAX}`);
  }
  const last = shanghaiDay(at);
  return {
    kind: 'rolling',
    label: `${days}d@${shanghaiDate(at)}`,
    from: dayStart(last - days + 1),
    to: dayStart(last + 1),
  };
}

export function isRollingLength(days: number): boolean {
  return Number.isInteger(days) && days >= 1 && days <= ROLLING_DAYS_MAX;
}

/** Reads a label as `Period.label` writes it. */
export function readPeriod(text: string): PeriodRead {
  const rolling = /^(\d{1,9})d@(\d{4}-\d{2}-\d{2})$/.exec(text);
  if (rolling) return readRolling(Number(rolling[1]), rolling[2] ?? '');
  const year = /^(\d{4})$/.exec(text);
  if (year) return readCalendar('year', `${text}-01-01`);
  const quarter = /^(\d{4})-Q([1-4])$/.exec(text);
  if (quarter) {
    const month = String(Number(quarter[2]) * 3).padStart(2, '0');
    return readCalendar('quarter', `${quarter[1]}-${month}-01`);
  }
  if (/^\d{4}-\d{2}$/.test(text)) return readCalendar('month', `${text}-01`);
  return { ok: false, refusal: 'not-a-period' };
}

function readCalendar(kind: Exclude<PeriodKind, 'rolling'>, date: string): PeriodRead {
  const at = dateStart(date);
  return at === null
    ? { ok: false, refusal: 'no-such-month' }
    : { ok: true, period: calendarPeriod(kind, at) };
}

function readRolling(days: number, date: string): PeriodRead {
  if (!isRollingLength(days)) return { ok: false, refusal: 'rolling-days-out-of-range' };
  const at = dateStart(date);
  return at === null ? { ok: false, refusal: 'no-such-day' } : { ok: true, period: rollingPeriod(days, at) };
}

/**
 * The part of a period that has passed at `now`: rates of a running month divide by the time there was, not
 * by days to come. A period wholly in the future comes out empty (`from = to`).
 */
export function elapsedPart(period: Period, now: number): Period {
  return { ...period, to: Math.max(period.from, Math.min(period.to, now)) };
}

/** The period cut at month edges, in order; empty pieces are left out. */
export function monthParts({ from, to }: Pick<Period, 'from' | 'to'>): readonly MonthPart[] {
  const parts: MonthPart[] = [];
  for (let at = from; at < to; ) {
    const month = calendarPeriod('month', at);
    const end = Math.min(to, month.to);
    parts.push({ month: month.label, from: at, to: end, monthMs: month.to - month.from });
    at = end;
  }
  return parts;
}

/** Length in months: a whole month is 1, whatever its days; part of one is its share of that month. */
export function monthsIn(period: Pick<Period, 'from' | 'to'>): number {
  return monthParts(period).reduce((sum, part) => sum + (part.to - part.from) / part.monthMs, 0);
}

/** Length in days, a fraction for a period that is still running. */
export function daysIn({ from, to }: Pick<Period, 'from' | 'to'>): number {
  return (to - from) / DAY_MS;
}
