/**
 * A place in the page, as the part of the address behind `#`: the server serves one file, whatever it says.
 */
export interface Place {
  readonly page: PageName;
  /** Registration code of the lift of page `lift`; null elsewhere. */
  readonly lift: string | null;
  /** Id of the endpoint of page `webhook`; null elsewhere. */
  readonly webhook: string | null;
  /** What is chosen on the page: filters, fields of the chart. */
  readonly search: URLSearchParams;
}

export const PAGE_NAMES = [
  'alarms',
  'lifts',
  'lift',
  'indicators',
  'suppressed',
  'quarantine',
  'webhooks',
  'webhook',
] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** The place of a `location.hash`. An unknown one is the alarms: that is what must be seen. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', code = ''] = path.split('/');
  const search = new URLSearchParams(query);
  const id = decode(code);
  if (name === 'lifts' && id !== '') return { page: 'lift', lift: id, webhook: null, search };
  if (name === 'webhooks' && id !== '') return { page: 'webhook', lift: null, webhook: id, search };
  const listed = name !== 'lift' && name !== 'webhook';
  const page = PAGE_NAMES.find((known) => listed && known === name) ?? 'alarms';
  return { page, lift: null, webhook: null, search };
}

/** The `href` of a place; `id` of the page's lift or webhook. */
export function hrefOf(page: PageName, search?: URLSearchParams | null, id?: string | null): string {
  const path = page === 'lift' || page === 'webhook' ? `${page}s/${encodeURIComponent(id ?? '')}` : page;
  const query = search?.toString() ?? '';
  return query === '' ? `#/${path}` : `#/${path}?${query}`;
}

export function liftHref(code: string): string {
  return hrefOf('lift', null, code);
}

export function webhookHref(id: string): string {
  return hrefOf('webhook', null, id);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
