import { type Kysely, type SqlBool, sql } from 'kysely';
import { decodeCursor, type Page, type Principal, pageOf, scopeFilter } from '#access';
import { PRIORITIES } from '#domain';
import { type Schema, storableText } from '#records';
import { type StoredAlarm, storedAlarm } from './alarm-rows.js';
import { badCursor, cursorDate } from './cursor-date.js';
import type { AlarmListQuery } from './list.query.js';

/**
 * 0 for the most urgent, as in `PRIORITIES`. Literal, not bound, so that an index on the same expression can
 * serve the order.
 */
const PRIORITY_RANK = sql<number>`case priority
  when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end`;

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
  const after = decodeCursor(query.cursor, KEY_PARTS);
  let select = db.selectFrom('alarm').selectAll().where(scopeFilter(principal, 'alarm'));
  if (query.state) select = select.where('state', 'in', query.state);
  if (query.priority) select = select.where('priority', 'in', query.priority);
  if (query.kind) select = select.where('kind', 'in', query.kind);
  if (query.district) select = select.where('district', 'like', `${query.district}%`);
  if (query.firm) select = select.where('firm', '=', query.firm);
  if (query.lift) select = select.where('lift', '=', query.lift);
  if (query.open !== undefined) select = select.where('state', query.open ? '<>' : '=', 'closed');
  if (after) {
    const [rank, raisedAt, id] = [rankOf(after[0]), cursorDate(after[1]), storableText(after[2])];
    select = select.where(
      sql<SqlBool>`(${PRIORITY_RANK} > ${rank}
        or (${PRIORITY_RANK} = ${rank} and (raised_at, id) < (${raisedAt}, ${id})))`,
    );
  }
  const rows = await select
    .orderBy(PRIORITY_RANK)
    .orderBy('raised_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return pageOf(rows.map(storedAlarm), query.limit, alarmKey);
}

function rankOf(part: number): number {
  if (PRIORITIES[part] === undefined) throw badCursor();
  return part;
}
