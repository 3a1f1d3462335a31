import type { ExposureName } from './indicator-metric.js';
import { monthParts, type Period } from './period.js';

/** `[from, to)` in ms since 1970 UTC; `to` null = still so. One that ends before it begins holds nothing. */
export interface Interval {
  readonly from: number;
  readonly to: number | null;
}

/** What exposure needs to know of one lift in one scope. Intervals may overlap and come in any order. */
export interface LiftPresence {
  /** On the platform and in the scope: served by this firm, in this county … */
  readonly present: readonly Interval[];
  /** Registered 停用; not the terminal's own mode, behind which faults could be hidden. */
  readonly outOfService: readonly Interval[];
  /** With a terminal bound. */
  readonly monitored: readonly Interval[];
}

/** Lift-time that fell in one month, beside the whole month's length; both ms. */
export interface MonthLiftTime {
  readonly liftMs: number;
  readonly monthMs: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Exposure of a scope over a period, exact to the millisecond (DOMAIN §2). A lift that joins or leaves counts
 * in part. `lifts.at-period-end` counts lifts present at the last instant, out of service or not: one leaving
 * at the very end still counts, one joining then does not. An empty period has no exposure at all.
 */
export function exposureOf(
  lifts: Iterable<LiftPresence>,
  period: Pick<Period, 'from' | 'to'>,
): Readonly<Record<ExposureName, number>> {
  const parts = monthParts(period);
  const inService = parts.map(({ monthMs }) => ({ liftMs: 0, monthMs }));
  const monitored = parts.map(({ monthMs }) => ({ liftMs: 0, monthMs }));
  let atEnd = 0;
  let presentMs = 0;
  for (const lift of lifts) {
    const present = clip(lift.present, period);
    if (present.some(({ to }) => to === period.to)) atEnd += 1;
    presentMs += lengthOf(present);
    const serving = subtract(present, clip(lift.outOfService, period));
    const watched = intersect(serving, clip(lift.monitored, period));
    for (const [index, part] of parts.entries()) {
      addTo(inService[index], lengthOf(intersect(serving, [part])));
      addTo(monitored[index], lengthOf(intersect(watched, [part])));
    }
  }
  return {
    'lifts.at-period-end': atEnd,
    'lifts.mean': period.to > period.from ? presentMs / (period.to - period.from) : 0,
    'lift-months.in-service': liftMonthsOf(inService),
    'lift-months.monitored': liftMonthsOf(monitored),
  };
}

/**
 * Lift-time in months, each month measured by its own length: a lift that is there all February has one
 * lift-month, of 28 days or of 29.
 */
export function liftMonthsOf(parts: Iterable<MonthLiftTime>): number {
  let months = 0;
  for (const { liftMs, monthMs } of parts) months += liftMs / monthMs;
  return months;
}

function addTo(sum: { liftMs: number } | undefined, liftMs: number): void {
  if (sum !== undefined) sum.liftMs += liftMs;
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + (to - from), 0);
}

/** The parts of intervals inside a period, in order, overlaps merged. */
function clip(intervals: readonly Interval[], period: Pick<Period, 'from' | 'to'>): readonly Span[] {
  const spans = intervals
    .map(({ from, to }) => ({
      from: Math.max(from, period.from),
      to: Math.min(to ?? period.to, period.to),
    }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last === undefined || span.from > last.to) merged.push(span);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return merged;
}

/** Both lists merged and in order, as `clip` gives them. */
function intersect(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  return left.flatMap((a) =>
    right
      .map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }))
      .filter(({ from, to }) => from < to),
  );
}

/** `left` without `right`; both merged and in order. */
function subtract(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  return left.flatMap((span) => {
    const kept: Span[] = [];
    let from = span.from;
    for (const hole of right) {
      if (hole.to <= from || hole.from >= span.to) continue;
      if (hole.from > from) kept.push({ from, to: hole.from });
      from = Math.max(from, hole.to);
    }
    if (from < span.to) kept.push({ from, to: span.to });
    return kept;
  });
}
