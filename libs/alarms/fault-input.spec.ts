import type { EventType, Fault, FaultEffect } from '#domain';
import type { LogEvent } from '#records';
import { faultInput } from './fault-input.js';

const fault: Fault = {
  id: 'f1',
  lift: 'L1',
  terminal: 'T1',
  kind: 'entrapment',
  evidence: 'inferred',
  priority: 'critical',
  raisedAt: 1_000,
  receivedAt: 1_200,
  reason: 'standing-outside-zone-with-person',
  profile: null,
  code: null,
  clockSuspect: false,
  detail: null,
};
const later = { faultId: 'f1', lift: 'L1', kind: 'entrapment', at: 5_000, receivedAt: 5_100 } as const;
const attached: FaultEffect = {
  ...later,
  type: 'fault.attached',
  attachment: 'further-report',
  profile: null,
  code: null,
  detail: null,
};

/** As it comes back from the log: through JSON. */
function logged(type: EventType, data: object): LogEvent {
  const stored = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
  return { id: 1, type, lift: 'L1', district: '330922', firm: null, recordedAt: 0, data: stored };
}

describe('what a fault event means for its alarm', () => {
  test.each<[FaultEffect, object]>([
    [
      { type: 'fault.raised', fault },
      { input: { type: 'raise', cause: { source: 'fault', fault } }, receivedAt: 1_200 },
    ],
    [attached, { input: { type: 'attach', priority: null, reason: null }, receivedAt: 5_100 }],
    [
      { ...attached, detail: { priority: 'high' } },
      { input: { type: 'attach', priority: 'high', reason: null } },
    ],
    [
      { ...attached, detail: { priority: 'urgent' } },
      { input: { type: 'attach', priority: null, reason: null } },
    ],
    [
      { ...attached, attachment: 'mechanic-may-be-inside' },
      { input: { type: 'attach', priority: null, reason: 'mechanic-may-be-inside' } },
    ],
    [
      { ...later, type: 'fault.cleared', reason: 'terminal-cleared' },
      { input: { type: 'clear', at: 5_000, reason: 'terminal-cleared' } },
    ],
    [
      { ...later, type: 'fault.withdrawn', reason: 'late-sample-contradicts' },
      { input: { type: 'withdraw', at: 5_000, reason: 'late-sample-contradicts' } },
    ],
  ])('%j', (effect, expected) => {
    expect(faultInput(logged(effect.type, effect))).toMatchObject({
      target: { by: 'id', id: 'alarm-f1' },
      lift: 'L1',
      district: '330922',
      ...expected,
    });
  });

  test.each<[string, EventType, object]>([
    ['history', 'fault.recorded', { type: 'fault.recorded', fault, clearedAt: 2_000, clearReason: 'x' }],
    ['suppressed', 'fault.suppressed', { type: 'fault.suppressed', fault, suppressedBy: 'inspection' }],
    ['another type inside', 'fault.cleared', { ...later, type: 'fault.withdrawn', reason: 'x' }],
    ['no data', 'fault.raised', {}],
    ['no fault', 'fault.raised', { type: 'fault.raised' }],
    ['a fault without id', 'fault.raised', { type: 'fault.raised', fault: { ...fault, id: '' } }],
    ['an unknown kind', 'fault.raised', { type: 'fault.raised', fault: { ...fault, kind: 'flying' } }],
    ['an unknown priority', 'fault.raised', { type: 'fault.raised', fault: { ...fault, priority: 1 } }],
    ['a time past all dates', 'fault.raised', { type: 'fault.raised', fault: { ...fault, raisedAt: 1e300 } }],
    ['a clear without time', 'fault.cleared', { ...later, type: 'fault.cleared', at: null, reason: 'x' }],
    ['a clear without fault', 'fault.cleared', { ...later, type: 'fault.cleared', faultId: 7, reason: 'x' }],
  ])('%s moves no alarm', (_what, type, data) => {
    expect(faultInput(logged(type, data))).toBeNull();
  });
});
