import {
  ALARM_EDGES,
  ALARM_KINDS,
  ALARM_STATES,
  BREACH_EDGES,
  type ClearReason,
  type CorrectionReason,
  INDICATOR_IDS,
  INDICATOR_UNITS,
  PRIORITIES,
  type RaiseReason,
  type RuleEndReason,
  SCOPE_KINDS,
} from '#domain';
import {
  CONTACT_STATES,
  DIRECTIONS,
  DOOR_STATES,
  POWER_STATES,
  QUARANTINE_REASONS,
  SERVICE_MODES,
} from '#protocol';
import { ALARM_STATE_NAMES, PRIORITY_ORDER } from '../alarm-view.js';
import { FAULT_STATE_NAMES } from '../fault-view.js';
import { SERIES_FIELDS } from '../lift/series-view.js';
import * as names from '../protocol-names.js';
import { en } from './en.js';
import { nameOf, type Translate, translate } from './translate.js';
import { type MessageKey, zhCN } from './zh-CN.js';

const keys = Object.keys(zhCN) as MessageKey[];
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const chinese: Translate = (key, values) => translate('zh-CN', key, values);

describe('catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
  });

  it.each(keys)('%s is said in both languages, with the same values', (key) => {
    expect(zhCN[key].trim()).not.toBe('');
    expect(en[key].trim()).not.toBe('');
    expect(holes(en[key])).toEqual(holes(zhCN[key]));
  });

  it.each([
    ['kind', ALARM_KINDS],
    ['scope', SCOPE_KINDS],
    ['unit', INDICATOR_UNITS],
    ['indicator', [...INDICATOR_IDS, 'breach', 'window']],
  ] as const)('name every %s, and none that does not exist', (family, names) => {
    const prefix = `${family}.`;
    const named = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    expect(named.sort()).toEqual([...names].sort());
  });

  it('give each kind, priority and state a name of its own', () => {
    for (const prefix of ['kind.', 'priority.', 'state.', 'indicator.', 'scope.']) {
      for (const catalogue of [zhCN, en]) {
        const names = keys.filter((key) => key.startsWith(prefix)).map((key) => catalogue[key]);
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  it('know the priorities and states of the domain', () => {
    expect(PRIORITY_ORDER).toEqual(PRIORITIES);
    expect(ALARM_STATE_NAMES).toEqual(ALARM_STATES);
    for (const name of PRIORITIES) expect(keys).toContain(`priority.${name}`);
    for (const name of ALARM_STATES) expect(keys).toContain(`state.${name}`);
  });

  it('know the states of the protocol, and name each', () => {
    const families = [
      ['mode', SERVICE_MODES, names.SERVICE_MODE_NAMES],
      ['direction', DIRECTIONS, names.DIRECTION_NAMES],
      ['doorState', DOOR_STATES, names.DOOR_STATE_NAMES],
      ['contact', CONTACT_STATES, names.CONTACT_STATE_NAMES],
      ['powerState', POWER_STATES, names.POWER_STATE_NAMES],
      ['quarantine', QUARANTINE_REASONS, names.QUARANTINE_REASON_NAMES],
      ['field', SERIES_FIELDS, SERIES_FIELDS],
      ['faultState', FAULT_STATE_NAMES, FAULT_STATE_NAMES],
    ] as const;
    for (const [family, theirs, ours] of families) {
      expect(ours).toEqual(theirs);
      for (const name of ours) expect(keys).toContain(`${family}.${name}`);
    }
  });

  it('are Chinese in Chinese, but for technical names', () => {
    const said = (key: MessageKey) => zhCN[key].replace(/\{\w+\}/g, '');
    const latin = keys.filter((key) => /\p{L}/u.test(said(key)) && !/\p{Script=Han}/u.test(said(key)));
    expect(latin).toEqual([]);
  });
});

describe('translate', () => {
  it('fills in values and leaves a missing one in sight', () => {
    expect(chinese('filter.shown', { shown: 3, total: 30 })).toBe('显示 3 / 30 条');
    expect(translate('en', 'filter.shown', { shown: 3 })).toBe('3 of {total} shown');
  });

  it('takes a value as it is, whatever it contains', () => {
    expect(chinese('action.failed', { detail: '{detail} $1 $&' })).toBe('操作未成功：{detail} $1 $&');
  });
});

describe('nameOf', () => {
  it.each([
    ['kind', 'entrapment', '困人'],
    ['kind', 'made-by-a-newer-server', 'made-by-a-newer-server'],
    ['reason', 'mechanic-may-be-inside', '检修状态，轿内可能是维保人员'],
    ['evidence', 'constructor', 'constructor'],
  ] as const)('%s %s', (prefix, name, expected) => {
    expect(nameOf(chinese, prefix, name)).toBe(expected);
  });
});

/** Every reason an alarm may show; a reason missing here does not compile. */
const REASONS: Record<
  RaiseReason | ClearReason | 'late-sample-contradicts' | CorrectionReason | RuleEndReason,
  true
> = {
  'fault-judged-false': true,
  'fault-judged-genuine': true,
  'fault-withdrawn': true,
  'order-corrected': true,
  'late-data': true,
  'exposure-corrected': true,
  'rule-disabled': true,
  'rule-replaced': true,
  'scope-ended': true,

  'reported-by-terminal': true,
  'active-in-snapshot': true,
  'terminal-went-offline': true,
  'press-in-standing-closed-car': true,
  'standing-outside-zone-with-person': true,
  'standing-level-shut-with-person': true,
  'mechanic-may-be-inside': true,
  'standing-outside-zone-occupancy-unknown': true,
  'standing-outside-zone': true,
  'moving-with-door-open': true,
  'moving-with-door-open-and-loop-closed': true,
  'stopped-out-of-level': true,
  'level-error-while-loading': true,
  'reported-clear': true,
  'level-and-door-open': true,
  'condition-ended': true,
  'absent-from-snapshot': true,
  'terminal-online': true,
  'terminal-replaced': true,
  'later-message-shows-it-gone': true,
  'late-sample-contradicts': true,
};

describe('reasons', () => {
  it.each([
    ...Object.keys(REASONS),
    ...new Set(BREACH_EDGES.filter(({ emits }) => emits !== null).map(({ reason }) => reason)),
    ...['gone', 'failing-five-days', 'queue-full', 'by-person', 'removed'],
    ...ALARM_EDGES.filter(({ to }) => to === 'closed').map(({ reason }) => reason),
  ])('%s has a name in both languages', (reason) => {
    for (const catalogue of [zhCN, en]) expect(Object.keys(catalogue)).toContain(`reason.${reason}`);
  });
});
