import fc from 'fast-check';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { Schema } from '#records';
import { inScope, type Principal, type Scope, scopeFilter } from './principal.js';

const as = (scope: Scope): Principal => ({ keyId: 'k', role: 'regulator', label: 'test', scope });
const ALL = as({ kind: 'all' });
const COUNTY = as({ kind: 'district', prefix: '330922' });
const FIRM = as({ kind: 'firm', firm: 'f1' });

describe('inScope', () => {
  it.each([
    ['all sees a row without owner', ALL, null, null, true],
    ['all sees any row', ALL, '110101', 'f9', true],
    ['a county sees itself', COUNTY, '330922', null, true],
    ['a county sees its villages', COUNTY, '330922104001', 'f2', true],
    ['a county sees no other', COUNTY, '330921', 'f1', false],
    ['a county does not see what contains it', COUNTY, '3309', null, false],
    ['a county sees no row without district', COUNTY, null, 'f1', false],
    ['a firm sees its own', FIRM, '110101', 'f1', true],
    ['a firm sees no longer name', FIRM, '110101', 'f11', false],
    ['a firm sees no row without firm', FIRM, '110101', null, false],
  ])('%s', (_case, principal, district, firm, expected) => {
    expect(inScope(principal, { district, firm })).toBe(expected);
  });

  it('a longer prefix never shows more', () => {
    const digits = fc.stringMatching(/^\d{0,12}$/);
    fc.assert(
      fc.property(digits, digits, digits, (prefix, more, district) => {
        const owner = { district, firm: null };
        const narrow = inScope(as({ kind: 'district', prefix: prefix + more }), owner);
        const wide = inScope(as({ kind: 'district', prefix }), owner);
        expect(narrow && !wide).toBe(false);
      }),
      { seed: 20_261_121 },
    );
  });
});

describe('scopeFilter', () => {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const compiled = (principal: Principal) => {
    const query = db.selectFrom('alarm').select('id').where(scopeFilter(principal, 'alarm')).compile();
    return [query.sql.replace('select "id" from "alarm" where ', ''), query.parameters];
  };

  it.each([
    [ALL, 'true', []],
    [COUNTY, 'starts_with("alarm"."district", $1)', ['330922']],
    [FIRM, '"alarm"."firm" = $1', ['f1']],
  ])('%o', (principal, text, parameters) => {
    expect(compiled(principal)).toEqual([text, parameters]);
  });
});
