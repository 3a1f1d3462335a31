import type { AlarmView } from './alarm-view.js';

/** For tests: an open critical alarm, with what the case is about. */
export function anAlarm(part: Partial<AlarmView> = {}): AlarmView {
  const raisedAtMs = part.raisedAtMs ?? Date.UTC(2025, 10, 21, 12);
  return {
    id: 'a1',
    faultId: 'f1',
    lift: '31104201201507001000',
    rescueCode: '330001',
    address: '建设大道 568 号',
    district: '420103',
    districtName: '江汉区',
    firm: null,
    kind: 'entrapment',
    priority: 'critical',
    evidence: 'reported',
    state: 'raised',
    reason: 'reported-by-terminal',
    raisedAt: new Date(raisedAtMs).toISOString(),
    acknowledgedAt: null,
    acknowledgedBy: null,
    clearedAt: null,
    closedAt: null,
    closedBy: null,
    note: null,
    attachments: 0,
    clockSuspect: false,
    recorded: true,
    version: 1,
    ...part,
    raisedAtMs,
  };
}
