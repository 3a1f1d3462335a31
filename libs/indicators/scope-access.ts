import type { Kysely } from 'kysely';
import { type Owner, type Principal, problem } from '#access';
import { SCOPE_KINDS, type Scope } from '#domain';
import { readFleetBooks } from '#fleet';
import type { Schema } from '#records';
import { countyOf, maySee, readScope } from './scope-keys.js';

/** A scope that the caller may see. */
export interface SeenScope {
  readonly scope: Scope;
  /** District whose policies judge it; null for one that spans counties. */
  readonly district: string | null;
  /** Of a lift, for a firm: only the time in which it served the lift. */
  readonly firm: string | null;
}

/**
 * Reads `text` and lets the caller have it, or throws: 400 for what is no scope, 404 for what is none of the
 * caller's, without telling whether it exists.
 */
export async function seenScope(db: Kysely<Schema>, caller: Principal, text: string): Promise<SeenScope> {
  const scope = readScope(text);
  if (scope === null) {
    const message = `scope must be kind:id, the kind one of ${SCOPE_KINDS.join(', ')}`;
    throw problem(400, 'Invalid request', `${message}; like county:500231 or firm:f1@500231.`, [
      { field: 'scope', message },
    ]);
  }
  const lift = scope.kind === 'lift' ? await ownerOfLift(db, scope.id) : null;
  if (!maySee(caller, scope, lift)) throw problem(404, 'Not Found', 'No such scope that this key may see.');
  const district = scope.kind === 'lift' ? (lift?.district ?? null) : districtOf(scope);
  const firm = scope.kind === 'lift' && caller.scope.kind === 'firm' ? caller.scope.firm : null;
  return { scope, district, firm };
}

function districtOf(scope: Scope): string | null {
  return countyOf(scope) === null
    ? null
    : scope.kind === 'township' || scope.kind === 'village'
      ? scope.id
      : countyOf(scope);
}

/** Whose the lift is now; null when it is not registered. */
async function ownerOfLift(db: Kysely<Schema>, code: string): Promise<Owner | null> {
  const [book] = await readFleetBooks(db, [code]);
  const period = book?.periods.at(-1);
  return period === undefined ? null : { district: period.district, firm: period.firm };
}
