import { type Kysely, sql } from 'kysely';
import type { Schema } from '#records';

/** Counties of the seeded fleet: a county of 200,000 lifts has 10,000. */
export const COUNTIES = 20;
/** Faults of a lift in the twelve months. */
const FAULTS_A_LIFT = 12;
const DAY_MS = 86_400_000;

/** `county(n)` of the seed. */
export function countyCode(n: number): string {
  return `5002${String(10 + n)}`;
}

/** What is filled by the million: without indexes, which are made afterwards. */
const LARGE_TABLES = ['indicator_span', 'indicator_fact', 'indicator_count', 'indicator_exposure'] as const;

/**
 * A fleet with twelve months of facts, made inside the database and always the same: `lifts` lifts in 20
 * counties, each with 12 terminal faults, and an entrapment order for every 15th lift and month. `to` is the
 * Shanghai midnight at which it ends, ms. Sums are made by grouping, not by the code that is measured. Ends
 * with the tables vacuumed and on the disk, so that nothing of it goes on while something is measured.
 */
export async function seedIndicators(db: Kysely<Schema>, lifts: number, to: number): Promise<void> {
  const from = to - 365 * DAY_MS;
  await db.connection().execute(async (own) => {
    // The pool's own limit of a statement comes with the connection and outdoes what a URL says.
    for (const setting of SETTINGS) await sql`set ${sql.raw(setting)}`.execute(own);
    await seedBooks(own, lifts, from);
    await withoutIndexes(own, async () => {
      await seedSpans(own, from);
      await seedFacts(own, from);
      await seedCounts(own);
      await seedExposure(own);
    });
    for (const table of ['lift', 'lift_period', 'terminal_binding', ...LARGE_TABLES])
      await sql`vacuum (analyze) ${sql.table(table)}`.execute(own);
    await sql`checkpoint`.execute(own);
    await sql`reset all`.execute(own);
  });
}

const SETTINGS = [
  'statement_timeout = 0',
  'synchronous_commit = off',
  `work_mem = '256MB'`,
  `maintenance_work_mem = '512MB'`,
];

/** Drops every index of the large tables, works, and makes them again as they were. */
async function withoutIndexes(db: Kysely<Schema>, work: () => Promise<void>): Promise<void> {
  const { rows } = await sql<{ drop: string; make: string }>`
    select case when indisprimary then format('alter table %s drop constraint %s', indrelid::regclass,
        indexrelid::regclass)
      else format('drop index %s', indexrelid::regclass) end as drop,
      case when indisprimary then format('alter table %s add %s', indrelid::regclass,
        pg_get_constraintdef(con.oid))
      else pg_get_indexdef(indexrelid) end as make
    from pg_index left join pg_constraint con on con.conindid = indexrelid and con.contype = 'p'
    where indrelid = any(${[...LARGE_TABLES]}::text[]::regclass[])`.execute(db);
  for (const { drop } of rows) await sql.raw(drop).execute(db);
  await work();
  for (const { make } of rows) await sql.raw(make).execute(db);
}

async function seedBooks(db: Kysely<Schema>, lifts: number, from: number): Promise<void> {
  await sql`
    insert into district (code, name)
    select code, code from (
      select '5002' || (10 + c) as code from generate_series(0, ${COUNTIES - 1}::integer) c
      union all
      select '5002' || (10 + c) || lpad(t::text, 3, '0') from generate_series(0, ${COUNTIES - 1}::integer) c,
        generate_series(0, 9) t
      union all
      select '5002' || (10 + c) || lpad(t::text, 3, '0') || lpad(v::text, 3, '0')
      from generate_series(0, ${COUNTIES - 1}::integer) c, generate_series(0, 9) t, generate_series(0, 9) v
    ) each`.execute(db);
  await sql`insert into firm (id, name) select 'f' || n, 'firm ' || n from generate_series(0, 499) n`.execute(
    db,
  );
  await sql`insert into lift_user (id, name) select 'u' || n, 'user ' || n from generate_series(0, 1999)
    n`.execute(db);
  await sql`
    insert into lift (registration_code, rescue_code, district, address, site, firm, created_at, use_kind,
      installed_on, maker, lift_user)
    select 'L' || lpad(n::text, 7, '0'), lpad(n::text, 6, '0'),
      '5002' || (10 + n % ${COUNTIES}::integer) || lpad((n / 20 % 10)::text, 3, '0') || lpad((n / 200 %
        10)::text, 3, '0'),
      'road ' || n, 'site ' || n / 40, 'f' || n % 500, ${new Date(from)}::timestamptz,
      (array['residential', 'mall', 'hospital', 'office'])[1 + n % 4], date '2000-01-01' + (n % 8000),
        'maker ' || n % 12,
      'u' || n % 2000
    from generate_series(0, ${lifts - 1}::integer) n`.execute(db);
  await sql`
    insert into lift_period (lift, from_at, to_at, district, firm, lift_user)
    select registration_code, created_at, null, district, firm, lift_user from lift`.execute(db);
}

/** One span a lift: the age is that of the end, to keep the seed simple. */
async function seedSpans(db: Kysely<Schema>, from: number): Promise<void> {
  await sql`
    insert into indicator_span (lift, from_at, to_at, in_service, bound, rescue_code, district, firm,
      lift_user,
      site, maker, use_kind, age_band)
    select registration_code, ${new Date(from)}::timestamptz, null, true, true, true, district, firm,
      lift_user,
      site, maker, use_kind, '11-14'
    from lift`.execute(db);
}

async function seedFacts(db: Kysely<Schema>, from: number): Promise<void> {
  const columns = sql.raw(`source, id, metric, kind, lift, at, day, weight, provisional, official, ended_at,
    withdrawn, verdict, flags, answer_ms, arrival_ms, release_ms, district, firm, lift_user, site, maker,
      use_kind,
    age_band`);
  const span = sql.raw('district, firm, lift_user, site, maker, use_kind, age_band');
  const day = (at: string) => sql.raw(`(extract(epoch from ${at}) + 28800) / 86400`);
  // In the order of time, as a ledger that lived through the year lies on the disk.
  // Knuth's multiplicative hash spreads the moments over the year, the same in every run.
  await sql`
    insert into indicator_fact (${columns})
    select 'fault', lift || '-' || n, case when n = 11 then 'faults.of-terminal' else 'faults.other-of-lift'
      end,
      case when n = 11 then 'terminal-battery-low' else 'door-held' end, lift, at,
        floor(${day('at')})::integer, 1, true, n % 10 <> 0,
      case when n % 10 = 0 then null else at + interval '5 minutes' end, false, null, '{}', null, null,
        null, ${span}
    from (
      select span.*, n, ${new Date(from)}::timestamptz
        + (((substr(lift, 2)::bigint * 12 + n) * 2654435761) % 31535999) * interval '1 second' as at
      from indicator_span span, generate_series(0, ${FAULTS_A_LIFT - 1}::integer) n
    ) each order by at`.execute(db);
  await sql`
    insert into indicator_fact (${columns})
    select 'order', lift || '-o' || n, 'orders.entrapment', 'entrapment', lift, at,
      floor(${day('at')})::integer, 1, true, true,
      at + interval '1 hour', false, null, '{}', 60000, (6 + n) * 60000, 4 * 60000, ${span}
    from (
      select span.*, n, ${new Date(from)}::timestamptz
        + (((substr(lift, 2)::bigint * 31 + n) * 2654435761) % 31535999) * interval '1 second' as at
      from indicator_span span, generate_series(0, 11) n
      where (substr(lift, 2)::integer + n) % 15 = 0
    ) each`.execute(db);
}

/** Every kind of scope as an expression over a row with the dimensions. */
const SCOPES: readonly string[] = [
  `'all:all'`,
  `'province:' || left(district, 2)`,
  `'city:' || left(district, 4)`,
  `'county:' || left(district, 6)`,
  `'township:' || left(district, 9)`,
  `'village:' || left(district, 12)`,
  ...[
    ['firm', 'firm'],
    ['maker', 'maker'],
    ['user', 'lift_user'],
    ['use-kind', 'use_kind'],
    ['age-band', 'age_band'],
  ].flatMap(([kind, column]) => [
    `'${kind}:' || ${column}`,
    `'${kind}:' || ${column} || '@' || left(district, 6)`,
  ]),
  `'site:' || site || '@' || left(district, 6)`,
];

async function seedCounts(db: Kysely<Schema>): Promise<void> {
  for (const scope of SCOPES) {
    await sql`
      insert into indicator_count (scope, metric, day, provisional, official)
      select ${sql.raw(scope)}, metric, day, sum(weight), coalesce(sum(weight) filter (where official), 0)
      from indicator_fact group by 1, 2, 3`.execute(db);
  }
}

async function seedExposure(db: Kysely<Schema>): Promise<void> {
  for (const scope of SCOPES) {
    await sql`
      insert into indicator_exposure (scope, measure, day, lifts, offset_ms)
      select ${sql.raw(scope)}, measure, floor((extract(epoch from from_at) + 28800) / 86400)::integer,
        count(*), 0
      from indicator_span, unnest(array['registered', 'in-service', 'monitored', 'bound', 'rescue-code']) as
        measure
      group by 1, 2, 3`.execute(db);
  }
}
