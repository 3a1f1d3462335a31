import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { decideAlarm } from '#domain';
import { EventLogContext, type LogEvent, LogEventPattern } from '#records';
import { Clock, Metrics } from '#runtime';
import { alarmEvent } from './alarm-event.js';
import { insertAlarm, lockAlarm, updateAlarm } from './alarm-rows.js';
import { type FaultInput, faultInput } from './fault-input.js';
import { LiftFacts } from './lift-facts.js';

/** The consumer of the event log that this controller is. */
export const MONITOR_CONSUMER = 'monitor';

/**
 * Makes one alarm of each fault and moves it as the fault moves. `fault.recorded` (history) and
 * `fault.suppressed` make none. The alarm, its event and the consumer's cursor commit together.
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

  private async apply(event: LogEvent, context: EventLogContext): Promise<void> {
    const moved = faultInput(event);
    if (!moved) {
      this.log.error(
        `Event ${event.id} (${event.type}) is no fault effect that this version knows: skipped.`,
      );
      this.ignored(event, 'malformed-event');
      return;
    }
    await this.move(event, moved, context);
  }

  private async move(event: LogEvent, moved: FaultInput, context: EventLogContext): Promise<void> {
    const before = await lockAlarm(context.tx, moved.alarmId);
    const decision = decideAlarm(before?.alarm ?? null, moved.input, this.clock.now());
    if (!decision.ok) {
      // A clear of a suppressed fault, a second raise of a replay: the alarm is right as it is.
      this.ignored(event, decision.refusal);
      return;
    }
    const fact = (await this.liftFacts.facts(context.tx, [moved.lift])).get(moved.lift);
    const owner = before?.owner ?? {
      district: event.district ?? fact?.district ?? '',
      firm: event.firm,
    };
    const alarm = decision.state;
    if (before) await updateAlarm(context.tx, alarm);
    else if (!(await insertAlarm(context.tx, { alarm, owner }))) {
      this.ignored(event, 'already-raised');
      return;
    }
    for (const effect of decision.effects) {
      context.emit(alarmEvent(effect.type, { alarm, owner }, fact, decision.reason, moved.receivedAt));
      this.transitions().inc({ type: effect.type });
    }
  }

  private ignored(event: LogEvent, reason: string): void {
    this.metrics
      .counter('liftwarden_alarm_inputs_ignored_total', 'Fault events that moved no alarm, by why.', [
        'type',
        'reason',
      ])
      .inc({ type: event.type, reason });
  }

  private transitions() {
    return this.metrics.counter('liftwarden_alarm_transitions_total', 'Alarm transitions caused by faults.', [
      'type',
    ]);
  }
}
