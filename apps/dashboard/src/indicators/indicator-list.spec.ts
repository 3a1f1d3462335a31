import { INDICATOR_IDS, INDICATORS, type IndicatorFacts, SCOPE_KINDS, TARGET_DIRECTIONS } from '#domain';
import { LISTED_INDICATORS, listedIndicator, trendPeriods } from './indicator-list.js';
import { RULE_DIRECTIONS, RULE_SCOPE_KINDS } from './rule-draft.js';

describe('the page’s list of indicators', () => {
  it('has those of the domain, in their order', () => {
    expect(LISTED_INDICATORS.map(({ id }) => id)).toEqual(INDICATOR_IDS);
  });

  it.each(INDICATOR_IDS)('knows of %s what the domain says', (id) => {
    const facts: IndicatorFacts = INDICATORS[id];
    const [parameter] = Object.entries(facts.parameters);
    expect(listedIndicator(id)).toEqual({
      id,
      unit: facts.unit,
      better: facts.better,
      periods: facts.periods,
      parameter: parameter === undefined ? null : { name: parameter[0], value: parameter[1] },
      readings: facts.evidence.length,
    });
  });

  it('has the words of rules', () => {
    expect(RULE_SCOPE_KINDS).toEqual(SCOPE_KINDS);
    expect(RULE_DIRECTIONS).toEqual(TARGET_DIRECTIONS);
  });

  it.each([
    ['mean-arrival', ['month', 'quarter', 'year']],
    ['repeat-entrapment-lifts-month', ['month']],
    ['repeat-entrapment-lifts-year', ['year']],
    ['of-a-newer-server', ['month', 'quarter', 'year']],
  ])('draws %s over %p', (id, expected) => {
    expect(trendPeriods(id)).toEqual(expected);
  });
});
