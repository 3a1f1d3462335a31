import type { Tx } from '#records';
import type { AlarmTarget } from './alarm-change.js';
import { insertAlarms, lockAlarms, lockOpenAlarm, type StoredAlarm, updateAlarms } from './alarm-rows.js';

/** The alarms that a page of events speaks of: locked together, moved in memory, written together. */
export class AlarmBook {
  private readonly stored = new Set<string>();
  private readonly alarms = new Map<string, StoredAlarm>();
  private readonly changed = new Set<string>();

  private constructor(stored: readonly StoredAlarm[]) {
    for (const each of stored) {
      this.stored.add(each.alarm.id);
      this.alarms.set(each.alarm.id, each);
    }
  }

  static async open(tx: Tx, targets: readonly AlarmTarget[]): Promise<AlarmBook> {
    const ids = new Set<string>();
    const sources = new Map<string, Extract<AlarmTarget, { by: 'source' }>>();
    for (const target of targets) {
      if (target.by === 'id') ids.add(target.id);
      else sources.set(`${target.source} ${target.key}`, target);
    }
    const stored = [...(await lockAlarms(tx, [...ids]))];
    // Rates and webhooks: a few a day.
    for (const { source, key } of sources.values()) {
      const open = await lockOpenAlarm(tx, source, key);
      if (open !== null) stored.push(open);
    }
    return new AlarmBook(stored);
  }

  /** As the page has left it so far. */
  find(target: AlarmTarget): StoredAlarm | null {
    if (target.by === 'id') return this.alarms.get(target.id) ?? null;
    for (const each of this.alarms.values()) {
      const { source, sourceKey, state } = each.alarm;
      if (source === target.source && sourceKey === target.key && state !== 'closed') return each;
    }
    return null;
  }

  keep(after: StoredAlarm): void {
    this.alarms.set(after.alarm.id, after);
    this.changed.add(after.alarm.id);
  }

  /** Answers the ids of new alarms that could not be made, as another of their fault or source is there. */
  async write(tx: Tx): Promise<ReadonlySet<string>> {
    const changed = [...this.changed].sort().flatMap((id) => this.alarms.get(id) ?? []);
    const fresh = changed.filter(({ alarm }) => !this.stored.has(alarm.id));
    const made = await insertAlarms(tx, fresh);
    await updateAlarms(
      tx,
      changed.filter(({ alarm }) => this.stored.has(alarm.id)),
    );
    return new Set(fresh.flatMap(({ alarm }) => (made.has(alarm.id) ? [] : [alarm.id])));
  }
}
