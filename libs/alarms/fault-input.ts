import { type AlarmInput, type Attachment, alarmIdOf, type Fault, type FaultEffect } from '#domain';
import { isFaultKind } from '#protocol';
import type { LogEvent } from '#records';
import type { AlarmChange } from './alarm-change.js';
import { isPriority, isText, isTime } from './event-values.js';

/** DOMAIN §4: inspection leaves an entrapment raised, with this as its reason. */
const MECHANIC: Attachment = 'mechanic-may-be-inside';

/**
 * Null when the data has not the shape of a `FaultEffect` that moves an alarm (`fault.recorded` and
 * `fault.suppressed` move none): the monitor counts it and goes on, because a consumer that throws would
 * stand before it for ever.
 */
export function faultInput(event: LogEvent): AlarmChange | null {
  const moved = moveOf(event);
  if (!moved) return null;
  const { alarmId, ...rest } = moved;
  return { ...rest, target: { by: 'id', id: alarmId }, district: event.district, firm: event.firm };
}

/** The part of the change that the event's data says. */
interface FaultMove extends Pick<AlarmChange, 'lift' | 'input' | 'receivedAt'> {
  readonly alarmId: string;
}

function moveOf(event: LogEvent): FaultMove | null {
  const effect = event.data as Partial<FaultEffect>;
  if (effect.type !== event.type) return null;
  if (effect.type === 'fault.raised') return raised(effect.fault);
  if (
    effect.type !== 'fault.attached' &&
    effect.type !== 'fault.cleared' &&
    effect.type !== 'fault.withdrawn'
  ) {
    return null;
  }
  const { faultId, lift, receivedAt } = effect;
  if (!isText(faultId) || !isText(lift) || !isTime(receivedAt)) return null;
  const input = inputOf(effect);
  return input && { alarmId: alarmIdOf(faultId), lift, input, receivedAt };
}

function raised(fault: Partial<Fault> | undefined): FaultMove | null {
  if (!fault || !isText(fault.id) || !isText(fault.lift) || !isText(fault.reason)) return null;
  if (!isTime(fault.raisedAt) || !isTime(fault.receivedAt)) return null;
  if (!isText(fault.kind) || !isFaultKind(fault.kind) || !isPriority(fault.priority)) return null;
  return {
    alarmId: alarmIdOf(fault.id),
    lift: fault.lift,
    input: { type: 'raise', cause: { source: 'fault', fault: fault as Fault } },
    receivedAt: fault.receivedAt,
  };
}

type AfterRaise = Extract<FaultEffect, { type: 'fault.attached' | 'fault.cleared' | 'fault.withdrawn' }>;

function inputOf(effect: Partial<AfterRaise>): AlarmInput | null {
  switch (effect.type) {
    case 'fault.attached': {
      const priority: unknown = effect.detail?.priority;
      return {
        type: 'attach',
        priority: isPriority(priority) ? priority : null,
        reason: effect.attachment === MECHANIC ? MECHANIC : null,
      };
    }
    case 'fault.cleared':
      return ended('clear', effect);
    case 'fault.withdrawn':
      return ended('withdraw', effect);
    default:
      return null;
  }
}

function ended(
  type: 'clear' | 'withdraw',
  { at, reason }: { readonly at?: number; readonly reason?: string },
): AlarmInput | null {
  return isTime(at) && isText(reason) ? { type, at, reason } : null;
}
