import type { Insertable, Kysely, Selectable } from 'kysely';
import type { AlarmSnapshot, AlarmSource, AlarmSubject } from '#domain';
import { type AlarmTable, jsonText, type Schema, type Tx } from '#records';
import type { AlarmOwner } from './alarm-view.js';

/** Named one by one: a statement that answers `*` cannot be prepared. */
const COLUMNS = [
  ...(['id', 'source', 'source_key', 'fault_id', 'lift', 'district', 'firm', 'kind', 'subject'] as const),
  ...(['priority', 'evidence', 'state', 'reason', 'raised_at', 'recorded_at', 'acknowledged_at'] as const),
  ...(['acknowledged_by', 'cleared_at', 'closed_at', 'closed_by', 'note', 'attachments'] as const),
  ...(['clock_suspect', 'version'] as const),
];

/** An alarm and whose it is, as stored. */
export interface StoredAlarm {
  readonly alarm: AlarmSnapshot;
  readonly owner: AlarmOwner;
}

/**
 * The alarm, locked until the transaction ends: a person and the monitor never decide on the same picture.
 */
export async function lockAlarm(tx: Tx, id: string): Promise<StoredAlarm | null> {
  const row = await tx
    .selectFrom('alarm')
    .select(COLUMNS)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row ? storedAlarm(row) : null;
}

/** The alarm of this source that is not closed, locked likewise; there is one at most. */
export async function lockOpenAlarm(tx: Tx, source: AlarmSource, key: string): Promise<StoredAlarm | null> {
  const row = await tx
    .selectFrom('alarm')
    .select(COLUMNS)
    .where('source', '=', source)
    .where('source_key', '=', key)
    .where('state', '<>', 'closed')
    .forUpdate()
    .executeTakeFirst();
  return row ? storedAlarm(row) : null;
}

export async function findAlarm(db: Kysely<Schema>, id: string): Promise<StoredAlarm | null> {
  const row = await db.selectFrom('alarm').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? storedAlarm(row) : null;
}

/** False when an alarm of this id or fault, or an open one of this source, is there already. */
export async function insertAlarm(tx: Tx, { alarm, owner }: StoredAlarm): Promise<boolean> {
  const inserted = await tx
    .insertInto('alarm')
    .values(alarmRow(alarm, owner))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Writes what can change; the alarm must be locked by `tx`. */
export async function updateAlarm(tx: Tx, alarm: AlarmSnapshot): Promise<void> {
  await tx
    .updateTable('alarm')
    .set({
      lift: alarm.lift,
      priority: alarm.priority,
      state: alarm.state,
      reason: alarm.reason,
      subject: subjectText(alarm),
      raised_at: new Date(alarm.raisedAt),
      acknowledged_at: dateOrNull(alarm.acknowledgedAt),
      acknowledged_by: alarm.acknowledgedBy,
      cleared_at: dateOrNull(alarm.clearedAt),
      closed_at: dateOrNull(alarm.closedAt),
      closed_by: alarm.closedBy,
      note: alarm.note,
      attachments: alarm.attachments,
      version: alarm.version,
    })
    .where('id', '=', alarm.id)
    .execute();
}

export function storedAlarm(row: Selectable<AlarmTable>): StoredAlarm {
  return {
    alarm: {
      id: row.id,
      source: row.source,
      sourceKey: row.source_key,
      faultId: row.fault_id,
      lift: row.lift,
      kind: row.kind,
      // Written by `subjectText` only.
      subject: row.subject as AlarmSubject | null,
      priority: row.priority,
      evidence: row.evidence,
      state: row.state,
      reason: row.reason,
      raisedAt: row.raised_at.getTime(),
      recordedAt: row.recorded_at.getTime(),
      acknowledgedAt: row.acknowledged_at?.getTime() ?? null,
      acknowledgedBy: row.acknowledged_by,
      clearedAt: row.cleared_at?.getTime() ?? null,
      closedAt: row.closed_at?.getTime() ?? null,
      closedBy: row.closed_by,
      note: row.note,
      attachments: row.attachments,
      clockSuspect: row.clock_suspect,
      version: row.version,
    },
    owner: { district: row.district, firm: row.firm },
  };
}

function alarmRow(alarm: AlarmSnapshot, owner: AlarmOwner): Insertable<AlarmTable> {
  return {
    id: alarm.id,
    source: alarm.source,
    source_key: alarm.sourceKey,
    fault_id: alarm.faultId,
    subject: subjectText(alarm),
    lift: alarm.lift,
    district: owner.district,
    firm: owner.firm,
    kind: alarm.kind,
    priority: alarm.priority,
    evidence: alarm.evidence,
    state: alarm.state,
    reason: alarm.reason,
    raised_at: new Date(alarm.raisedAt),
    recorded_at: new Date(alarm.recordedAt),
    acknowledged_at: dateOrNull(alarm.acknowledgedAt),
    acknowledged_by: alarm.acknowledgedBy,
    cleared_at: dateOrNull(alarm.clearedAt),
    closed_at: dateOrNull(alarm.closedAt),
    closed_by: alarm.closedBy,
    note: alarm.note,
    attachments: alarm.attachments,
    clock_suspect: alarm.clockSuspect,
    version: alarm.version,
  };
}

function subjectText({ subject }: AlarmSnapshot): string | null {
  return subject && jsonText({ ...subject });
}

function dateOrNull(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
