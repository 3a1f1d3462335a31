import { filterOf, searchOf } from './alarm-filter-search.js';
import { NO_FILTER } from './alarm-selection.js';
import { hrefOf, liftHref, parsePlace } from './router.js';

describe('places', () => {
  it.each([
    ['', 'alarms', null],
    ['#/', 'alarms', null],
    ['#/nowhere', 'alarms', null],
    ['#/lift', 'alarms', null],
    ['#/alarms?priority=high', 'alarms', null],
    ['#/lifts?q=x', 'lifts', null],
    ['#/lifts/31104201201507001000', 'lift', '31104201201507001000'],
    ['#/lifts/%E6%A1%82%2F1', 'lift', '桂/1'],
    ['#/lifts/%E6', 'lift', '%E6'],
    ['#/quarantine', 'quarantine', null],
    ['#/webhooks', 'webhooks', null],
    ['#/webhook', 'alarms', null],
  ])('%s', (hash, page, lift) => {
    expect(parsePlace(hash)).toMatchObject({ page, lift });
  });

  it('of a lift reads back, whatever its code', () => {
    for (const code of ['3110320107200709E722', '梯/A?1#%', 'a b']) {
      expect(parsePlace(liftHref(code))).toMatchObject({ page: 'lift', lift: code });
    }
  });
});

describe('places of webhooks', () => {
  it('read back, with what is chosen there', () => {
    const search = new URLSearchParams({ state: 'failed' });
    const place = parsePlace(hrefOf('webhook', search, 'we_1/ü'));
    expect(place).toMatchObject({ page: 'webhook', webhook: 'we_1/ü', lift: null });
    expect(place.search.get('state')).toBe('failed');
    expect(parsePlace('#/lifts/1').webhook).toBeNull();
  });
});

describe('a filter in the address', () => {
  it('reads back as it was', () => {
    const filter = {
      priorities: ['critical', 'low'] as const,
      kinds: ['entrapment', 'door-held'],
      districts: ['420103'],
      firms: ['firm-a'],
      states: ['raised', 'closed'] as const,
      search: '建设 & 大道',
    };
    const { search } = parsePlace(hrefOf('alarms', searchOf(filter)));
    expect(filterOf(search)).toEqual(filter);
  });

  it('without a choice is no filter, and what does not exist is left out', () => {
    expect(filterOf(new URLSearchParams(''))).toBe(NO_FILTER);
    expect(filterOf(new URLSearchParams('priority=urgent&state=gone'))).toBe(NO_FILTER);
    expect(searchOf(NO_FILTER).toString()).toBe('');
  });
});
