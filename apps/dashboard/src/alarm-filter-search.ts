import { type AlarmFilter, normaliseFilter } from './alarm-selection.js';
import { ALARM_STATE_NAMES, PRIORITY_ORDER } from './alarm-view.js';

/** Characters of a search in the address. */
const SEARCH_MAX = 100;
/** Values of one filter in the address. */
const VALUES_MAX = 50;

/** The filter that an address names; what it names wrongly is left out. */
export function filterOf(search: URLSearchParams): AlarmFilter {
  const list = (name: string) => (search.get(name) ?? '').split(',').filter((part) => part !== '');
  return normaliseFilter({
    priorities: PRIORITY_ORDER.filter((priority) => list('priority').includes(priority)),
    kinds: list('kind').slice(0, VALUES_MAX),
    districts: list('district').slice(0, VALUES_MAX),
    firms: list('firm').slice(0, VALUES_MAX),
    states: ALARM_STATE_NAMES.filter((state) => list('state').includes(state)),
    search: (search.get('q') ?? '').slice(0, SEARCH_MAX),
  });
}

/** The address of a filter, so that a view can be kept and passed on. */
export function searchOf(filter: AlarmFilter): URLSearchParams {
  const search = new URLSearchParams();
  const set = (name: string, values: readonly string[]) => {
    if (values.length > 0) search.set(name, values.join(','));
  };
  set('priority', filter.priorities);
  set('kind', filter.kinds);
  set('district', filter.districts);
  set('firm', filter.firms);
  set('state', filter.states);
  if (filter.search.trim() !== '') search.set('q', filter.search.trim());
  return search;
}
