import { type Kysely, sql } from 'kysely';
import type { Schema } from '#records';

/** Half open, ms since 1970 UTC; null = lasts. */
export interface BookInterval {
  readonly from: number;
  readonly to: number | null;
}

/** What the fleet's books say of one lift over time, for whoever counts by it. */
export interface FleetBook {
  readonly lift: string;
  readonly site: string | null;
  readonly maker: string | null;
  readonly useKind: string | null;
  /** `YYYY-MM-DD`. */
  readonly installedOn: string | null;
  readonly rescueCode: boolean;
  /** Who served it when, ascending. */
  readonly periods: readonly (BookInterval & {
    readonly district: string;
    readonly firm: string | null;
    readonly user: string | null;
  })[];
  /** When a terminal watched it, ascending. */
  readonly bindings: readonly BookInterval[];
}

interface BookRow {
  readonly lift: string;
  readonly site: string | null;
  readonly maker: string | null;
  readonly useKind: string | null;
  readonly installedOn: string | null;
  readonly rescueCode: boolean;
  readonly periods: FleetBook['periods'];
  readonly bindings: FleetBook['bindings'];
}

/** The books of these lifts, at most as many as asked; a lift that is not registered has none. */
export async function readFleetBooks(
  db: Kysely<Schema>,
  lifts: readonly string[],
): Promise<readonly FleetBook[]> {
  const { rows } = await sql<BookRow>`
    select registration_code as lift, site, maker, use_kind as "useKind", installed_on::text as "installedOn",
      rescue_code is not null as "rescueCode",
      (select coalesce(json_agg(json_build_object('from', ${ms('from_at')}, 'to', ${ms('to_at')},
        'district', district,
        'firm', firm, 'user', lift_user) order by from_at), '[]')
        from lift_period where lift = registration_code) as periods,
      (select coalesce(json_agg(json_build_object('from', ${ms('bound_at')}, 'to', ${ms('unbound_at')})
        order by bound_at),
        '[]') from terminal_binding where lift = registration_code) as bindings
    from lift where registration_code = any(${lifts}::text[]) order by registration_code`.execute(db);
  return rows;
}

function ms(column: string) {
  return sql`round(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`;
}
