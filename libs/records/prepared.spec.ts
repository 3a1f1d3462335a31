import { preparedName } from './prepared.js';

const nameAfter = (text: string, times: number): string | null => {
  let name: string | null = null;
  for (let n = 0; n < times; n++) name = preparedName(text);
  return name;
};

describe('preparedName', () => {
  it.each([
    'select "a" from "t" where "id" = $1',
    'insert into t (a) select * from unnest($1::text[]) on conflict do nothing returning a',
    'update "t" set "a" = $1',
    '\n    with given as (select * from t)\n    select a, count(*) from given group by a',
  ])('names %j once it comes again, and always alike', (text) => {
    expect(nameAfter(text, 2)).toBeNull();
    const name = nameAfter(text, 1);
    expect(name).toMatch(/^lw_[0-9a-f]{24}$/);
    expect(nameAfter(text, 5)).toBe(name);
  });

  it.each([
    'begin',
    'commit',
    'set statement_timeout = 0',
    'create table t (a int)',
    'select * from "t"',
    'select "t".* from "t"',
    'delete from "t" returning *',
    'with x as (select 1) select * from x',
  ])('never names %j', (text) => {
    expect(nameAfter(text, 10)).toBeNull();
  });

  it('forgets texts that came once, however many they are', () => {
    for (let n = 0; n < 5_000; n++) expect(preparedName(`select ${n} as once`)).toBeNull();
    expect(nameAfter('select 17 as once', 3)).not.toBeNull();
  });
});
