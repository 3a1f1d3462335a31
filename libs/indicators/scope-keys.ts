import { inScope, type Owner, type Principal } from '#access';
import { DISTRICT_DIGITS, isDistrictScope, SCOPE_KINDS, type Scope, type ScopeKind } from '#domain';

/** What decides under which scopes something counts; null = not known, and counts under none of that kind. */
export interface Dims {
  /** District code of 6, 9 or 12 digits. */
  readonly district: string;
  readonly firm: string | null;
  readonly user: string | null;
  readonly site: string | null;
  readonly maker: string | null;
  readonly useKind: string | null;
  readonly ageBand: string | null;
}

/** Kinds that exist for the whole fleet and, as `id@county`, within one county. */
export const PARTED_KINDS = ['firm', 'maker', 'user', 'use-kind', 'age-band'] as const;
export type PartedKind = (typeof PARTED_KINDS)[number];

const COUNTY_DIGITS = DISTRICT_DIGITS.county;

/** The one id of scope `all`. */
export const ALL_ID = 'all';

/** A scope as one text, as counters and the API's `scope` have it: `county:500231`, `firm:f1@500231`. */
export function scopeKey({ kind, id }: Scope): string {
  return `${kind}:${id}`;
}

/** Reads a key; null for a text that is none. */
export function readScope(text: string): Scope | null {
  const colon = text.indexOf(':');
  const kind = SCOPE_KINDS.find((each) => each === text.slice(0, colon));
  const id = text.slice(colon + 1);
  if (kind === undefined || id === '' || id.length > 200) return null;
  if (kind === 'all') return id === ALL_ID ? { kind, id } : null;
  if (isDistrictScope(kind)) {
    return /^\d+$/.test(id) && id.length === DISTRICT_DIGITS[kind] ? { kind, id } : null;
  }
  if (kind === 'site') return countyOf({ kind, id }) === null ? null : { kind, id };
  return { kind, id };
}

/** Every scope under which a thing with these dimensions counts, its lift's own left out. */
export function scopesOf(dims: Dims): readonly string[] {
  const { district } = dims;
  const county = district.slice(0, COUNTY_DIGITS);
  const keys = [`all:${ALL_ID}`];
  for (const [kind, digits] of Object.entries(DISTRICT_DIGITS)) {
    if (district.length >= digits) keys.push(`${kind}:${district.slice(0, digits)}`);
  }
  for (const kind of PARTED_KINDS) {
    const id = partOf(dims, kind);
    if (id === null) continue;
    keys.push(`${kind}:${id}`);
    if (county !== '') keys.push(`${kind}:${id}@${county}`);
  }
  // A site's name is its own in its county only: every county has a 阳光花园.
  if (dims.site !== null && county !== '') keys.push(`site:${dims.site}@${county}`);
  return keys;
}

function partOf(dims: Dims, kind: PartedKind): string | null {
  switch (kind) {
    case 'firm':
      return dims.firm;
    case 'maker':
      return dims.maker;
    case 'user':
      return dims.user;
    case 'use-kind':
      return dims.useKind;
    case 'age-band':
      return dims.ageBand;
  }
}

/** Name and county of `name@county`; county null for a scope of the whole fleet. */
export function partsOf({ kind, id }: Scope): { readonly name: string; readonly county: string | null } {
  const parts = /^(.*)@(\d{6})$/s.exec(id);
  if (parts === null || isDistrictScope(kind) || kind === 'lift') return { name: id, county: null };
  return { name: parts[1] ?? '', county: parts[2] ?? null };
}

/** The county that a scope lies in; null for one that spans several or has none. */
export function countyOf(scope: Scope): string | null {
  if (isDistrictScope(scope.kind)) {
    return scope.id.length >= COUNTY_DIGITS ? scope.id.slice(0, COUNTY_DIGITS) : null;
  }
  return partsOf(scope).county;
}

/**
 * Whose a scope is, as the columns of an event and the caller's scope know it. A county is nobody's firm,
 * so a firm sees figures of its own scopes only. A lift's owner is asked of the fleet.
 */
export function ownerOf(scope: Scope): Owner {
  const district = isDistrictScope(scope.kind) ? scope.id : countyOf(scope);
  return { district, firm: scope.kind === 'firm' ? partsOf(scope).name : null };
}

/** True when the caller may see the figures of `scope`; `lift` = the owner of a lift's scope. */
export function maySee(principal: Principal, scope: Scope, lift: Owner | null): boolean {
  if (scope.kind === 'lift') return lift !== null && inScope(principal, lift);
  return inScope(principal, ownerOf(scope));
}

/** True for a kind whose figures are summed up by scope and day; a lift's are read from its own rows. */
export function isSummed(kind: ScopeKind): boolean {
  return kind !== 'lift';
}
