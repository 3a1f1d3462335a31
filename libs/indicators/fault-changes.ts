import type { CorrectionReason } from '#domain';
import { isFaultKind } from '#protocol';
import type { LogEvent } from '#records';
import { factCore, faultMetric } from './fact.js';
import type { FactChange } from './ledger.js';

/** Why an event of a fault changes no figure. */
export type IgnoredEvent = 'malformed-event' | 'not-counted';

type Data = Readonly<Record<string, unknown>>;

/**
 * What an event of the log says of a fault, as a change of the ledger. The log may hold what another version
 * wrote: what cannot be read is counted by the caller, and never stops the consumer.
 */
export function faultChange(event: LogEvent): FactChange | IgnoredEvent {
  switch (event.type) {
    case 'fault.raised':
      return begun(event, null);
    case 'fault.recorded':
      return begun(event, event.data.clearedAt);
    case 'fault.cleared':
      return moved(event, (before, at) => ({ ...before, endedAt: at }), 'late-data');
    case 'fault.withdrawn':
      return moved(event, (before, at) => ({ ...before, endedAt: at, withdrawn: true }), 'fault-withdrawn');
    case 'fault.judged':
      return judged(event);
    default:
      return 'not-counted';
  }
}

function begun(event: LogEvent, clearedAt: unknown): FactChange | IgnoredEvent {
  const fault = event.data.fault as Data | undefined;
  if (fault === undefined || !isText(fault.id) || !isText(fault.lift) || !isTime(fault.raisedAt))
    return 'malformed-event';
  if (!isText(fault.kind) || !isFaultKind(fault.kind)) return 'malformed-event';
  if (clearedAt !== null && !isTime(clearedAt)) return 'malformed-event';
  const { id, lift, kind, raisedAt } = fault;
  const core = factCore(
    { source: 'fault', id, metric: faultMetric(kind), lift, at: raisedAt },
    { kind, endedAt: clearedAt },
  );
  return changeOf(event, id, lift, (before) => (before === null ? core : null), 'late-data');
}

function moved(
  event: LogEvent,
  change: (before: Parameters<FactChange['next']>[0] & object, at: number) => ReturnType<FactChange['next']>,
  correction: CorrectionReason,
): FactChange | IgnoredEvent {
  const { faultId, lift, at } = event.data;
  if (!isText(faultId) || !isText(lift) || !isTime(at)) return 'malformed-event';
  const next: FactChange['next'] = (before) => (before === null ? null : change(before, at));
  return changeOf(event, faultId, lift, next, correction);
}

function judged(event: LogEvent): FactChange | IgnoredEvent {
  const { faultId, lift, verdict } = event.data;
  if (!isText(faultId) || !isText(lift)) return 'malformed-event';
  if (verdict !== 'false' && verdict !== 'genuine') return 'malformed-event';
  const next: FactChange['next'] = (before) => (before === null ? null : { ...before, verdict });
  const correction = verdict === 'false' ? 'fault-judged-false' : 'fault-judged-genuine';
  return changeOf(event, faultId, lift, next, correction);
}

function changeOf(
  { district, firm }: LogEvent,
  id: string,
  lift: string,
  next: FactChange['next'],
  correction: CorrectionReason,
): FactChange {
  return { source: 'fault', id, lift, next, correction, owner: { district: district ?? '', firm } };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A moment that a timestamp column can hold. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}
