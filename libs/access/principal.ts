import { type RawBuilder, type SqlBool, sql } from 'kysely';

export const ROLES = ['regulator', 'firm', 'dispatcher', 'tester', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The rows a key may see: all, a district with what lies below it, or the lifts of one firm. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'district'; readonly prefix: string }
  | { readonly kind: 'firm'; readonly firm: string };

/** Who calls: an API key, by its id. Never carries the secret. */
export interface Principal {
  readonly keyId: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Whose key it is, for people: stored beside what its holder did. */
  readonly label: string;
}

/** Whose row it is; null where a row belongs to no district or no firm, which only scope `all` may see. */
export interface Owner {
  readonly district: string | null;
  readonly firm: string | null;
}

/** True when `principal` may see a row of `owner`. */
export function inScope(principal: Principal, owner: Owner): boolean {
  const { scope } = principal;
  switch (scope.kind) {
    case 'all':
      return true;
    case 'district':
      return owner.district?.startsWith(scope.prefix) ?? false;
    case 'firm':
      return owner.firm === scope.firm;
  }
}

/**
 * `inScope` as a condition: `.where(scopeFilter(principal, 'alarm'))`, for a table (or alias) with the
 * columns `district` and `firm`. `starts_with` takes the prefix literally, so it needs no escaping.
 */
export function scopeFilter(principal: Principal, table: string): RawBuilder<SqlBool> {
  const { scope } = principal;
  switch (scope.kind) {
    case 'all':
      return sql<SqlBool>`true`;
    case 'district':
      return sql<SqlBool>`starts_with(${sql.ref(`${table}.district`)}, ${scope.prefix})`;
    case 'firm':
      return sql<SqlBool>`${sql.ref(`${table}.firm`)} = ${scope.firm}`;
  }
}
