import { useMemo, useSyncExternalStore } from 'react';
import { hrefOf, type Place, parsePlace } from './router.js';

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  addEventListener(REPLACED, changed);
  return () => {
    removeEventListener('hashchange', changed);
    removeEventListener(REPLACED, changed);
  };
}

/** `history.replaceState` tells nobody; we tell ourselves. */
const REPLACED = 'liftwarden:place';

/** Where the person is; follows links and the browser's own back and forward. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parsePlace(hash), [hash]);
}

/** Keeps a choice of the page in view in the address, without a new step of "back". */
export function keepSearch(search: URLSearchParams): void {
  const place = parsePlace(location.hash);
  const href = hrefOf(place.page, search, place.lift ?? place.webhook);
  if (href === location.hash) return;
  history.replaceState(null, '', href);
  dispatchEvent(new Event(REPLACED));
}
