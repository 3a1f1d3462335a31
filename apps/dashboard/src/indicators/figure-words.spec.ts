import {
  EXPOSURES,
  FIGURE_REASONS,
  formulaOf,
  INDICATOR_IDS,
  INDICATORS,
  type IndicatorFacts,
  METRICS,
} from '#domain';
import { isMessageKey, type Translate, translate } from '../i18n/translate.js';
import type { FigureView } from './figure-view.js';
import {
  figureNote,
  figureText,
  formulaWords,
  intervalText,
  leftOutText,
  partsText,
  targetText,
  verdictsText,
} from './figure-words.js';

const chinese: Translate = (key, values) => translate('zh-CN', key, values);
const english: Translate = (key, values) => translate('en', key, values);

function figure(changes: Partial<FigureView> = {}): FigureView {
  return {
    value: 1.4245,
    printed: '1.42',
    numerator: 10,
    denominator: 234,
    length: 3,
    tiny: false,
    low: 0.8,
    high: 2.6,
    leftOut: null,
    reason: 'computed',
    ...changes,
  };
}

describe('formulas in words', () => {
  it.each(INDICATOR_IDS)('%s is said without a name of the code', (id) => {
    const formula = formulaOf(INDICATORS[id] as IndicatorFacts);
    const said = formulaWords(chinese, formula);
    expect(said).not.toMatch(/[a-z]/);
    expect(said.split(' ÷ ')).toHaveLength(formula.split(' ÷ ').length);
    expect(formulaWords(english, formula)).not.toMatch(/[a-z]\.[a-z]/);
  });

  it.each([...Object.keys(METRICS), ...EXPOSURES])('%s has a name', (name) => {
    expect(isMessageKey(`metric.${name}`)).toBe(true);
  });

  it('name what is known and leave the rest as the server has it', () => {
    expect(formulaWords(chinese, 'orders.entrapment ÷ lifts.at-period-end ÷ months × 100')).toBe(
      '困人工单 ÷ 期末电梯数 ÷ 月数 × 100',
    );
    expect(formulaWords(english, 'orders.answered-in-time(≤ 3 min) ÷ orders.entrapment × 100')).toBe(
      'entrapment orders answered in time (≤ 3 min) ÷ entrapment orders × 100',
    );
    expect(formulaWords(english, 'orders.new-thing ÷ lifts.mean')).toBe(
      'orders.new-thing ÷ lifts on average',
    );
  });
});

describe('figures in words', () => {
  it.each([
    ['percent-per-month', figure(), '1.42 %/月'],
    ['percent', figure({ value: 100, printed: '100.00' }), '100.00 %'],
    ['percent', figure({ value: null, printed: null }), '—'],
    // A rule's state has the value alone.
    ['minutes', figure({ value: 13.08, printed: null }), '13.08 分钟'],
    ['of-a-newer-server', figure(), '1.42'],
  ])('%s %j', (unit, shown, expected) => {
    expect(figureText(chinese, unit, shown)).toBe(expected);
  });

  it.each([
    ['at-most', 30, 'minutes', '≤ 30 min'],
    ['below', 0.5, 'percent-per-month', '< 0.5 %/month'],
    ['at-least', 99, 'percent', '≥ 99 %'],
  ])('a target %s %d %s is %s', (direction, target, unit, expected) => {
    expect(targetText(english, direction, target, unit)).toBe(expected);
  });

  const rate = {
    formula: 'orders.entrapment ÷ lifts.at-period-end ÷ months × 100',
    numeratorName: 'orders.entrapment',
    denominatorName: 'lifts.at-period-end',
    unit: 'percent-per-month',
  };
  const times = {
    formula: 'mean(orders.arrival-time)',
    numeratorName: 'orders.arrival-time',
    denominatorName: null,
    unit: 'minutes',
  };
  it.each([
    [rate, figure(), '10 ÷ 234 ÷ 3'],
    [rate, figure({ length: 1 }), '10 ÷ 234'],
    // A count of what was in time is no time.
    [{ ...rate, numeratorName: 'orders.arrived-in-time' }, figure({ length: null }), '10 ÷ 234'],
    [rate, figure({ numerator: 1, denominator: 0.001_06, length: null }), '1 ÷ 0.0011'],
    [rate, figure({ numerator: 0, denominator: 0, length: null }), '0 ÷ 0'],
    [rate, figure({ numerator: 40_171, denominator: 610_490, length: null }), '40,171 ÷ 610,490'],
    [times, figure({ numerator: 262, denominator: 20 }), '262 分钟 ÷ 20'],
    [{ ...times, formula: 'p90(orders.arrival-time)' }, figure({ denominator: 20 }), '共 20 件'],
    [{ ...times, formula: 'orders.complaint', numeratorName: 'orders.complaint' }, figure(), ''],
    [
      { ...rate, numeratorName: 'terminals.online-ms', denominatorName: 'terminals.bound-ms' },
      figure({ numerator: 5_400_000, denominator: 7_200_000, length: null }),
      '1.5 小时 ÷ 2 小时',
    ],
  ])('%j is made of its parts', (said, shown, expected) => {
    expect(partsText(chinese, said, shown)).toBe(expected);
  });

  it.each([
    [['kept', 'kept'], 'none missed'],
    [['kept', 'missed', 'missed-not-due', 'missed'], '2 missed'],
    [['missed', 'unjudged'], '1 missed · 1 not judged'],
    [['kept', 'unjudged'], 'none missed · 1 not judged'],
    [['unjudged', 'unjudged'], '2 not judged'],
  ])('%j in a line: %s', (verdicts, expected) => {
    expect(verdictsText(english, verdicts)).toBe(expected);
  });

  it('says how sure it is, why it is none, and what was left out', () => {
    expect(intervalText(figure())).toBe('0.8–2.6');
    expect(intervalText(figure({ high: null }))).toBeNull();
    expect(figureNote(chinese, figure())).toBeNull();
    for (const reason of FIGURE_REASONS.filter((each) => each !== 'computed')) {
      expect(isMessageKey(`figureReason.${reason}`)).toBe(true);
      expect(figureNote(chinese, figure({ reason }))).not.toBe(reason);
    }
    const leftOut = { 'no-time': 4, 'not-after': 0, 'a-day-or-more': 1 };
    expect(leftOutText(english, figure({ leftOut }))).toBe('4 without the time, 1 of a day or more');
    expect(leftOutText(english, figure({ leftOut: { 'no-time': 0 } }))).toBeNull();
  });
});
