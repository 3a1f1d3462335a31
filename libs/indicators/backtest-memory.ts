import {
  dayStart,
  type Figure,
  type FigureEvidence,
  type Indicator,
  type MetricName,
  type Period,
  shanghaiDay,
  summariseDurations,
} from '#domain';
import { type DayCuts, ExposureMemory } from './exposure-memory.js';
import type { DayChange } from './exposure-sums.js';
import { isOfWholeDays, needsOf, tokensFor } from './figure-needs.js';
import { figureFrom, keptKey, type ReadSums } from './figure-reader.js';
import type { OrderTimes } from './figure-rows.js';

/** A fact as a backtest needs it. */
export interface TestFact {
  readonly at: number;
  readonly metric: string;
  readonly flags: readonly string[];
  readonly lift: string;
  readonly weight: number;
  readonly official: boolean;
  readonly answerMs: number | null;
  readonly arrivalMs: number | null;
  readonly releaseMs: number | null;
}

type Counts = Map<string, { provisional: number; official: number }>;

/**
 * What one scope had counted at a moment of the past: the sums of the window that ends there, moved along as
 * time goes on. Adding a fact and reading the figure cost the same however long the window.
 */
export class ScopeMemory {
  private readonly days = new Map<number, Counts>();
  private readonly totals: Counts = new Map();
  private readonly kept: TestFact[] = [];
  private first = Number.NEGATIVE_INFINITY;
  private readonly exposure: ExposureMemory;

  /** `changes` are all of the scope's, in any order. */
  constructor(
    private readonly wanted: Indicator,
    private readonly evidence: FigureEvidence,
    changes: readonly DayChange[],
    cuts: DayCuts,
    private readonly needs = needsOf([wanted]),
  ) {
    const needed = changes.filter(({ measure }) => needs.measures.has(measure));
    this.exposure = new ExposureMemory(needed, cuts);
  }

  add(fact: TestFact): void {
    const day = shanghaiDay(fact.at);
    for (const token of [fact.metric, ...fact.flags]) {
      if (!this.needs.tokens.has(token)) continue;
      const counts = this.days.get(day) ?? new Map();
      this.days.set(day, counts);
      addTo(counts, token, fact.weight, fact.official ? fact.weight : 0);
      if (day >= this.first) addTo(this.totals, token, fact.weight, fact.official ? fact.weight : 0);
    }
    if (this.needs.orderTimes || this.needs.lifts.size > 0) this.kept.push(fact);
  }

  /** The figure of `period`, whose `from` never goes back, as known at its end. */
  figure(period: Pick<Period, 'from' | 'to'>): Figure {
    this.moveTo(shanghaiDay(period.from));
    const sums: ReadSums = {
      period,
      counts: this.countsAt(period.to),
      exposure: this.needs.exposure ? this.exposure.at(period) : null,
      orderTimes: this.needs.orderTimes ? { [this.evidence]: this.times() } : {},
      lifts: new Map([...this.needs.lifts].map((metric) => [metric, this.liftsOf(metric)])),
      stopped: null,
    };
    return figureFrom(sums, this.wanted, this.evidence);
  }

  private moveTo(first: number): void {
    if (first <= this.first) return;
    // Days stand in the order of their facts, which is that of time.
    for (const [day, counts] of this.days) {
      if (day >= first) break;
      for (const [token, each] of counts) addTo(this.totals, token, -each.provisional, -each.official);
      this.days.delete(day);
    }
    this.first = first;
    const from = dayStart(first);
    const gone = this.kept.findIndex(({ at }) => at >= from);
    this.kept.splice(0, gone < 0 ? this.kept.length : gone);
  }

  /** Without today's where a day counts only once it is over. */
  private countsAt(to: number): ReadSums['counts'] {
    const today = shanghaiDay(to);
    const running = this.days.get(today);
    if (running === undefined || ![...running.keys()].some(isOfWholeDays)) return this.totals;
    const counts: Counts = new Map(this.totals);
    for (const [token, each] of running) {
      const all = counts.get(token);
      if (!isOfWholeDays(token) || all === undefined) continue;
      counts.set(token, {
        provisional: all.provisional - each.provisional,
        official: all.official - each.official,
      });
    }
    return counts;
  }

  private times(): OrderTimes {
    const orders = this.kept.filter(
      ({ metric, official }) =>
        metric === 'orders.entrapment' && (official || this.evidence === 'provisional'),
    );
    const pairs = (of: 'arrivalMs' | 'releaseMs') =>
      orders.map((order) => (order[of] === null ? ([null, null] as const) : ([0, order[of]] as const)));
    const limit = this.wanted.parameters.limitMinutes ?? 0;
    const within = (which: 'answer' | 'arrival') =>
      orders.filter((order) => {
        const ms = which === 'answer' ? order.answerMs : order.arrivalMs;
        return ms !== null && ms >= 0 && ms <= limit * 60_000;
      }).length;
    return {
      arrival: summariseDurations(pairs('arrivalMs')),
      release: summariseDurations(pairs('releaseMs')),
      kept: new Map((['answer', 'arrival'] as const).map((which) => [keptKey(which, limit), within(which)])),
    };
  }

  private liftsOf(metric: MetricName) {
    const tokens = tokensFor(metric);
    const byLift = new Map<string, { provisional: number; official: number }>();
    for (const fact of this.kept) {
      if (!tokens.includes(fact.metric)) continue;
      const each = byLift.get(fact.lift) ?? { provisional: 0, official: 0 };
      each.provisional += 1;
      each.official += fact.official ? 1 : 0;
      byLift.set(fact.lift, each);
    }
    return [...byLift.values()].map((each) => ({ ...each, lifts: 1 }));
  }
}

function addTo(counts: Counts, token: string, provisional: number, official: number): void {
  const each = counts.get(token);
  if (each === undefined) counts.set(token, { provisional, official });
  else {
    each.provisional += provisional;
    each.official += official;
  }
}
