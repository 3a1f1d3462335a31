/**
 * A place in the page, as the part of the address behind `#`: the server serves one file, whatever it says.
 */
export interface Place {
  readonly page: PageName;
  /** Registration code of the lift of page `lift`; null elsewhere. */
  readonly lift: string | null;
  /** What is chosen on the page: filters, fields of the chart. */
  readonly search: URLSearchParams;
}

export const PAGE_NAMES = ['alarms', 'lifts', 'lift', 'suppressed', 'quarantine'] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** The place of a `location.hash`. An unknown one is the alarms: that is what must be seen. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', code = ''] = path.split('/');
  const search = new URLSearchParams(query);
  const lift = decode(code);
  if (name === 'lifts' && lift !== '') return { page: 'lift', lift, search };
  const page = PAGE_NAMES.find((known) => known === name && known !== 'lift') ?? 'alarms';
  return { page, lift: null, search };
}

/** The `href` of a place. */
export function hrefOf(page: PageName, search?: URLSearchParams | null, lift?: string | null): string {
  const path = page === 'lift' ? `lifts/${encodeURIComponent(lift ?? '')}` : page;
  const query = search?.toString() ?? '';
  return query === '' ? `#/${path}` : `#/${path}?${query}`;
}

export function liftHref(code: string): string {
  return hrefOf('lift', null, code);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
