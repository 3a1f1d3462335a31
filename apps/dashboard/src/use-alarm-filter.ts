import { useEffect, useState } from 'react';
import { filterOf, searchOf } from './alarm-filter-search.js';
import type { AlarmFilter } from './alarm-selection.js';
import { type Place, parsePlace } from './router.js';
import { keepSearch } from './use-place.js';

/** The address follows when a person stops typing: browsers allow it only so often. Milliseconds. */
const KEEP_AFTER_MS = 300;

/** The filter of the alarms: from the address at first and when a link names another, and kept in it. */
export function useAlarmFilter(place: Place): readonly [AlarmFilter, (filter: AlarmFilter) => void] {
  const [filter, setFilter] = useState(() => filterOf(place.search));

  useEffect(() => {
    const follow = () => {
      const now = parsePlace(location.hash);
      if (now.page === 'alarms') setFilter(filterOf(now.search));
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  useEffect(() => {
    const timer = setTimeout(() => {
      if (parsePlace(location.hash).page === 'alarms') keepSearch(searchOf(filter));
    }, KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [filter]);

  return [filter, setFilter];
}
