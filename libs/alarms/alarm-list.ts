import { type Kysely, type SqlBool, sql } from 'kysely';
import { decodeCursor, type Page, type Principal, pageOf, scopeFilter } from '#access';
import { PRIORITIES } from '#domain';
import { type Schema, storableText } from '#records';
import { type StoredAlarm, storedAlarm } from './alarm-rows.js';
import { badCursor, cursorDate } from './cursor-date.js';
import type { AlarmListQuery } from './list.query.js';

/**
 * 3 for the most urgent. Literal, not bound, and word for word that of the indexes `alarm_order` and
 * `alarm_open_order`, which serve the order.
 */
const URGENCY = sql<number>`(case priority
  when 'critical' then 3 when 'high' then 2 when 'medium' then 1 else 0 end)`;

/** Where a page ends: index of the priority, raised (ms since 1970 UTC), id. */
const KEY_PARTS = ['number', 'number', 'string'] as const;

function alarmKey({ alarm }: StoredAlarm): readonly [number, number, string] {
  return [PRIORITIES.indexOf(alarm.priority), alarm.raisedAt, alarm.id];
}

/**
 * The alarms that `principal` may see and `query` asks for: most urgent first, then newest first. Throws a
 * 400 problem for a cursor that is not of this list.
 */
export async function listAlarms(
  db: Kysely<Schema>,
  query: AlarmListQuery,
  principal: Principal,
): Promise<Page<StoredAlarm>> {
  const rows = await alarmPage(db, query, principal).execute();
  return pageOf(rows.map(storedAlarm), query.limit, alarmKey);
}

/** The query behind a page: one row more than `query.limit`. Throws as `listAlarms` does. */
export function alarmPage(db: Kysely<Schema>, query: AlarmListQuery, principal: Principal) {
  const after = decodeCursor(query.cursor, KEY_PARTS);
  let select = db.selectFrom('alarm').selectAll().where(scopeFilter(principal, 'alarm'));
  if (query.state) select = select.where('state', 'in', query.state);
  if (query.priority) select = select.where('priority', 'in', query.priority);
  if (query.source) select = select.where('source', 'in', query.source);
  if (query.kind) select = select.where('kind', 'in', query.kind);
  const { district } = query;
  if (district) {
    select = select.where((where) => where.or(district.map((code) => where('district', 'like', `${code}%`))));
  }
  if (query.firm) select = select.where('firm', 'in', query.firm);
  if (query.lift) select = select.where('lift', '=', query.lift);
  // Literal as well: a bound state could not be matched with the condition of the index of open alarms.
  if (query.open === true) select = select.where(sql<SqlBool>`state <> 'closed'`);
  if (query.open === false) select = select.where(sql<SqlBool>`state = 'closed'`);
  if (after) {
    const [urgency, raisedAt, id] = [urgencyOf(after[0]), cursorDate(after[1]), storableText(after[2])];
    select = select.where(sql<SqlBool>`(${URGENCY}, raised_at, id) < (${urgency}::int, ${raisedAt}, ${id})`);
  }
  return select
    .orderBy(URGENCY, 'desc')
    .orderBy('raised_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
}

function urgencyOf(priority: number): number {
  if (PRIORITIES[priority] === undefined) throw badCursor();
  return PRIORITIES.length - 1 - priority;
}
