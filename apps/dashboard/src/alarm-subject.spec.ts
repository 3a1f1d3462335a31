import fc from 'fast-check';
import { aBrokenRate, anAlarm } from './alarm.fixture.js';
import {
  describeBreach,
  describeRows,
  type IndicatorSubject,
  readSubject,
  roundFigure,
} from './alarm-subject.js';
import { describeCause, scopeName, subjectName } from './alarm-words.js';
import { makeDirectory } from './directory.js';
import { type Translate, translate } from './i18n/translate.js';

const chinese: Translate = (key, values) => translate('zh-CN', key, values);
const english: Translate = (key, values) => translate('en', key, values);
const directory = makeDirectory([{ code: '500231', name: '垫江县' }], [{ code: 'firm-a', name: '安达维保' }]);

const RATE: IndicatorSubject = {
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
};
const WIRE_RATE = {
  type: 'indicator',
  ruleId: 'r1',
  ruleVersion: 3,
  indicator: 'entrapment-rate-monthly',
  scope: { kind: 'county', id: '500231' },
  value: 0.8,
  threshold: 0.5,
  numerator: 8,
  denominator: 1_000,
  unit: 'percent-per-month',
  from: '2025-10-31T16:00:00.000Z',
  to: '2025-11-30T16:00:00.000Z',
  rows: null,
};
const WIRE_WEBHOOK = {
  type: 'webhook-endpoint',
  endpointId: 'e',
  host: 'a.cn',
  since: '2025-11-01T00:00:00Z',
};

describe('readSubject', () => {
  it('takes what the API sends', () => {
    expect(readSubject(WIRE_RATE)).toEqual(RATE);
    expect(readSubject(WIRE_WEBHOOK)).toEqual({
      type: 'webhook-endpoint',
      host: 'a.cn',
      sinceMs: Date.UTC(2025, 10, 1),
    });
  });

  it.each([
    ['none', null],
    ['of a newer server', { type: 'deadline' }],
    ['a figure without value', { ...WIRE_RATE, value: null }],
    ['a figure without scope', { ...WIRE_RATE, scope: 'county' }],
    ['an endpoint without host', { ...WIRE_WEBHOOK, host: '' }],
  ])('%s is null', (_what, value) => {
    expect(readSubject(value)).toBeNull();
  });

  it('shows a figure of a newer server, whose unit or window it does not know', () => {
    expect(readSubject({ ...WIRE_RATE, unit: null, from: 'soon', numerator: null })).toMatchObject({
      unit: null,
      fromMs: null,
      numerator: null,
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(WIRE_RATE)), (value, name) => {
        readSubject(value);
        readSubject({ ...WIRE_RATE, [name]: value });
      }),
    );
  });
});

describe('a figure in words', () => {
  it.each([
    [0.8, '0.8'],
    [12.3456, '12.35'],
    [0.00321, '0.0032'],
    [-0.004, '-0.004'],
    [0, '0'],
    [1_000, '1000'],
  ])('%d is %s', (value, expected) => {
    expect(roundFigure(value)).toBe(expected);
  });

  it('says value, target, rows and the days of China', () => {
    expect(describeBreach(chinese, RATE)).toBe('0.8 %/月，目标 0.5');
    expect(describeBreach(english, RATE)).toBe('0.8 %/month, target 0.5');
    expect(describeRows(chinese, RATE)).toBe('8 ÷ 1000 · 2025-11-01 至 2025-11-30');
  });

  it.each([
    ['a count', { denominator: 1 }, '2025-11-01 至 2025-11-30'],
    ['an unknown window', { fromMs: null }, '8 ÷ 1000'],
    ['an unknown unit', { unit: 'furlongs', fromMs: null }, '8 ÷ 1000'],
  ])('of %s', (_what, part, expected) => {
    expect(describeRows(chinese, { ...RATE, ...part })).toBe(expected);
  });

  it('without a unit it knows is the bare number', () => {
    expect(describeBreach(chinese, { ...RATE, unit: 'furlongs' })).toBe('0.8，目标 0.5');
  });
});

describe('what an alarm is about', () => {
  it.each([
    ['all', '', '全部电梯'],
    ['county', '500231', '垫江县'],
    ['county', '999999', '999999'],
    ['firm', 'firm-a', '安达维保'],
    ['maker', '某电梯厂', '某电梯厂'],
    ['galaxy', 'm31', 'm31'],
  ])('the scope %s:%s is %s', (kind, id, expected) => {
    expect(scopeName(chinese, directory, { kind, id })).toBe(expected);
  });

  it.each([
    ['a lift with a rescue code', anAlarm(), '救援码 330001'],
    ['a lift without', anAlarm({ rescueCode: null }), '31104201201507001000'],
    ['a county', aBrokenRate(), '垫江县'],
    ['a rate of one lift', aBrokenRate({ lift: 'L1', rescueCode: '330009' }), '救援码 330009'],
    [
      'an endpoint',
      aBrokenRate({ subject: { type: 'webhook-endpoint', host: 'hooks.a.cn', sinceMs: null } }),
      'hooks.a.cn',
    ],
    ['what this page does not know', aBrokenRate({ subject: null }), 'r1:county:500231'],
  ])('%s', (_what, alarm, expected) => {
    expect(subjectName(chinese, directory, alarm)).toBe(expected);
  });

  it.each([
    ['a report, said once', anAlarm(), '上报'],
    [
      'an inference',
      anAlarm({ evidence: 'inferred', reason: 'standing-outside-zone' }),
      '推断 · 停在开锁区外',
    ],
    ['a rate', aBrokenRate(), '月均困人率'],
    ['a rate that recovered', aBrokenRate({ reason: 'recovered' }), '月均困人率 · 已恢复到目标以内'],
    ['a reason of a newer server', aBrokenRate({ reason: 'moon' }), '月均困人率 · moon'],
  ])('%s', (_what, alarm, expected) => {
    expect(describeCause(chinese, alarm)).toBe(expected);
  });
});
