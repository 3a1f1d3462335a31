import { AGE_BANDS, ageBandOf, dateStart } from '#domain';
import type { Dims } from './scope-keys.js';

/** Half open, ms since 1970 UTC; null = lasts. */
export interface Interval {
  readonly from: number;
  readonly to: number | null;
}

/** What the books say of one lift. */
export interface LiftBook {
  readonly lift: string;
  readonly site: string | null;
  readonly maker: string | null;
  readonly useKind: string | null;
  /** `YYYY-MM-DD`; null = not known, and then it has no age band. */
  readonly installedOn: string | null;
  readonly rescueCode: boolean;
  /** Who served it when, ascending, without overlaps. */
  readonly periods: readonly (Interval & {
    readonly district: string;
    readonly firm: string | null;
    readonly user: string | null;
  })[];
  /** When a terminal watched it. */
  readonly bindings: readonly Interval[];
  /** When it was registered as out of service. */
  readonly stops: readonly Interval[];
}

/** A time in which a lift counted under the same scopes in the same way. */
export interface Span extends Interval {
  readonly lift: string;
  readonly dims: Dims;
  readonly inService: boolean;
  readonly bound: boolean;
  readonly rescueCode: boolean;
}

/**
 * What lifts are counted as: on the platform, not 停用, that and watched, with a terminal, with a rescue
 * label, and with a silent terminal, which comes of facts and not of the books.
 */
export const MEASURES = ['registered', 'in-service', 'monitored', 'bound', 'rescue-code', 'offline'] as const;
export type Measure = (typeof MEASURES)[number];

/** The measures a span counts in. */
export function measuresOf({ inService, bound, rescueCode }: Span): readonly Measure[] {
  const measures: Measure[] = ['registered'];
  if (inService) measures.push('in-service');
  if (inService && bound) measures.push('monitored');
  if (bound) measures.push('bound');
  if (rescueCode) measures.push('rescue-code');
  return measures;
}

/**
 * The spans of a lift, ascending, from its first period on. Pure: the same books give the same spans,
 * whatever order they were written in. A lift's age changes at the midnight of its birthday, also in years
 * to come.
 */
export function spansOf(book: LiftBook): readonly Span[] {
  const birthdays = birthdaysOf(book.installedOn);
  const edges = [...book.bindings, ...book.stops].flatMap(({ from, to }) =>
    to === null ? [from] : [from, to],
  );
  const spans: Span[] = [];
  for (const period of book.periods) {
    const inside = (at: number) => at > period.from && (period.to === null || at < period.to);
    const cuts = [...new Set([...edges, ...birthdays.map(({ at }) => at)].filter(inside))];
    const starts = [period.from, ...cuts.sort((a, b) => a - b)];
    for (const [place, from] of starts.entries()) {
      const { district, firm, user } = period;
      const { site, maker, useKind } = book;
      const ageBand = birthdays.findLast(({ at }) => at <= from)?.band ?? birthdays[0]?.band ?? null;
      add(spans, {
        lift: book.lift,
        from,
        to: starts[place + 1] ?? period.to,
        dims: { district, firm, user, site, maker, useKind, ageBand },
        inService: !book.stops.some((each) => covers(each, from)),
        bound: book.bindings.some((each) => covers(each, from)),
        rescueCode: book.rescueCode,
      });
    }
  }
  return spans;
}

/** The span of `at`; before the first one that one, for the platform met the lift later than its fault. */
export function spanAt(spans: readonly Span[], at: number): Span | null {
  return spans.findLast(({ from }) => from <= at) ?? spans[0] ?? null;
}

/** True when two spans say the same of the same time. */
export function sameSpan(one: Span, other: Span): boolean {
  return one.from === other.from && one.to === other.to && sameKind(one, other);
}

function sameKind(one: Span, other: Span): boolean {
  return (
    one.inService === other.inService &&
    one.bound === other.bound &&
    one.rescueCode === other.rescueCode &&
    sameDims(one.dims, other.dims)
  );
}

export function sameDims(one: Dims, other: Dims): boolean {
  return (
    one.district === other.district &&
    one.firm === other.firm &&
    one.user === other.user &&
    one.site === other.site &&
    one.maker === other.maker &&
    one.useKind === other.useKind &&
    one.ageBand === other.ageBand
  );
}

function add(spans: Span[], span: Span): void {
  const last = spans.at(-1);
  if (last === undefined || last.to !== span.from || !sameKind(last, span)) spans.push(span);
  else spans[spans.length - 1] = { ...last, to: span.to };
}

function covers({ from, to }: Interval, at: number): boolean {
  return from <= at && (to === null || at < to);
}

function birthdaysOf(installedOn: string | null): readonly { readonly at: number; readonly band: string }[] {
  const start = installedOn === null ? null : dateStart(installedOn);
  if (start === null) return [];
  return AGE_BANDS.map(({ from }) => ({ at: birthday(start, from), band: ageBandOf(from) }));
}

/** Shanghai midnight `years` after the one of `start`; 29 February is followed by 1 March. */
function birthday(start: number, years: number): number {
  const offsetMs = 8 * 3_600_000;
  const local = new Date(start + offsetMs);
  return Date.UTC(local.getUTCFullYear() + years, local.getUTCMonth(), local.getUTCDate()) - offsetMs;
}
