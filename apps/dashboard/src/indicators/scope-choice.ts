import type { ScopeKind } from '#domain';
import type { Scope } from '../alarm-subject.js';
import { scopeName } from '../alarm-words.js';
import type { Directory } from '../directory.js';
import type { Named } from '../fleet-api.js';
import { nameOf, type Translate } from '../i18n/translate.js';
import type { LiftView } from '../lift/lift-view.js';
import type { KeyScope } from '../session.js';

/** Of each group, so many are offered; who seeks another types on. */
const OFFERED_MAX = 30;

const DISTRICT_KINDS: Readonly<Record<number, ScopeKind>> = {
  2: 'province',
  4: 'city',
  6: 'county',
  9: 'township',
  12: 'village',
};
const COUNTY_DIGITS = 6;

/** `county:500231` as its parts; null for a text that is no scope. The server judges the rest. */
export function readScopeKey(text: string): Scope | null {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) return null;
  return { kind: text.slice(0, colon), id: text.slice(colon + 1) };
}

export function scopeKeyOf({ kind, id }: Scope): string {
  return `${kind}:${id}`;
}

/** The scope of a district code; null for a length that no kind has. */
export function districtScope(code: string): Scope | null {
  const kind = DISTRICT_KINDS[code.length];
  return kind === undefined ? null : { kind, id: code };
}

/** The district in which the parts of a scope are compared: its own of 6 digits or more, or its county. */
export function districtOf({ kind, id }: Scope): string | null {
  if (Object.values<string>(DISTRICT_KINDS).includes(kind)) return id.length >= COUNTY_DIGITS ? id : null;
  return /@(\d{6})$/.exec(id)?.[1] ?? null;
}

/** `华升电梯 · 垫江县`: a scope by its name, with the county it is looked at in. */
export function scopeTitle(t: Translate, directory: Directory, scope: Scope): string {
  const parts = /^(.*)@(\d{6})$/s.exec(scope.id);
  if (scope.kind === 'lift' || parts === null) return partTitle(t, directory, scope);
  const own = partTitle(t, directory, { kind: scope.kind, id: parts[1] ?? '' });
  return `${own} · ${directory.districtName(parts[2] ?? '')}`;
}

function partTitle(t: Translate, directory: Directory, scope: Scope): string {
  if (scope.kind === 'age-band') return t('figures.years', { band: scope.id });
  if (scope.kind === 'use-kind') return nameOf(t, 'useKind', scope.id);
  return scopeName(t, directory, scope);
}

/**
 * Where the page begins: all lifts, the district or the firm of the key. Null while that is not known: a
 * server that does not say is asked for its first district or firm.
 */
export function firstScope(own: KeyScope | null, directory: Directory): Scope | null {
  if (own?.kind === 'firm') return { kind: 'firm', id: own.id };
  if (own?.kind === 'district') return districtScope(own.id) ?? shortest(directory.districts, own.id);
  if (own?.kind === 'all') return shortest(directory.districts, '') ?? { kind: 'all', id: 'all' };
  return shortest(directory.districts, '');
}

/** The highest district of the installation: a county's own server begins with its county. */
function shortest(districts: readonly Named[], prefix: string): Scope | null {
  const codes = districts.map(({ code }) => code).filter((code) => code.startsWith(prefix));
  codes.sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  const [first, second] = codes;
  if (first === undefined) return null;
  // Two of the highest rank: none of them speaks for the whole.
  if (prefix === '' && second !== undefined && second.length === first.length) return null;
  return districtScope(first);
}

export interface ScopeOption {
  readonly value: string;
  readonly label: string;
}

export interface ScopeGroup {
  readonly label: string;
  readonly options: readonly ScopeOption[];
}

export interface ScopeSources {
  readonly own: KeyScope | null;
  readonly directory: Directory;
  /** What a search of the lifts by the same text brought. */
  readonly lifts: readonly LiftView[];
}

/**
 * What may be chosen for a typed text: districts by prefix of the code or part of the name, firms by part of
 * either, and sites and lifts that the server found. Bounded, group by group.
 */
export function scopeGroups(t: Translate, sources: ScopeSources, typed: string): readonly ScopeGroup[] {
  const { own, directory, lifts } = sources;
  const sought = typed.trim().toLowerCase();
  const named = ({ name }: Named) => name.toLowerCase().includes(sought);
  const ofDistrict = own?.kind !== 'firm';
  const districts = ofDistrict
    ? directory.districts.filter((each) => each.code.startsWith(sought) || named(each))
    : [];
  const firms = directory.firms.filter((each) => each.code.toLowerCase().includes(sought) || named(each));
  const groups: ScopeGroup[] = [
    {
      label: t('figures.scopeDistricts'),
      options: districts.slice(0, OFFERED_MAX).flatMap(({ code, name }) => {
        const scope = districtScope(code);
        return scope === null ? [] : [{ value: scopeKeyOf(scope), label: `${name} ${code}` }];
      }),
    },
    {
      label: t('scope.firm'),
      options: firms
        .slice(0, OFFERED_MAX)
        .map(({ code, name }) => ({ value: `firm:${code}`, label: `${name} ${code}` })),
    },
    { label: t('scope.site'), options: ofDistrict ? sitesOf(directory, lifts) : [] },
    {
      label: t('scope.lift'),
      options: lifts.slice(0, OFFERED_MAX).map(({ code, address }) => ({
        value: `lift:${code}`,
        label: `${address} ${code}`,
      })),
    },
  ];
  const all = own?.kind === 'all' && t('scope.all').toLowerCase().includes(sought);
  const whole: ScopeGroup = { label: t('scope.all'), options: [{ value: 'all:all', label: t('scope.all') }] };
  return [...(all ? [whole] : []), ...groups].filter(({ options }) => options.length > 0);
}

function sitesOf(directory: Directory, lifts: readonly LiftView[]): readonly ScopeOption[] {
  const sites = new Map<string, string>();
  for (const { site, district } of lifts) {
    if (site === null || district.length < COUNTY_DIGITS) continue;
    const county = district.slice(0, COUNTY_DIGITS);
    sites.set(`site:${site}@${county}`, `${site} · ${directory.districtName(county)}`);
  }
  return [...sites].slice(0, OFFERED_MAX).map(([value, label]) => ({ value, label }));
}
