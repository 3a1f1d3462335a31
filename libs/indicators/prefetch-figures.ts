import {
  dayStart,
  type Figure,
  type Indicator,
  indicator,
  type Period,
  type RateRule,
  type Scope,
} from '#domain';
import { jsonList, type Tx } from '#records';
import { figuresIn, type RuleFigureOf } from './evaluate-rules.js';
import { type DayChange, exposureSums } from './exposure-sums.js';
import { type FigureNeeds, isOfWholeDays, needsOf } from './figure-needs.js';
import { figureFrom, type ReadSums } from './figure-reader.js';
import { daysOf } from './figure-rows.js';
import { type LedgerWrites, ledgerValues } from './ledger-writes.js';
import { type StoredState, unpackStates } from './rule-rows.js';
import { isSummed, scopeKey } from './scope-keys.js';
import { changesOf } from './span-changes.js';
import type { Measure } from './spans.js';
import {
  type Change,
  type Count,
  type PackedSums,
  READ_SUMS,
  type Time,
  WRITE_AND_READ,
} from './sum-rows.js';
import type { CountChange, ExposureChange } from './tally.js';

type Window = Pick<Period, 'from' | 'to'>;

/** A figure that a look needs. */
export interface WantedFigure {
  readonly rule: RateRule;
  readonly scope: Scope;
  readonly period: Window;
}

/**
 * Figures of many looks by one statement instead of several a look: an event touches a dozen scopes, and most
 * rules look at the same days. What rests on more than sums, or was not asked for, is left to `otherwise`.
 */
export async function prefetchFigures(
  tx: Tx,
  wanted: readonly WantedFigure[],
  otherwise: RuleFigureOf,
): Promise<RuleFigureOf> {
  const asked = new SumsAsked(wanted);
  if (asked.isEmpty) return otherwise;
  const [row] = await READ_SUMS(tx, asked.values());
  if (row === undefined) throw new Error('A select without a table answers one row.');
  return asked.figures(row, null, otherwise);
}

/**
 * Writes a change of the ledger, and reads what these figures and states are with it: one statement. Its sums
 * are those of before, to which the change is added here. States are not locked: every writer of states holds
 * the consumer's cursor.
 */
export async function writeAndPrefetch(
  tx: Tx,
  writes: LedgerWrites,
  wanted: readonly WantedFigure[],
): Promise<{ readonly figureOf: RuleFigureOf; readonly states: ReadonlyMap<string, StoredState> }> {
  const asked = new SumsAsked(wanted);
  const pairs = wanted.map(({ rule, scope }) => ({ rule: rule.id, scope: scopeKey(scope) }));
  const values = [...ledgerValues(writes), jsonList(pairs), ...asked.values()];
  const [row] = await WRITE_AND_READ(tx, values);
  if (row === undefined) throw new Error('A select without a table answers one row.');
  return { figureOf: asked.figures(row, writes, figuresIn(tx)), states: unpackStates(row.states) };
}

/** A scope in a window, and all that is asked of it. */
interface SumSet {
  readonly place: number;
  readonly scope: Scope;
  readonly period: Window;
  readonly days: ReturnType<typeof daysOf>;
  readonly tokens: Set<string>;
  readonly measures: Set<Measure>;
}

/** What must be read for some figures, each sum once. */
class SumsAsked {
  private readonly sets = new Map<string, SumSet>();
  private readonly asked: {
    readonly set: SumSet;
    readonly figure: WantedFigure;
    readonly indicator: Indicator;
  }[] = [];

  constructor(wanted: readonly WantedFigure[]) {
    const meanings = new Map<RateRule, { readonly of: Indicator; readonly needs: FigureNeeds }>();
    for (const figure of wanted) {
      const { rule, scope, period } = figure;
      const meaning = meanings.get(rule) ?? meaningOf(rule);
      meanings.set(rule, meaning);
      if (!isSumsOnly(meaning.needs)) continue;
      const set = this.setOf(scope, period);
      for (const token of meaning.needs.tokens) set.tokens.add(token);
      for (const measure of meaning.needs.measures) set.measures.add(measure);
      this.asked.push({ set, figure, indicator: meaning.of });
    }
  }

  get isEmpty(): boolean {
    return this.sets.size === 0;
  }

  /** The values of `sumsFrom`. */
  values(): readonly string[] {
    const all = [...this.sets.values()];
    const summed = all.filter(({ scope }) => isSummed(scope.kind));
    const lifts = all.filter(({ scope }) => !isSummed(scope.kind));
    const counts = summed.flatMap((set) =>
      [...set.tokens].map((metric) => ({
        place: set.place,
        scope: scopeKey(set.scope),
        metric,
        first: set.days.first,
        past: pastOf(set, metric),
      })),
    );
    const changes = summed.flatMap((set) =>
      [...set.measures].map((measure) => ({
        place: set.place,
        scope: scopeKey(set.scope),
        measure,
        first: set.days.first,
        past: set.days.end,
      })),
    );
    const liftCounts = lifts.flatMap((set) =>
      [...set.tokens].map((metric) => ({
        place: set.place,
        lift: set.scope.id,
        metric,
        since: new Date(dayStart(set.days.first)).toISOString(),
        until: new Date(dayStart(pastOf(set, metric))).toISOString(),
      })),
    );
    const liftTimes = new Map(
      lifts.flatMap(({ scope: { id: lift }, measures }) =>
        [...measures].map((measure) => [`${lift}\n${measure}`, { lift, measure }] as const),
      ),
    );
    return [counts, changes, liftCounts, [...liftTimes.values()]].map(jsonList);
  }

  /** Figures of the rows with `writes`; what was not asked for is left to `otherwise`. */
  figures(rows: PackedSums, writes: LedgerWrites | null, otherwise: RuleFigureOf): RuleFigureOf {
    const sums = this.sumsOf(rows, new AddedSums(writes));
    const found = new Map<string, Figure>();
    for (const { set, figure, indicator: of } of this.asked) {
      const { rule, scope, period } = figure;
      const own = sums.get(set);
      if (own !== undefined) found.set(figureKey(rule, scope, period), figureFrom(own, of, rule.evidence));
    }
    return async (rule, scope, period) =>
      found.get(figureKey(rule, scope, period)) ?? (await otherwise(rule, scope, period));
  }

  private setOf(scope: Scope, period: Window): SumSet {
    const key = setKey(scope, period);
    const known = this.sets.get(key);
    if (known !== undefined) return known;
    const place = this.sets.size;
    const made = {
      place,
      scope,
      period,
      days: daysOf(period),
      tokens: new Set<string>(),
      measures: new Set<Measure>(),
    };
    this.sets.set(key, made);
    return made;
  }

  private sumsOf(rows: PackedSums, added: AddedSums): ReadonlyMap<SumSet, ReadSums> {
    const counts = groupBy([...rows.counts, ...rows.liftCounts], ([place]) => place);
    const changes = groupBy(rows.changes, ([place]) => place);
    const times = groupBy(rows.liftTimes, ([lift]) => lift);
    const exposure = (set: SumSet) =>
      [
        ...(changes.get(set.place) ?? []).map(dayChange),
        ...(isSummed(set.scope.kind) ? [] : (times.get(set.scope.id) ?? []).flatMap(timeChanges)),
        ...added.exposure(set.scope),
      ].filter(({ measure }) => set.measures.has(measure));
    return new Map(
      [...this.sets.values()].map((set) => [
        set,
        {
          period: set.period,
          counts: added.counts(set, counts.get(set.place) ?? []),
          exposure: set.measures.size > 0 ? exposureSums(exposure(set), set.period) : null,
          orderTimes: {},
          lifts: new Map(),
          stopped: null,
        },
      ]),
    );
  }
}

function meaningOf({ indicator: id, parameters }: RateRule) {
  const of = indicator(id, parameters);
  return { of, needs: needsOf([of]) };
}

/** What a change of the ledger adds to the sums that were read before it. */
class AddedSums {
  private readonly countsOf: ReadonlyMap<string, readonly CountChange[]>;
  private readonly exposureOf: ReadonlyMap<string, readonly ExposureChange[]>;

  constructor(writes: LedgerWrites | null) {
    const tallies = writes === null ? [] : [writes.sums, writes.ofLifts];
    this.countsOf = groupBy(
      tallies.flatMap(({ counts }) => counts),
      ({ scope }) => scope,
    );
    this.exposureOf = groupBy(
      tallies.flatMap(({ exposure }) => exposure),
      ({ scope }) => scope,
    );
  }

  /** The counts of a set, of rows and change together. */
  counts(set: SumSet, rows: readonly Count[]): ReadSums['counts'] {
    const all = new Map(
      rows.map(([, name, one, other]) => [name, { provisional: one ?? 0, official: other ?? 0 }]),
    );
    for (const { metric, day, provisional, official } of this.countsOf.get(scopeKey(set.scope)) ?? []) {
      const own = all.get(metric);
      if (own === undefined || day < set.days.first || day >= pastOf(set, metric)) continue;
      own.provisional += provisional;
      own.official += official;
    }
    return all;
  }

  exposure(scope: Scope): readonly DayChange[] {
    return this.exposureOf.get(scopeKey(scope)) ?? [];
  }
}

function isSumsOnly({ orderTimes, stopped, lifts }: FigureNeeds): boolean {
  return !orderTimes && !stopped && lifts.size === 0;
}

/** The first day that does not count any more. */
function pastOf({ days }: SumSet, token: string): number {
  return isOfWholeDays(token) ? days.whole : days.end;
}

function dayChange([, measure, day, lifts, offsetMs]: Change): DayChange {
  return { measure, day, lifts, offsetMs };
}

function timeChanges([, measure, from, to]: Time): readonly DayChange[] {
  return changesOf({ measure, from, to });
}

function groupBy<T, K>(rows: readonly T[], keyOf: (row: T) => K): ReadonlyMap<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function setKey(scope: Scope, { from, to }: Window): string {
  return `${scopeKey(scope)}\n${from} ${to}`;
}

function figureKey(rule: RateRule, scope: Scope, period: Window): string {
  return `${rule.id}\n${setKey(scope, period)}`;
}
