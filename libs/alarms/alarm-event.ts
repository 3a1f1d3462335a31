import type { AlarmEventType, AlarmReason } from '#domain';
import type { NewLogEvent } from '#records';
import type { StoredAlarm } from './alarm-rows.js';
import { alarmView } from './alarm-view.js';
import type { LiftFact } from './lift-facts.js';

/**
 * The event of a transition: `data.alarm` is the whole alarm after it, `data.reason` why it happened, and
 * `data.receivedAt` (ms since 1970 UTC) when the message behind it reached us, null when a person is behind
 * it.
 */
export function alarmEvent(
  type: AlarmEventType,
  { alarm, owner }: StoredAlarm,
  fact: LiftFact | undefined,
  reason: AlarmReason,
  receivedAt: number | null,
): NewLogEvent {
  return {
    type,
    lift: alarm.lift,
    district: owner.district,
    firm: owner.firm,
    data: { alarm: alarmView(alarm, owner, fact), reason, receivedAt },
  };
}
