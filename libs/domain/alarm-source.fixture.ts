import type { AlarmCondition, IndicatorSubject } from './alarm-source.js';

/** For tests: a county's broken rate. */
export const A_FIGURE: IndicatorSubject = {
  type: 'indicator',
  ruleId: 'r1',
  ruleVersion: 1,
  indicator: 'entrapment-rate-monthly',
  scope: { kind: 'county', id: '500231' },
  value: 0.8,
  threshold: 0.5,
  numerator: 8,
  denominator: 1_000,
  from: 1_000,
  to: 2_000,
  rows: null,
};

export const A_CONDITION: AlarmCondition = {
  alarmId: 'alarm-indicator-7',
  source: 'indicator',
  sourceKey: 'r1:county:500231',
  lift: null,
  kind: 'indicator-breached',
  priority: 'medium',
  reason: 'beyond-threshold-held',
  at: 2_000,
  subject: A_FIGURE,
};
