import fc from 'fast-check';
import { parsePlace } from '../router.js';
import { FINDING_KINDS } from './finding-kinds.js';
import { readPeriodLabel } from './period-choice.js';
import { type Choice, choiceHref, choiceOf, indicatorHref, RANKED_KINDS, TABS } from './place-search.js';

const NOW = Date.parse('2026-11-22T03:00:00Z');

describe('the address of a choice', () => {
  it('of nothing is the running month, nothing else', () => {
    expect(choiceOf(parsePlace('#/indicators'), NOW)).toEqual({
      scope: null,
      period: readPeriodLabel('2026-11'),
      tab: 'figures',
      indicator: null,
      target: null,
      part: 'numerator',
      evidence: 'provisional',
      window: null,
      by: 'firm',
      ranked: 'entrapment-rate-monthly',
      finding: 'hidden-by-inspection',
    });
  });

  it('reads back as it was', () => {
    const period = readPeriodLabel('2026-Q3');
    if (period === null) throw new Error('no period');
    const choices = fc.record<Choice>({
      scope: fc.option(fc.constantFrom('county:500231', 'site:阳光 & 花园@500231', 'firm:f#1')),
      period: fc.constant(period),
      tab: fc.constantFrom(...TABS),
      indicator: fc.option(fc.constantFrom('mean-arrival', 'complaints')),
      target: fc.option(fc.constant('dianjiang-2021:mean-arrival@500231')),
      part: fc.constantFrom('numerator', 'denominator'),
      evidence: fc.constantFrom('official', 'provisional'),
      window: fc.option(fc.constant({ from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' })),
      by: fc.constantFrom(...RANKED_KINDS),
      ranked: fc.constantFrom('mean-arrival', 'entrapment-rate-monthly'),
      finding: fc.constantFrom(...FINDING_KINDS),
    });
    fc.assert(
      fc.property(choices, (choice) => {
        const place = parsePlace(choiceHref(choice));
        expect(place.page).toBe('indicators');
        expect(choiceOf(place, NOW)).toEqual(choice);
      }),
    );
  });

  it.each([
    ['#/indicators?period=last&tab=none&part=x&evidence=y', '2026-11', null],
    ['#/indicators?from=2026-10-02&to=2026-10-01', '2026-11', null],
    ['#/indicators?from=x&to=2026-10-01', '2026-11', null],
  ])('%s: what is wrong in it counts as absent', (hash, period, window) => {
    const choice = choiceOf(parsePlace(hash), NOW);
    expect(choice).toMatchObject({ tab: 'figures', part: 'numerator', evidence: 'provisional', window });
    expect(choice.period.label).toBe(period);
  });

  it('leads from an alarm to the rows of its window', () => {
    const [fromMs, toMs] = [Date.parse('2026-10-24T16:00:00Z'), Date.parse('2026-11-22T16:00:00Z')];
    const href = indicatorHref({
      type: 'indicator',
      indicator: 'fault-rate',
      scope: { kind: 'firm', id: 'f1@500231' },
      value: 2,
      threshold: 1,
      numerator: 2,
      denominator: 1,
      unit: 'per-lift-month',
      fromMs,
      toMs,
    });
    expect(choiceOf(parsePlace(href), NOW)).toMatchObject({
      scope: 'firm:f1@500231',
      indicator: 'fault-rate',
      window: { from: '2026-10-24T16:00:00.000Z', to: '2026-11-22T16:00:00.000Z' },
    });
  });
});
