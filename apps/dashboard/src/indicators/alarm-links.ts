import type { Scope } from '../alarm-subject.js';
import type { AlarmView } from '../alarm-view.js';
import { hrefOf } from '../router.js';
import { type TargetView, targetKey } from './figure-view.js';
import { scopeKeyOf } from './scope-choice.js';

/** The open alarm of a rule in a scope: what the server names it by. */
export function alarmOfRule(
  alarms: ReadonlyMap<string, AlarmView>,
  ruleId: string,
  scope: string,
): AlarmView | null {
  return openOne(alarms, ({ sourceKey }) => sourceKey === `${ruleId}:${scope}`);
}

/** The open alarm that a plan's target has raised in a scope. */
export function alarmOfTarget(
  alarms: ReadonlyMap<string, AlarmView>,
  target: TargetView,
  scope: Scope,
): AlarmView | null {
  return alarmOfRule(alarms, `policy:${targetKey(target)}`, scopeKeyOf(scope));
}

/** The open alarm of a fault. */
export function alarmOfFault(alarms: ReadonlyMap<string, AlarmView>, fault: string): AlarmView | null {
  return openOne(alarms, ({ faultId }) => faultId === fault);
}

function openOne(
  alarms: ReadonlyMap<string, AlarmView>,
  fits: (alarm: AlarmView) => boolean,
): AlarmView | null {
  for (const alarm of alarms.values()) if (alarm.state !== 'closed' && fits(alarm)) return alarm;
  return null;
}

/** The board with this alarm in view: of a lift by its code, of a rate by what it is about. */
export function alarmHref(alarm: AlarmView): string {
  const search = new URLSearchParams({ kind: alarm.kind });
  const about = alarm.lift ?? (alarm.subject?.type === 'indicator' ? alarm.subject.scope.id : null);
  if (about !== null) search.set('q', about);
  return hrefOf('alarms', search);
}
