/** An object of the event log, as it comes from the database: what is in it is checked where it is read. */
export type Values = Readonly<Record<string, unknown>>;

export function objectIn(values: Values, field: string): Values {
  const value = values[field];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

export function textIn(values: Values, field: string): string | null {
  const value = values[field];
  return typeof value === 'string' ? value : null;
}

export function numberIn(values: Values, field: string): number | null {
  const value = values[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function flagIn(values: Values, field: string): boolean {
  return values[field] === true;
}

/** A moment, ISO 8601 in UTC, from ms since 1970 UTC or from a text of any zone; null when it is none. */
export function timeIn(values: Values, field: string): string | null {
  const value = values[field];
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
