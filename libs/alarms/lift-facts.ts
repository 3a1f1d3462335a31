import type { Kysely } from 'kysely';
import type { Schema } from '#records';

/** What an alarm shows of its lift, as registered now. */
export interface LiftFact {
  /** 救援码, 6 digits; null when the lift has none. */
  readonly rescueCode: string | null;
  readonly address: string;
  /** Administrative division code: 6, 9 or 12 digits. */
  readonly district: string;
  /** Name of that district, or of the nearest one above it that is registered; null when none is. */
  readonly districtName: string | null;
  /** Id of the maintenance firm. */
  readonly firm: string | null;
}

/** Where alarms learn where a lift is. A port, because lifts are the fleet's tables. Also the DI token. */
export abstract class LiftFacts {
  /**
   * Facts of `lifts` (registration codes, at most 500), read through `db`: inside a transaction pass the
   * transaction, because the embedded database has one connection. A lift that is not registered is absent
   * from the answer.
   */
  abstract facts(db: Kysely<Schema>, lifts: readonly string[]): Promise<ReadonlyMap<string, LiftFact>>;
}

/** Facts of one lift; undefined when it is not registered, or when there is no lift. */
export async function factOf(
  liftFacts: LiftFacts,
  db: Kysely<Schema>,
  lift: string | null,
): Promise<LiftFact | undefined> {
  return lift === null ? undefined : (await liftFacts.facts(db, [lift])).get(lift);
}
