import { Injectable } from '@nestjs/common';
import { inScope, type Principal, problem } from '#access';
import { LiftFacts } from '#alarms';
import { Records } from '#records';

/** Which lifts a key may see, by the fleet's port. */
@Injectable()
export class LiftsInScope {
  constructor(
    private readonly records: Records,
    private readonly facts: LiftFacts,
  ) {}

  /** Those of `lifts` (at most 500) that are there and in the caller's scope, in that order, each once. */
  async among(lifts: readonly string[], caller: Principal): Promise<readonly string[]> {
    const facts = await this.facts.facts(this.records.db, lifts);
    return [...new Set(lifts)].filter((lift) => {
      const owner = facts.get(lift);
      return owner !== undefined && inScope(caller, owner);
    });
  }

  /** Throws the 404 problem that a lift of others and no lift at all have in common. */
  async mustSee(lift: string, caller: Principal): Promise<void> {
    if ((await this.among([lift], caller)).length > 0) return;
    throw problem(404, 'Not Found', `No lift "${lift}" in the scope of this key.`);
  }
}
