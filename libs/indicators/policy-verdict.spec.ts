import { join } from 'node:path';
import { dateStart, ruleFaults } from '#domain';
import { PROJECT_ROOT } from '../../test/harness/project-root.js';
import { loadPolicies } from './policy-file.js';
import type { PolicyTarget } from './policy-profile.js';
import { isDue, ruleOfTarget, targetIndicator, verdictOf } from './policy-verdict.js';

const TARGET: PolicyTarget = {
  id: 'entrapments',
  indicator: 'entrapment-rate-monthly',
  direction: 'below',
  target: 0.5,
  scope: 'county',
  by: '2023-12-31',
  clause: '故障困人率 < 0.5 %',
};
const DUE = dateStart('2023-12-31') ?? Number.NaN;

test.each([
  [0.49, false, DUE, 'kept'],
  [0.5, false, DUE, 'missed'],
  [0.5, false, DUE - 1, 'missed-not-due'],
  [0.49, false, DUE - 1, 'kept'],
  [100, true, DUE, 'unjudged'],
  [null, false, DUE, 'unjudged'],
] as const)('%p, tiny %p, at %d: %s', (value, tiny, at, verdict) => {
  expect(verdictOf(TARGET, { value, tiny }, at)).toBe(verdict);
});

test('a target without a day is always due', () => {
  expect(isDue({}, 0)).toBe(true);
});

test('a plan may ask of small scopes too, and sets its own limit', () => {
  expect(targetIndicator(TARGET).minimumExposure).toBe(30);
  const estate: PolicyTarget = {
    ...TARGET,
    indicator: 'on-time-arrival-share',
    parameters: { limitMinutes: 20 },
    minimumExposure: 0,
  };
  expect(targetIndicator(estate)).toMatchObject({ minimumExposure: 0, parameters: { limitMinutes: 20 } });
});

test('every target of the five plans makes a rule that may run', async () => {
  const loaded = await loadPolicies(join(PROJECT_ROOT, 'policies'));
  if (!loaded.ok) throw new Error('the policies do not load');
  const rules = loaded.profiles.flatMap((profile) =>
    profile.indicators.map((target) => ruleOfTarget(profile, target, { district: '500231' }, true)),
  );
  expect(rules).toHaveLength(14);
  expect(rules.flatMap((rule) => ruleFaults(rule).map(({ message }) => [rule.id, message]))).toEqual([]);
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  expect(rules.find(({ id }) => id === 'policy:dianjiang-2021:entrapments')).toMatchObject({
    evidence: 'provisional',
    direction: 'below',
    threshold: 0.5,
    window: { kind: 'period', period: 'month' },
    minimumExposure: 30,
  });
  expect(rules.find(({ id }) => id === 'policy:dianjiang-2021:inspections-passed')).toMatchObject({
    evidence: 'official',
    window: { kind: 'period', period: 'year' },
  });
});
