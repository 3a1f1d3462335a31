import { Injectable } from '@nestjs/common';
import { type AlarmInput, type AlarmRefusal, decideAlarm } from '#domain';
import { type NewLogEvent, Records } from '#records';
import { Clock, Metrics } from '#runtime';
import { alarmEvent } from './alarm-event.js';
import { lockAlarms, updateAlarms } from './alarm-rows.js';
import { type AlarmOwner, type AlarmView, alarmView } from './alarm-view.js';
import { factOf, LiftFacts } from './lift-facts.js';

/** What a person can do to an alarm. */
export type PersonInput = Extract<AlarmInput, { type: 'acknowledge' | 'close' }>;

export type ActionResult =
  | { readonly ok: true; readonly alarm: AlarmView }
  | { readonly ok: false; readonly refusal: AlarmRefusal };

/** What people do to alarms; the row is locked, so of two who press together one is refused. */
@Injectable()
export class AlarmActions {
  constructor(
    private readonly records: Records,
    private readonly liftFacts: LiftFacts,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Applies `input` to the alarm `id` and appends its event, in one transaction. An alarm that `mayTouch`
   * denies is refused as `no-such-alarm`: that it exists is not for others to know.
   */
  async act(id: string, input: PersonInput, mayTouch: (owner: AlarmOwner) => boolean): Promise<ActionResult> {
    const result = await this.records.write<ActionResult>(async (tx) => {
      const [before] = await lockAlarms(tx, [id]);
      if (!before || !mayTouch(before.owner)) return refused('no-such-alarm');
      const decision = decideAlarm(before.alarm, input, this.clock.now());
      if (!decision.ok) return refused(decision.refusal);
      const { owner } = before;
      const alarm = decision.state;
      await updateAlarms(tx, [{ alarm, owner }]);
      const fact = await factOf(this.liftFacts, tx, alarm.lift);
      return {
        result: { ok: true, alarm: alarmView(alarm, owner, fact) },
        events: decision.effects.map(({ type }) =>
          alarmEvent(type, { alarm, owner }, fact, decision.reason, null),
        ),
      };
    });
    this.metrics
      .counter('liftwarden_alarm_actions_total', 'What people did to alarms, by outcome.', [
        'action',
        'outcome',
      ])
      .inc({ action: input.type, outcome: result.ok ? 'done' : result.refusal });
    return result;
  }
}

function refused(refusal: AlarmRefusal): { result: ActionResult; events: readonly NewLogEvent[] } {
  return { result: { ok: false, refusal }, events: [] };
}
