import fc from 'fast-check';
import { calendarPeriod, PERIOD_KINDS, readPeriod, rollingPeriod } from '#domain';
import { type Translate, translate } from '../i18n/translate.js';
import {
  asKind,
  neighbourOf,
  PERIOD_CHOICES,
  periodAt,
  periodName,
  readPeriodLabel,
  recentPeriods,
} from './period-choice.js';

const moments = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2090, 0, 1) });
const kinds = fc.constantFrom(...PERIOD_KINDS);

describe('periods of the page', () => {
  it('are of the kinds of the domain', () => {
    expect(PERIOD_CHOICES).toEqual(PERIOD_KINDS);
  });

  it('are those of the domain, at every moment', () => {
    fc.assert(
      fc.property(moments, kinds, (at, kind) => {
        const { label, fromMs, toMs } = periodAt(kind, at);
        const theirs = kind === 'rolling' ? rollingPeriod(30, at) : calendarPeriod(kind, at);
        expect({ label, from: fromMs, to: toMs }).toEqual({
          label: theirs.label,
          from: theirs.from,
          to: theirs.to,
        });
        expect(readPeriodLabel(label)).toEqual(periodAt(kind, at));
      }),
    );
  });

  it('follow one another without a gap, there and back', () => {
    fc.assert(
      fc.property(moments, kinds, (at, kind) => {
        const period = periodAt(kind, at);
        const before = neighbourOf(period, -1);
        expect(before.toMs).toBe(period.fromMs);
        expect(neighbourOf(before, 1)).toEqual(period);
      }),
    );
  });

  it.each([
    '2026-10',
    '2026-Q4',
    '2026',
    '30d@2026-10-31',
    '7d@2024-02-29',
    '',
    '2026-13',
    '2026-00',
    '2026-Q5',
    '30d@2026-02-30',
    '0d@2026-02-28',
    '367d@2026-02-28',
    'last month',
  ])('%p is read as the server reads it', (text) => {
    const theirs = readPeriod(text);
    const ours = readPeriodLabel(text);
    expect(ours === null).toBe(!theirs.ok);
    if (theirs.ok) expect([ours?.fromMs, ours?.toMs]).toEqual([theirs.period.from, theirs.period.to]);
  });

  it('keep the moment when the kind changes, and never run ahead of now', () => {
    const now = Date.parse('2026-11-22T03:00:00Z');
    const august = readPeriodLabel('2026-08');
    const year = readPeriodLabel('2026');
    if (august === null || year === null) throw new Error('no period');
    expect(asKind('quarter', august, now).label).toBe('2026-Q3');
    expect(asKind('rolling', august, now).label).toBe('30d@2026-08-31');
    expect(asKind('month', year, now).label).toBe('2026-11');
  });

  it('are listed newest first', () => {
    const labels = recentPeriods('quarter', Date.parse('2026-11-22T03:00:00Z'), 5).map(({ label }) => label);
    expect(labels).toEqual(['2026-Q4', '2026-Q3', '2026-Q2', '2026-Q1', '2025-Q4']);
  });

  it.each([
    ['2026-10', '2026年10月', '2026-10'],
    ['2026-Q4', '2026年第4季度', '2026 Q4'],
    ['2026', '2026年', '2026'],
    ['30d@2026-10-31', '截至2026-10-31的30天', '30 days to 2026-10-31'],
    ['nonsense', 'nonsense', 'nonsense'],
  ])('%s is said as %s and %s', (label, chinese, english) => {
    const say =
      (language: 'zh-CN' | 'en'): Translate =>
      (key, values) =>
        translate(language, key, values);
    expect([periodName(say('zh-CN'), label), periodName(say('en'), label)]).toEqual([chinese, english]);
  });
});
