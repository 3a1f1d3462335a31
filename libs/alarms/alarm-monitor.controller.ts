import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { decideAlarm } from '#domain';
import { EventLogContext, type LogEvent, LogEventPattern } from '#records';
import { Clock, Metrics } from '#runtime';
import type { AlarmChange } from './alarm-change.js';
import { alarmEvent } from './alarm-event.js';
import { insertAlarm, lockAlarm, lockOpenAlarm, updateAlarm } from './alarm-rows.js';
import { conditionInput } from './condition-input.js';
import { faultInput } from './fault-input.js';
import { factOf, LiftFacts } from './lift-facts.js';

/** The consumer of the event log that this controller is. */
export const MONITOR_CONSUMER = 'monitor';

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
    await this.move(event, change, context);
  }

  private async move(event: LogEvent, change: AlarmChange, context: EventLogContext): Promise<void> {
    const { target, input, receivedAt } = change;
    const before =
      target.by === 'id'
        ? await lockAlarm(context.tx, target.id)
        : await lockOpenAlarm(context.tx, target.source, target.key);
    const decision = decideAlarm(before?.alarm ?? null, input, this.clock.now());
    if (!decision.ok) {
      // A clear of a suppressed fault, a second raise of a replay: the alarm is right as it is.
      this.ignored(event, decision.refusal);
      return;
    }
    const fact = await factOf(this.liftFacts, context.tx, change.lift);
    const owner = before?.owner ?? {
      district: change.district ?? fact?.district ?? null,
      firm: change.firm,
    };
    const alarm = decision.state;
    if (before) await updateAlarm(context.tx, alarm);
    else if (!(await insertAlarm(context.tx, { alarm, owner }))) {
      this.ignored(event, 'already-raised');
      return;
    }
    for (const effect of decision.effects) {
      context.emit(alarmEvent(effect.type, { alarm, owner }, fact, decision.reason, receivedAt));
      this.transitions().inc({ type: effect.type });
    }
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
