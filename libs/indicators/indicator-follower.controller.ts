import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventLogContext, type LogEvent, LogEventPattern } from '#records';
import { Clock, Metrics } from '#runtime';
import { inspectionChanges, liftsOf, maintenanceChanges, numbersOf, orderChanges } from './book-changes.js';
import { faultChange } from './fault-changes.js';
import { applyFacts, type FactChange, LEDGER_BATCH_MAX, type LedgerChange, refileLifts } from './ledger.js';
import { readLiftBooks } from './lift-books.js';
import { LOOKS_MAX, PAGE_LOOKS_MAX, putToRules } from './rule-work.js';

/** The consumer of the event log that this controller is. */
export const INDICATORS_CONSUMER = 'indicators';

/** Events of one transaction: together they are counted and put to the rules in a handful of statements. */
export const INDICATORS_PAGE_MAX = 100;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * What of a page is counted at its end: a hundred together cost little more than one. Books are read as they
 * are now, and rules look at what is in the end, so only the order among faults matters, and is kept.
 */
interface Waiting {
  /** Whose books changed: an import names one an event. */
  readonly lifts: Set<string>;
  readonly faults: FactChange[];
}

/**
 * Keeps the ledger and the sums in step with the log and puts what changed to the rate rules. Counts, states,
 * `indicator.*` events and the cursor commit together.
 */
@Controller()
export class IndicatorFollower {
  private readonly log = new Logger(IndicatorFollower.name);

  constructor(
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  @LogEventPattern(
    INDICATORS_CONSUMER,
    'fault.raised',
    'fault.recorded',
    'fault.cleared',
    'fault.withdrawn',
    'fault.judged',
  )
  async fault(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    const change = faultChange(event);
    if (typeof change === 'string') {
      this.log.error(
        `Event ${event.id} (${event.type}) is no change of a fault that this version knows: skipped.`,
      );
      this.ignored().inc({ type: event.type, reason: change });
      return;
    }
    this.waitingIn(context).faults.push(change);
  }

  @LogEventPattern(INDICATORS_CONSUMER, 'order.recorded')
  async orders(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    await this.rows(event, context, orderChanges);
  }

  @LogEventPattern(INDICATORS_CONSUMER, 'inspection.recorded')
  async inspections(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    await this.rows(event, context, inspectionChanges);
  }

  @LogEventPattern(INDICATORS_CONSUMER, 'maintenance.recorded')
  async maintenance(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    await this.rows(event, context, maintenanceChanges);
  }

  @LogEventPattern(
    INDICATORS_CONSUMER,
    'lift.registered',
    'lift.changed',
    'terminal.bound',
    'terminal.unbound',
    'terminal.revoked',
    'out-of-service.recorded',
  )
  async lifts(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    const { lifts } = this.waitingIn(context);
    for (const lift of liftsOf(event)) lifts.add(lift);
    if (lifts.size >= LEDGER_BATCH_MAX) await this.refileWaiting(context);
  }

  private async rows(
    event: LogEvent,
    context: EventLogContext,
    changesOf: (tx: EventLogContext['tx'], numbers: readonly string[]) => ReturnType<typeof orderChanges>,
  ): Promise<void> {
    await this.refileWaiting(context);
    for (const numbers of batches(numbersOf(event))) {
      const changes = await changesOf(context.tx, numbers);
      await this.count(event.type, context, () => applyFacts(context.tx, changes, this.clock.now()));
    }
  }

  private waitingIn(context: EventLogContext): Waiting {
    return context.gathering(this, () => {
      context.atPageEnd(() => this.countWaiting(context));
      return { lifts: new Set(), faults: [] };
    });
  }

  private async countWaiting(context: EventLogContext): Promise<void> {
    await this.refileWaiting(context);
    const faults = this.waitingIn(context).faults.splice(0);
    // A page of this consumer has fewer; another way in may not.
    for (const some of batches(faults)) {
      await this.count('faults', context, () => applyFacts(context.tx, some, this.clock.now()), some.length);
    }
  }

  /** Before facts of the page are counted, and at its end. */
  private async refileWaiting(context: EventLogContext): Promise<void> {
    const waiting = this.waitingIn(context);
    const lifts = [...waiting.lifts];
    waiting.lifts.clear();
    for (const some of batches(lifts)) {
      const books = await readLiftBooks(context.tx, some);
      await this.count('lifts', context, () => refileLifts(context.tx, books, this.clock.now()));
    }
  }

  private async count(
    type: string,
    context: EventLogContext,
    apply: () => Promise<LedgerChange>,
    changes = 1,
  ): Promise<void> {
    const began = this.clock.monotonicMs();
    const change = await apply();
    const looksMax = Math.min(PAGE_LOOKS_MAX, LOOKS_MAX * changes);
    const { looks, deferred, events } = await putToRules(context.tx, change, this.clock.now(), looksMax);
    for (const each of events) context.emit(each);
    this.looks().inc({ by: 'event' }, looks);
    this.looks().inc({ by: 'deferred' }, deferred);
    this.seconds().observe({ type }, (this.clock.monotonicMs() - began) / 1_000);
  }

  private ignored() {
    return this.metrics.counter(
      'liftwarden_indicator_events_ignored_total',
      'Events that changed no figure, by why.',
      ['type', 'reason'],
    );
  }

  private looks() {
    return this.metrics.counter(
      'liftwarden_rate_rule_looks_total',
      'Looks at one scope by one rule: for an event, by the clock, or left by an event to the clock.',
      ['by'],
    );
  }

  private seconds() {
    return this.metrics.histogram(
      'liftwarden_indicator_event_seconds',
      'Counting what a page holds of one type and looking at the scopes it touched, the commit left out.',
      SECONDS,
      ['type'],
    );
  }
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += LEDGER_BATCH_MAX) yield all.slice(at, at + LEDGER_BATCH_MAX);
}
