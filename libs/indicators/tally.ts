import { dayStart, shanghaiDay } from '#domain';
import type { Fact } from './fact.js';
import { isOfficial, isProvisional, tokensOf } from './fact.js';
import { scopesOf } from './scope-keys.js';
import { type Interval, type Measure, measuresOf, type Span } from './spans.js';

/** What changes in one row of counts. */
export interface CountChange {
  readonly scope: string;
  readonly metric: string;
  readonly day: number;
  provisional: number;
  official: number;
}

/** What changes in one row of exposure. */
export interface ExposureChange {
  readonly scope: string;
  readonly measure: Measure;
  readonly day: number;
  lifts: number;
  offsetMs: number;
}

/**
 * Signed changes of the sums, gathered before they are written: what is taken out and put back under the same
 * scope and day cancels here and costs no write. Pure but for its own maps.
 */
export class Tally {
  private readonly countsByKey = new Map<string, CountChange>();
  private readonly exposureByKey = new Map<string, ExposureChange>();

  /** Counts a fact in (`sign` 1) or out (−1), under its own scopes when no others are named. */
  fact(fact: Fact, sign: 1 | -1, scopes: readonly string[] = scopesOf(fact.dims)): void {
    if (!isProvisional(fact)) return;
    const official = isOfficial(fact) ? sign * fact.weight : 0;
    for (const scope of scopes) {
      for (const metric of tokensOf(fact)) {
        const key = `${scope}\n${metric}\n${fact.day}`;
        const change = this.countsByKey.get(key) ?? {
          scope,
          metric,
          day: fact.day,
          provisional: 0,
          official: 0,
        };
        change.provisional += sign * fact.weight;
        change.official += official;
        this.countsByKey.set(key, change);
      }
      // One at a time is open of a lift, so that their lengths may simply be added.
      if (fact.kind === 'terminal-offline')
        this.interval(scope, 'offline', { from: fact.at, to: fact.endedAt }, sign);
    }
  }

  /** Counts a span in or out. */
  span(span: Span, sign: 1 | -1): void {
    const measures = measuresOf(span);
    for (const scope of scopesOf(span.dims)) {
      for (const measure of measures) this.interval(scope, measure, span, sign);
    }
  }

  /** Changes that are not nothing. */
  get counts(): readonly CountChange[] {
    return [...this.countsByKey.values()].filter(
      ({ provisional, official }) => provisional !== 0 || official !== 0,
    );
  }

  get exposure(): readonly ExposureChange[] {
    return [...this.exposureByKey.values()].filter(({ lifts, offsetMs }) => lifts !== 0 || offsetMs !== 0);
  }

  /** Adds all that another one gathered. */
  add(other: Tally): void {
    for (const [key, change] of other.countsByKey) {
      const own = this.countsByKey.get(key);
      if (own === undefined) this.countsByKey.set(key, { ...change });
      else {
        own.provisional += change.provisional;
        own.official += change.official;
      }
    }
    for (const [key, change] of other.exposureByKey) {
      const own = this.exposureByKey.get(key);
      if (own === undefined) this.exposureByKey.set(key, { ...change });
      else {
        own.lifts += change.lifts;
        own.offsetMs += change.offsetMs;
      }
    }
  }

  private interval(scope: string, measure: Measure, { from, to }: Interval, sign: 1 | -1): void {
    if (to !== null && to <= from) return;
    this.moment(scope, measure, from, sign);
    if (to !== null) this.moment(scope, measure, to, sign === 1 ? -1 : 1);
  }

  private moment(scope: string, measure: Measure, at: number, sign: 1 | -1): void {
    const day = shanghaiDay(at);
    const key = `${scope}\n${measure}\n${day}`;
    const change = this.exposureByKey.get(key) ?? { scope, measure, day, lifts: 0, offsetMs: 0 };
    change.lifts += sign;
    change.offsetMs += sign * (at - dayStart(day));
    this.exposureByKey.set(key, change);
  }
}
