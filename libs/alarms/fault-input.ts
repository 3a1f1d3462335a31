import {
  type AlarmInput,
  type Attachment,
  alarmIdOf,
  type Fault,
  type FaultEffect,
  PRIORITIES,
  type Priority,
} from '#domain';
import { isFaultKind } from '#protocol';
import type { LogEvent } from '#records';

/** DOMAIN §4: inspection leaves an entrapment raised, with this as its reason. */
const MECHANIC: Attachment = 'mechanic-may-be-inside';

/** The largest time of ECMAScript, ms from 1970 UTC. */
const TIME_MAX_MS = 8.64e15;

/** What a `fault.*` event of the log means for its alarm. */
export interface FaultInput {
  readonly alarmId: string;
  readonly lift: string;
  readonly input: AlarmInput;
  /** When the message behind the event reached us, ms since 1970 UTC. */
  readonly receivedAt: number;
}

/**
 * Null when the data has not the shape of a `FaultEffect` that moves an alarm (`fault.recorded` and
 * `fault.suppressed` move none): the monitor counts it and goes on, because a consumer that throws would
 * stand before it for ever.
 */
export function faultInput(event: LogEvent): FaultInput | null {
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

function raised(fault: Partial<Fault> | undefined): FaultInput | null {
  if (!fault || !isText(fault.id) || !isText(fault.lift) || !isText(fault.reason)) return null;
  if (!isTime(fault.raisedAt) || !isTime(fault.receivedAt)) return null;
  if (!isText(fault.kind) || !isFaultKind(fault.kind) || !isPriority(fault.priority)) return null;
  return {
    alarmId: alarmIdOf(fault.id),
    lift: fault.lift,
    input: { type: 'raise', fault: fault as Fault },
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
      return ended('fault-cleared', effect);
    case 'fault.withdrawn':
      return ended('fault-withdrawn', effect);
    default:
      return null;
  }
}

function ended(
  type: 'fault-cleared' | 'fault-withdrawn',
  { at, reason }: { readonly at?: number; readonly reason?: string },
): AlarmInput | null {
  return isTime(at) && isText(reason) ? { type, at, reason } : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A moment that a timestamp column and an ISO string can hold. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= TIME_MAX_MS;
}

function isPriority(value: unknown): value is Priority {
  return PRIORITIES.some((priority) => priority === value);
}
