import { Injectable } from '@nestjs/common';
import { inScope, type Page, type Principal } from '#access';
import { Records, storableText } from '#records';
import { listAlarms } from './alarm-list.js';
import { findAlarm, type StoredAlarm } from './alarm-rows.js';
import { type AlarmView, alarmView } from './alarm-view.js';
import { LiftFacts } from './lift-facts.js';
import type { AlarmListQuery } from './list.query.js';

/** Alarms as their readers see them: in their scope, with the facts of the lift. */
@Injectable()
export class AlarmReads {
  constructor(
    private readonly records: Records,
    private readonly liftFacts: LiftFacts,
  ) {}

  /** Throws a 400 problem for a cursor that is not of this list. */
  async list(query: AlarmListQuery, principal: Principal): Promise<Page<AlarmView>> {
    const { items, next } = await listAlarms(this.records.db, query, principal);
    return { items: await this.views(items), next };
  }

  /** Null when there is no such alarm or `principal` may not see it. */
  async find(id: string, principal: Principal): Promise<AlarmView | null> {
    const stored = await findAlarm(this.records.db, storableText(id));
    if (!stored || !inScope(principal, stored.owner)) return null;
    const [view] = await this.views([stored]);
    return view ?? null;
  }

  private async views(stored: readonly StoredAlarm[]): Promise<readonly AlarmView[]> {
    const facts = await this.liftFacts.facts(
      this.records.db,
      stored.flatMap(({ alarm }) => alarm.lift ?? []),
    );
    return stored.map(({ alarm, owner }) => alarmView(alarm, owner, facts.get(alarm.lift ?? '')));
  }
}
