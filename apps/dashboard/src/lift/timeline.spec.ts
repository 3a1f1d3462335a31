import { anAlarm } from '../alarm.fixture.js';
import type { FaultView } from '../fault-view.js';
import { timelineOf } from './timeline.js';

const aFault = (id: string, raisedAtMs: number): FaultView => ({
  id,
  lift: 'L1',
  district: '420103',
  firm: null,
  terminal: 'T1',
  kind: 'door-held',
  evidence: 'reported',
  priority: 'medium',
  state: 'open',
  reason: 'reported-by-terminal',
  raisedAtMs,
  clearedAtMs: null,
  clearReason: null,
  profile: null,
  code: null,
  attachments: 0,
});
const alarmOf = (faultId: string, raisedAtMs: number) => anAlarm({ id: `a-${faultId}`, faultId, raisedAtMs });

describe('timelineOf', () => {
  it('puts a fault and its alarm together, newest first', () => {
    const faults = { items: [aFault('f3', 30), aFault('f1', 10)], complete: true };
    const alarms = { items: [alarmOf('f1', 10), alarmOf('f2', 20)], complete: true };
    expect(
      timelineOf(faults, alarms).map(({ fault, alarm }) => [fault?.id ?? null, alarm?.id ?? null]),
    ).toEqual([
      ['f3', null],
      [null, 'a-f2'],
      ['f1', 'a-f1'],
    ]);
  });

  it('leaves out what is older than the oldest of a list that goes on', () => {
    const faults = { items: [aFault('f3', 30), aFault('f2', 20)], complete: false };
    const alarms = { items: [alarmOf('f3', 30), alarmOf('f1', 10)], complete: true };
    expect(timelineOf(faults, alarms).map(({ key }) => key)).toEqual(['f3', 'f2']);
    expect(timelineOf({ items: [], complete: true }, { ...alarms, complete: false })).toHaveLength(2);
  });
});
