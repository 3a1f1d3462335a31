import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { type LiftFact, LiftFacts } from '#alarms';
import type { Schema } from '#records';

interface FactRow {
  readonly lift: string;
  readonly rescue_code: string | null;
  readonly address: string;
  readonly district: string;
  readonly firm: string | null;
  readonly district_name: string | null;
}

/** The fleet's tables behind the alarms' port: one indexed read for a whole page of alarms. */
@Injectable()
export class SqlLiftFacts extends LiftFacts {
  async facts(db: Kysely<Schema>, lifts: readonly string[]): Promise<ReadonlyMap<string, LiftFact>> {
    if (lifts.length === 0) return new Map();
    const rows = await readFacts(db, [...new Set(lifts)]);
    return new Map(
      rows.map((row) => [
        row.lift,
        {
          rescueCode: row.rescue_code,
          address: row.address,
          district: row.district,
          districtName: row.district_name,
          firm: row.firm,
        },
      ]),
    );
  }
}

/**
 * Each lift with the name of its village, else of its township, else of its county (12, 9 and 6 digits,
 * DESIGN §1 "district"). Three look-ups rather than joins, for which the planner reads the whole table of
 * districts.
 */
async function readFacts(db: Kysely<Schema>, lifts: readonly string[]): Promise<readonly FactRow[]> {
  const { rows } = await sql<FactRow>`
    select lift.registration_code as lift, lift.rescue_code, lift.address, lift.district, lift.firm,
      coalesce(
        (select name from district where code = left(lift.district, 12)),
        (select name from district where code = left(lift.district, 9)),
        (select name from district where code = left(lift.district, 6))) as district_name
    from lift where lift.registration_code = any(${lifts}::text[])`.execute(db);
  return rows;
}
