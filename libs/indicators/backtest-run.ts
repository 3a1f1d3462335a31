import { elapsedPart, indicator, type Period, type RateRule, type Scope, windowOf } from '#domain';
import { ScopeMemory, type TestFact } from './backtest-memory.js';
import type { BacktestEventView } from './backtest-view.js';
import { decideLook, type Look } from './evaluate-rules.js';
import { DayCuts } from './exposure-memory.js';
import type { DayChange } from './exposure-sums.js';
import { readScope } from './scope-keys.js';

/** Events that a backtest lists; the others are counted. */
export const BACKTEST_EVENTS_MAX = 1_000;

interface TestedScope {
  readonly scope: Scope;
  readonly key: string;
  readonly memory: ScopeMemory;
  stored: Look['stored'];
  dueAt: number | null;
}

/**
 * A rule over the past, in the order of time: facts as they come, and between them what the clock would have
 * looked at. What a look decides is the live code.
 */
export class BacktestRun {
  readonly events: BacktestEventView[] = [];
  looks = 0;
  facts = 0;
  eventsTotal = 0;
  breaches = 0;
  private readonly scopes = new Map<string, TestedScope>();
  private readonly due = new DueTimes();
  private readonly cuts = new DayCuts();
  private window: Period | null = null;
  private windowFrom = 0;

  constructor(
    private readonly rule: RateRule,
    private readonly from: number,
  ) {}

  knows(key: string): boolean {
    return this.scopes.has(key);
  }

  get scopeCount(): number {
    return this.scopes.size;
  }

  /** Scopes that are breached at the end. */
  get standing(): readonly string[] {
    return [...this.scopes.values()]
      .filter(({ stored }) => (stored?.state.breach ?? null) !== null)
      .map(({ key }) => key);
  }

  /** A scope is told of before its first fact, with all its changes of exposure. */
  meet(key: string, changes: readonly DayChange[]): void {
    const scope = readScope(key);
    if (scope === null) throw new Error(`${JSON.stringify(key)} is no scope.`);
    const memory = new ScopeMemory(
      indicator(this.rule.indicator, this.rule.parameters),
      this.rule.evidence,
      changes,
      this.cuts,
    );
    const tested: TestedScope = { scope, key, memory, stored: null, dueAt: this.from };
    this.scopes.set(key, tested);
    this.due.add(this.from, key);
  }

  /**
   * The next fact, of time not before the one before, with nothing due before it. Facts before the start fill
   * the first window.
   */
  take(keys: readonly string[], fact: TestFact): void {
    this.facts += 1;
    for (const key of keys) {
      const tested = this.scopes.get(key);
      if (tested === undefined) continue;
      tested.memory.add(fact);
      if (fact.at >= this.from) this.look(tested, fact.at);
    }
  }

  /** True when the clock would have looked at something by `now`. */
  isDue(now: number): boolean {
    return this.due.next <= now;
  }

  /** What the clock would have looked at until `now`, at most `limit`; true when more is due. */
  runTo(now: number, limit: number): boolean {
    for (let looks = 0; looks < limit; looks += 1) {
      const next = this.due.takeUntil(now);
      if (next === null) return false;
      const tested = this.scopes.get(next.key);
      // An entry that was put off since says nothing any more.
      if (tested !== undefined && tested.dueAt === next.at) this.look(tested, next.at);
    }
    return this.isDue(now);
  }

  /** A window is the same for all of a day, and a calendar's for longer. */
  private windowAt(now: number): Period {
    if (this.window === null || now >= this.window.to || now < this.windowFrom) {
      this.window = windowOf(this.rule, now);
      this.windowFrom = now;
    }
    return this.window;
  }

  private look(tested: TestedScope, now: number): void {
    const { rule } = this;
    this.looks += 1;
    const period = elapsedPart(this.windowAt(now), now);
    const figure = tested.memory.figure(period);
    const look: Look = { rule, scope: tested.scope, stored: tested.stored, correction: null };
    const { next, effects } = decideLook(look, period, figure, null, now);
    tested.stored = next;
    if (next.dueAt !== tested.dueAt && next.dueAt !== null) this.due.add(next.dueAt, tested.key);
    tested.dueAt = next.dueAt;
    for (const effect of effects) {
      this.eventsTotal += 1;
      if (effect.type === 'indicator.breached') this.breaches += 1;
      if (this.events.length >= BACKTEST_EVENTS_MAX) continue;
      const { value, numerator, denominator } = effect.figure ?? effect.breach.figure;
      const { type, reason } = effect;
      this.events.push({
        type,
        at: new Date(now).toISOString(),
        scope: tested.key,
        value,
        numerator,
        denominator,
        reason,
      });
    }
  }
}

/** Times to look, the earliest first: a binary heap. */
class DueTimes {
  private readonly heap: { readonly at: number; readonly key: string }[] = [];

  add(at: number, key: string): void {
    const { heap } = this;
    heap.push({ at, key });
    for (let place = heap.length - 1; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!this.before(place, parent)) break;
      this.swap(place, parent);
      place = parent;
    }
  }

  /** The earliest time; infinite for none. */
  get next(): number {
    return this.heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** The earliest entry that is not after `now`, taken out; null for none. */
  takeUntil(now: number): { readonly at: number; readonly key: string } | null {
    const { heap } = this;
    const [first] = heap;
    if (first === undefined || first.at > now) return null;
    const last = heap.pop();
    if (heap.length > 0 && last !== undefined) {
      heap[0] = last;
      this.sink();
    }
    return first;
  }

  private sink(): void {
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (left < this.heap.length && this.before(left, least)) least = left;
      if (right < this.heap.length && this.before(right, least)) least = right;
      if (least === place) return;
      this.swap(place, least);
      place = least;
    }
  }

  private before(one: number, other: number): boolean {
    return (this.heap[one]?.at ?? 0) < (this.heap[other]?.at ?? 0);
  }

  private swap(one: number, other: number): void {
    const { heap } = this;
    const [first, second] = [heap[one], heap[other]];
    if (first === undefined || second === undefined) return;
    heap[one] = second;
    heap[other] = first;
  }
}
