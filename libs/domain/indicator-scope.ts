/**
 * What a figure can be about. A lift counts under the scopes it had at the time of the fact, so that a firm
 * keeps its record when a contract ends.
 */
export const SCOPE_KINDS = [
  'all',
  'province',
  'city',
  'county',
  'township',
  'village',
  'firm',
  'maker',
  'user',
  'use-kind',
  'age-band',
  'site',
  'lift',
] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** `id` is a district code of the kind's length, or the firm, maker … as the lift's row names it. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly id: string;
}

/** Digits of a district code by kind (GB/T 2260 and 10114): a prefix contains what lies below. */
export const DISTRICT_DIGITS = {
  province: 2,
  city: 4,
  county: 6,
  township: 9,
  village: 12,
} as const satisfies Partial<Record<ScopeKind, number>>;
export type DistrictScopeKind = keyof typeof DISTRICT_DIGITS;

/** Years a lift has been in use, upper edges excluded. DOMAIN §1 weighs 15 years, §2 finds 11–15 worst. */
export const AGE_BANDS = [
  { id: '0-5', from: 0, below: 6 },
  { id: '6-10', from: 6, below: 11 },
  { id: '11-14', from: 11, below: 15 },
  { id: '15-19', from: 15, below: 20 },
  { id: '20+', from: 20, below: Number.POSITIVE_INFINITY },
] as const;
export type AgeBandId = (typeof AGE_BANDS)[number]['id'];

/** The age band of a lift of `years` full years; throws a RangeError for a negative or fractional age. */
export function ageBandOf(years: number): AgeBandId {
  const band = AGE_BANDS.find(({ from, below }) => years >= from && years < below);
  if (band === undefined || !Number.isInteger(years)) {
    throw new RangeError(`Age of ${years} years: give full years, 0 or more`);
  }
  return band.id;
}

export function isDistrictScope(kind: ScopeKind): kind is DistrictScopeKind {
  return Object.hasOwn(DISTRICT_DIGITS, kind);
}
