import { shanghaiDate } from './period.js';
import {
  meetsTarget,
  type RateRule,
  type RuleFault,
  ruleFaults,
  thresholdFault,
  windowOf,
} from './rate-rule.js';

const RULE: RateRule = {
  id: 'entrapments-county',
  version: 1,
  indicator: 'entrapment-rate-monthly',
  parameters: {},
  evidence: 'provisional',
  scopeKind: 'county',
  scopeFilter: null,
  threshold: 0.5,
  direction: 'below',
  window: { kind: 'days', days: 30 },
  minimumExposure: 30,
  hysteresis: 0.1,
  holdMs: 3_600_000,
  enabled: true,
};
const RESPONSE: Partial<RateRule> = {
  indicator: 'emergency-response-share',
  direction: 'at-least',
  threshold: 99,
  hysteresis: 0.5,
};

test.each([
  ['as it is', {}],
  ['with a share as indicator', RESPONSE],
  ['with a limit of its own', { ...RESPONSE, parameters: { limitMinutes: 5 } }],
  ['over the running month', { window: { kind: 'period', period: 'month' } }],
  ['with no fault at all allowed', { direction: 'at-most', threshold: 0, hysteresis: 0 }],
] as const)('a rule %s may run', (_name, changes) => {
  expect(ruleFaults({ ...RULE, ...changes })).toEqual([]);
});

test.each<[RuleFault['field'], Partial<RateRule>, RegExp]>([
  ['parameters', { parameters: { limitMinutes: 3 } }, /no parameter limitMinutes/],
  ['direction', { direction: 'at-least' }, /use at-most or below/],
  ['direction', { ...RESPONSE, direction: 'below' }, /use at-least/],
  [
    'evidence',
    { ...RESPONSE, indicator: 'inspection-pass-share' },
    /has no provisional reading; use official/,
  ],
  ['threshold', { threshold: -1 }, /-1 is no number to keep: give 0 or more, in percent-per-month/],
  ['threshold', { threshold: Number.NaN }, /0 or more/],
  ['threshold', { ...RESPONSE, threshold: 101, hysteresis: 0 }, /at most 100/],
  ['hysteresis', { hysteresis: -0.1 }, /0 or more/],
  ['hysteresis', { hysteresis: 0.6 }, /no figure could end it/],
  // `below` 0.5 with 0.5 of hysteresis asks for less than 0.
  ['hysteresis', { hysteresis: 0.5 }, /no figure could end it/],
  ['hysteresis', { ...RESPONSE, hysteresis: 2 }, /no figure could end it/],
  ['minimumExposure', { minimumExposure: -1 }, /0 or more/],
  ['holdMs', { holdMs: 1.5 }, /whole milliseconds/],
  ['holdMs', { holdMs: 93 * 86_400_000 }, /whole milliseconds/],
  ['window', { window: { kind: 'days', days: 0 } }, /1 to 366/],
  ['window', { window: { kind: 'days', days: 400 } }, /1 to 366/],
  [
    'window',
    {
      indicator: 'repeat-entrapment-lifts-month',
      direction: 'at-most',
      window: { kind: 'period', period: 'year' },
    },
    /not for a year/,
  ],
])('a fault of %s in %o is named', (field, changes, message) => {
  const faults = ruleFaults({ ...RULE, ...changes });
  expect(faults.filter((fault) => fault.field === field).map((fault) => fault.message)).toEqual([
    expect.stringMatching(message),
  ]);
});

test.each([
  ['at-most', 1, true, true, false],
  ['below', 1, true, false, false],
  ['at-least', 1, false, true, true],
] as const)('%s %d: less %p, equal %p, more %p', (direction, target, less, equal, more) => {
  expect([0.9, 1, 1.1].map((value) => meetsTarget(value, direction, target))).toEqual([less, equal, more]);
});

test.each([
  [{ kind: 'days', days: 30 }, '30d@2026-03-01', '2026-01-31'],
  [{ kind: 'days', days: 1 }, '1d@2026-03-01', '2026-03-01'],
  [{ kind: 'period', period: 'month' }, '2026-03', '2026-03-01'],
  [{ kind: 'period', period: 'quarter' }, '2026-Q1', '2026-01-01'],
  [{ kind: 'period', period: 'year' }, '2026', '2026-01-01'],
] as const)('the window %o is %s', (window, label, first) => {
  // 00:30 on 1 March in Shanghai, still February in Greenwich.
  const found = windowOf({ window }, Date.parse('2026-02-28T16:30:00Z'));
  expect([found.label, shanghaiDate(found.from)]).toEqual([label, first]);
});

test('a threshold is checked alike for a policy target', () => {
  expect(thresholdFault(100, { unit: 'percent', better: 'higher' })).toBeNull();
  expect(thresholdFault(250, { unit: 'minutes', better: 'lower' })).toBeNull();
  expect(thresholdFault(Number.POSITIVE_INFINITY, { unit: 'minutes', better: 'lower' })).toMatch(/0 or more/);
});
