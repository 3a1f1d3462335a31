import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { type LiftFact, LiftFacts } from '#alarms';
import type { Schema } from '#records';

/** Digits of a county, a township and a village code (DESIGN §1 "district"). */
const LEVEL_DIGITS = [6, 9, 12] as const;

/** The fleet's tables behind the alarms' port: two indexed reads for a whole page of alarms. */
@Injectable()
export class SqlLiftFacts extends LiftFacts {
  async facts(db: Kysely<Schema>, lifts: readonly string[]): Promise<ReadonlyMap<string, LiftFact>> {
    if (lifts.length === 0) return new Map();
    const rows = await db
      .selectFrom('lift')
      .select(['registration_code', 'rescue_code', 'address', 'district', 'firm'])
      .where('registration_code', 'in', [...new Set(lifts)])
      .execute();
    const names = await this.districtNames(
      db,
      rows.map((row) => row.district),
    );
    return new Map(
      rows.map((row) => [
        row.registration_code,
        {
          rescueCode: row.rescue_code,
          address: row.address,
          district: row.district,
          districtName: nearestName(names, row.district),
          firm: row.firm,
        },
      ]),
    );
  }

  private async districtNames(
    db: Kysely<Schema>,
    districts: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const codes = new Set(districts.flatMap((district) => LEVEL_DIGITS.map((n) => district.slice(0, n))));
    if (codes.size === 0) return new Map();
    const rows = await db
      .selectFrom('district')
      .select(['code', 'name'])
      .where('code', 'in', [...codes])
      .execute();
    return new Map(rows.map((row) => [row.code, row.name]));
  }
}

function nearestName(names: ReadonlyMap<string, string>, district: string): string | null {
  for (const digits of LEVEL_DIGITS.toReversed()) {
    const name = names.get(district.slice(0, digits));
    if (name !== undefined) return name;
  }
  return null;
}
