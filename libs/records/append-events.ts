import { sql } from 'kysely';
import { jsonText, storableText } from './json-text.js';
import { PREPARED } from './prepared.js';
import type { NewLogEvent, Tx } from './records.js';

/** Channel of PostgreSQL's NOTIFY that wakes the consumers of the log. */
export const EVENT_CHANNEL = 'liftwarden_event';

/** Most events of one transaction: an ingest batch or a page of a consumer makes far fewer. */
export const EVENTS_PER_WRITE_MAX = 10_000;

/** Serialises the writers of the log: any number no other lock uses. */
const EVENT_LOG_LOCK = 7_236_002;

/**
 * The last two statements of a writing transaction. The lock makes ids visible in id order, so that a plain
 * id cursor is exact; the notification rides in the lock's statement, because nothing may follow the insert
 * (DESIGN, PITFALLS 31). `now` is asked once the lock is held, so that times of record follow the ids too.
 */
export async function appendEvents(tx: Tx, events: readonly NewLogEvent[], now: () => number): Promise<void> {
  if (events.length > EVENTS_PER_WRITE_MAX) {
    throw new RangeError(
      `${events.length} events in one transaction; at most ${EVENTS_PER_WRITE_MAX}: commit smaller batches.`,
    );
  }
  await sql`${PREPARED}
    select pg_advisory_xact_lock(${EVENT_LOG_LOCK}), pg_notify(${EVENT_CHANNEL}, '')`.execute(tx);
  const recordedAt = new Date(now());
  const text = (value: string | null) => (value === null ? null : storableText(value));
  await sql`${PREPARED}
    insert into event_log (type, recorded_at, lift, district, firm, data)
    select type, ${recordedAt}::timestamptz, lift, district, firm, data::jsonb
    from unnest(
      ${events.map((event) => event.type)}::text[],
      ${events.map((event) => text(event.lift))}::text[],
      ${events.map((event) => text(event.district))}::text[],
      ${events.map((event) => text(event.firm))}::text[],
      ${events.map((event) => jsonText(event.data))}::text[]
    ) with ordinality as event (type, lift, district, firm, data, place)
    order by place`.execute(tx);
}
