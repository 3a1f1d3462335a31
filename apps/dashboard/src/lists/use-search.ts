import { useEffect, useState } from 'react';
import type { Place } from '../router.js';
import { keepSearch } from '../use-place.js';

/** A list is asked again when a person stops typing; milliseconds. */
const SETTLED_MS = 300;

/**
 * The filters of a list, kept in the address: `shown` is what the fields hold, `settled` what is asked for.
 */
export function useSearch<T extends Readonly<Record<string, string>>>(place: Place, names: T) {
  const from = (search: URLSearchParams): T =>
    Object.fromEntries(Object.keys(names).map((name) => [name, search.get(name) ?? ''])) as T;
  const [shown, setShown] = useState<T>(() => from(place.search));
  const [settled, setSettled] = useState<T>(shown);

  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(shown);
      const search = new URLSearchParams(Object.entries(shown).filter(([, value]) => value.trim() !== ''));
      keepSearch(search);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [shown]);

  return {
    shown,
    settled,
    change: (part: Partial<T>) => setShown((before) => ({ ...before, ...part })),
  };
}
