import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventLogContext, type LogEvent, LogEventPattern } from '#records';
import { Clock, Metrics } from '#runtime';
import { inspectionChanges, liftsOf, maintenanceChanges, numbersOf, orderChanges } from './book-changes.js';
import { faultChange } from './fault-changes.js';
import { applyFacts, LEDGER_BATCH_MAX, type LedgerChange, refileLifts } from './ledger.js';
import { readLiftBooks } from './lift-books.js';
import { putToRules } from './rule-work.js';

/** The consumer of the event log that this controller is. */
export const INDICATORS_CONSUMER = 'indicators';

/**
 * Events of one transaction: each is counted, and put to the rules that watch its scopes, in a handful of
 * statements.
 */
export const INDICATORS_PAGE_MAX = 100;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * Keeps the ledger and the sums in step with the log and puts what changed to the rate rules. Counts, states,
 * `indicator.*` events and the cursor commit together.
 */
@Controller()
export class IndicatorFollower {
  private readonly log = new Logger(IndicatorFollower.name);
  /**
   * Lifts of the page whose books changed: an import names one an event, and a hundred together cost little
   * more than one. Books are read as they are now, so the order among them does not matter.
   */
  private readonly waiting = new WeakMap<EventLogContext['tx'], Set<string>>();

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
    await this.refileWaiting(context);
    await this.count(event.type, context, () => applyFacts(context.tx, [change], this.clock.now()));
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
    const waiting = this.waitingIn(context);
    for (const lift of liftsOf(event)) waiting.add(lift);
    if (waiting.size >= LEDGER_BATCH_MAX) await this.refileWaiting(context);
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

  private waitingIn(context: EventLogContext): Set<string> {
    const known = this.waiting.get(context.tx);
    if (known !== undefined) return known;
    const made = new Set<string>();
    this.waiting.set(context.tx, made);
    context.atPageEnd(() => this.refileWaiting(context));
    return made;
  }

  /** Before the next fact of the page, and at its end. */
  private async refileWaiting(context: EventLogContext): Promise<void> {
    const waiting = this.waiting.get(context.tx);
    if (waiting === undefined) return;
    const lifts = [...waiting];
    waiting.clear();
    for (const some of batches(lifts)) {
      const books = await readLiftBooks(context.tx, some);
      await this.count('lifts', context, () => refileLifts(context.tx, books, this.clock.now()));
    }
  }

  private async count(
    type: string,
    context: EventLogContext,
    apply: () => Promise<LedgerChange>,
  ): Promise<void> {
    const began = this.clock.monotonicMs();
    const change = await apply();
    const { looks, deferred, events } = await putToRules(context.tx, change, this.clock.now());
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
      'Counting an event and looking at the scopes it touched, its commit left out.',
      SECONDS,
      ['type'],
    );
  }
}

function* batches(keys: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < keys.length; at += LEDGER_BATCH_MAX) yield keys.slice(at, at + LEDGER_BATCH_MAX);
}
