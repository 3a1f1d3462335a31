import type { Insertable, Kysely, Selectable } from 'kysely';
import type { AlarmSnapshot, AlarmSource, AlarmSubject } from '#domain';
import { type AlarmTable, jsonList, preparedStatement, type Schema, type Tx } from '#records';
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
 * Alarms, locked until the transaction ends: a person and the monitor never decide on the same picture. In
 * the order of their ids, so that two who lock several do not wait for each other.
 */
export async function lockAlarms(tx: Tx, ids: readonly string[]): Promise<readonly StoredAlarm[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .selectFrom('alarm')
    .select(COLUMNS)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map(storedAlarm);
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

/**
 * Inserts alarms and answers the ids of those that are there now: not of one whose id or fault has an alarm,
 * nor of one whose source has an open one.
 */
export async function insertAlarms(tx: Tx, alarms: readonly StoredAlarm[]): Promise<ReadonlySet<string>> {
  if (alarms.length === 0) return new Set();
  const rows = await INSERT(tx, [jsonList(alarms.map(alarmRow))]);
  return new Set(rows.map(({ id }) => id));
}

/** Writes what can change of alarms that `tx` has locked, each once. */
export async function updateAlarms(tx: Tx, alarms: readonly StoredAlarm[]): Promise<void> {
  if (alarms.length > 0) await UPDATE(tx, [jsonList(alarms.map(alarmRow))]);
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

/** As JSON; a list of them is one value of a statement, whose text is the same for one and for a hundred. */
function alarmRow({ alarm, owner }: StoredAlarm): AlarmRow {
  return {
    id: alarm.id,
    source: alarm.source,
    source_key: alarm.sourceKey,
    fault_id: alarm.faultId,
    subject: alarm.subject,
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

function dateOrNull(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

/** A value for every column, so that none falls back to null. */
type AlarmRow = { readonly [C in (typeof COLUMNS)[number]]: Insertable<AlarmTable>[C] | AlarmSubject | Date };

/** Columns that the life of an alarm changes. */
const CHANGING = [
  ...(['lift', 'priority', 'state', 'reason', 'subject', 'raised_at', 'acknowledged_at'] as const),
  ...(['acknowledged_by', 'cleared_at', 'closed_at', 'closed_by', 'note', 'attachments'] as const),
  ...(['version'] as const),
];

const INSERT = preparedStatement<{ readonly id: string }>(`
  insert into alarm (${COLUMNS.join(', ')})
  select ${COLUMNS.join(', ')} from jsonb_populate_recordset(null::alarm, $1::jsonb)
  on conflict do nothing
  returning id`);

const UPDATE = preparedStatement(`
  update alarm set ${CHANGING.map((column) => `${column} = given.${column}`).join(', ')}
  from jsonb_populate_recordset(null::alarm, $1::jsonb) given
  where alarm.id = given.id`);
