import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { decideAlarm } from '#domain';
import { EventLogContext, type LogEvent, LogEventPattern, type NewLogEvent } from '#records';
import { Clock, Metrics } from '#runtime';
import { AlarmBook } from './alarm-book.js';
import type { AlarmChange } from './alarm-change.js';
import { alarmEvent } from './alarm-event.js';
import { conditionInput } from './condition-input.js';
import { faultInput } from './fault-input.js';
import { LiftFacts } from './lift-facts.js';

/** The consumer of the event log that this controller is. */
export const MONITOR_CONSUMER = 'monitor';

/** An event of the page and what it means for an alarm. */
interface Told {
  readonly event: LogEvent;
  readonly change: AlarmChange;
}

/**
 * Makes one alarm of each fault and moves it as the fault moves; `fault.recorded` (history) and
 * `fault.suppressed` make none. A broken rate and a disabled webhook endpoint have one open alarm each. The
 * alarm, its event and the consumer's cursor commit together.
 */
@Controller()
export class AlarmMonitor {
  private readonly log = new Logger(AlarmMonitor.name);

  constructor(
    private readonly liftFacts: LiftFacts,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  @LogEventPattern(MONITOR_CONSUMER, 'fault.raised')
  raised(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'fault.attached')
  attached(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'fault.cleared')
  cleared(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'fault.withdrawn')
  withdrawn(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'indicator.breached')
  breached(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'indicator.restored')
  restored(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'indicator.withdrawn')
  corrected(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'webhook.disabled')
  disabled(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  @LogEventPattern(MONITOR_CONSUMER, 'webhook.enabled')
  enabled(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    return this.apply(event, context);
  }

  private async apply(event: LogEvent, context: EventLogContext): Promise<void> {
    const change = faultInput(event) ?? conditionInput(event);
    if (!change) {
      this.log.error(`Event ${event.id} (${event.type}) has no data that this version knows: skipped.`);
      this.ignored(event, 'malformed-event');
      return;
    }
    const page = context.gathering(this, (): Told[] => {
      context.atPageEnd(() => this.move(page, context));
      return [];
    });
    page.push({ event, change });
  }

  /** Moves the alarms of a page together: as many statements as for one. */
  private async move(page: readonly Told[], context: EventLogContext): Promise<void> {
    const { tx } = context;
    const book = await AlarmBook.open(
      tx,
      page.map(({ change }) => change.target),
    );
    const lifts = page.flatMap(({ change }) => change.lift ?? []);
    const facts = await this.liftFacts.facts(tx, lifts);
    const moves: { readonly event: LogEvent; readonly id: string; readonly emitted: NewLogEvent[] }[] = [];
    for (const { event, change } of page) {
      const { input, receivedAt } = change;
      const before = book.find(change.target);
      const decision = decideAlarm(before?.alarm ?? null, input, this.clock.now());
      if (!decision.ok) {
        // A clear of a suppressed fault, a second raise of a replay: the alarm is right as it is.
        this.ignored(event, decision.refusal);
        continue;
      }
      const fact = change.lift === null ? undefined : facts.get(change.lift);
      const owner = before?.owner ?? {
        district: change.district ?? fact?.district ?? null,
        firm: change.firm,
      };
      const after = { alarm: decision.state, owner };
      book.keep(after);
      const emitted = decision.effects.map((effect) =>
        alarmEvent(effect.type, after, fact, decision.reason, receivedAt),
      );
      moves.push({ event, id: decision.state.id, emitted });
    }
    const refused = await book.write(tx);
    for (const { event, id, emitted } of moves) {
      if (refused.has(id)) this.ignored(event, 'already-raised');
      else for (const each of emitted) this.emit(each, context);
    }
  }

  private emit(event: NewLogEvent, context: EventLogContext): void {
    context.emit(event);
    this.transitions().inc({ type: event.type });
  }

  private ignored(event: LogEvent, reason: string): void {
    this.metrics
      .counter('liftwarden_alarm_inputs_ignored_total', 'Events that moved no alarm, by why.', [
        'type',
        'reason',
      ])
      .inc({ type: event.type, reason });
  }

  private transitions() {
    return this.metrics.counter('liftwarden_alarm_transitions_total', 'Alarm transitions caused by events.', [
      'type',
    ]);
  }
}
