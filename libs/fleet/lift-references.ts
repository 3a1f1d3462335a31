import { sql } from 'kysely';
import type { Tx } from '#records';
import type { LiftDecision, LiftReferences, LiftWant } from './decide-lift.js';

/** Which districts, firms, users and rescue codes of `wants` are known: one statement for all of them. */
export async function findReferences(tx: Tx, wants: readonly LiftWant[]): Promise<LiftReferences> {
  const values = (field: 'district' | 'firm' | 'user' | 'rescueCode') => [
    ...new Set(wants.flatMap((want) => want.values[field] ?? [])),
  ];
  const { rows } = await sql<{ sort: 'district' | 'firm' | 'user' | 'rescueCode'; id: string; lift: string }>`
    select 'district' as sort, code as id, '' as lift from district
      where code = any(${values('district')}::text[])
    union all select 'firm', id, '' from firm where id = any(${values('firm')}::text[])
    union all select 'user', id, '' from lift_user where id = any(${values('user')}::text[])
    union all select 'rescueCode', rescue_code, registration_code from lift
      where rescue_code = any(${values('rescueCode')}::text[])`.execute(tx);
  const ids = (sort: string) => new Set(rows.filter((row) => row.sort === sort).map((row) => row.id));
  return {
    districts: ids('district'),
    firms: ids('firm'),
    users: ids('user'),
    rescueCodes: new Map(rows.filter((row) => row.sort === 'rescueCode').map((row) => [row.id, row.lift])),
  };
}

/** Refuses the later of two lifts of one write that claim the same free rescue code. */
export function claimRescueCodes(
  decisions: readonly LiftDecision[],
  references: LiftReferences,
): readonly LiftDecision[] {
  const claimed = new Map(references.rescueCodes);
  return decisions.map((decision) => {
    if (!('row' in decision) || decision.row.rescueCode === null) return decision;
    const { registrationCode, row } = decision;
    const owner = claimed.get(row.rescueCode ?? '');
    if (owner === undefined || owner === registrationCode) {
      claimed.set(row.rescueCode ?? '', registrationCode);
      return decision;
    }
    const message = `rescue code ${row.rescueCode} is another lift's (${owner})`;
    return { outcome: 'refused', refusal: { field: 'rescueCode', code: 'rescue-code-taken', message } };
  });
}
