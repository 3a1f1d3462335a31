import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { isDistrictScope, type Scope } from '#domain';
import { partsOf } from './scope-keys.js';

/**
 * The rows of `table` (facts or spans, by name or alias) that count under `scope`, as a condition. A
 * district's codes are a range of the index: all that begin with it sort before its code with a colon.
 */
export function rowsOf(scope: Scope, table: string): RawBuilder<SqlBool> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  if (scope.kind === 'all') return sql<SqlBool>`true`;
  if (isDistrictScope(scope.kind)) return within(table, scope.id);
  const { name, county } = partsOf(scope);
  const own = sql<SqlBool>`${column(SCOPE_COLUMNS[scope.kind])} = ${name}`;
  return county === null ? own : sql<SqlBool>`(${own} and ${within(table, county)})`;
}

function within(table: string, prefix: string): RawBuilder<SqlBool> {
  const district = sql.ref(`${table}.district`);
  return sql<SqlBool>`(${district} >= ${prefix} and ${district} < ${`${prefix}:`})`;
}

/** Where facts and spans keep the name of a scope that is no district. */
export const SCOPE_COLUMNS = {
  firm: 'firm',
  maker: 'maker',
  user: 'lift_user',
  'use-kind': 'use_kind',
  'age-band': 'age_band',
  site: 'site',
  lift: 'lift',
} as const;
