import type { AlarmView } from './alarm-view.js';

/** For tests: an open critical alarm, with what the case is about. */
export function anAlarm(part: Partial<AlarmView> = {}): AlarmView {
  const raisedAtMs = part.raisedAtMs ?? Date.UTC(2025, 10, 21, 12);
  return {
    id: 'a1',
    faultId: 'f1',
    sourceKey: 'f1',
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
    subject: null,
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

/** For tests: a county's rate that broke its rule, with what the case is about. */
export function aBrokenRate(part: Partial<AlarmView> = {}): AlarmView {
  return anAlarm({
    id: 'rate',
    faultId: null,
    sourceKey: 'r1:county:500231',
    lift: null,
    rescueCode: null,
    address: null,
    district: '500231',
    districtName: null,
    kind: 'indicator-breached',
    priority: 'medium',
    evidence: null,
    reason: 'beyond-threshold-held',
    subject: {
      type: 'indicator',
      indicator: 'entrapment-rate-monthly',
      scope: { kind: 'county', id: '500231' },
      value: 0.8,
      threshold: 0.5,
      numerator: 8,
      denominator: 1_000,
      unit: 'percent-per-month',
      fromMs: Date.UTC(2025, 9, 31, 16),
      toMs: Date.UTC(2025, 10, 30, 16),
    },
    ...part,
  });
}
