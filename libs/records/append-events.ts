import { jsonText, storableText } from './json-text.js';
import { preparedStatement } from './prepared.js';
import type { LogEvent, NewLogEvent, Tx } from './records.js';

/** Channel of PostgreSQL's NOTIFY that wakes the consumers of the log. */
export const EVENT_CHANNEL = 'liftwarden_event';

/** Most events of one transaction: an ingest batch or a page of a consumer makes far fewer. */
export const EVENTS_PER_WRITE_MAX = 10_000;

/** Serialises the writers of the log: any number no other lock uses. */
const EVENT_LOG_LOCK = 7_236_002;

/**
 * The last two statements of a writing transaction. The lock makes ids visible in id order, so that a plain
 * id cursor is exact; the notification rides in the lock's statement, because nothing may follow the insert
 * (DESIGN, PITFALLS 31) but the commit, which goes with it. `now` is asked once the lock is held, so that
 * times of record follow the ids too. Without other writers, `alone`, there is nobody to keep out or to wake.
 * Answers the events as the table would give them once they are committed.
 */
export async function appendEvents(
  tx: Tx,
  events: readonly NewLogEvent[],
  { now, alone }: { readonly now: () => number; readonly alone: boolean },
): Promise<readonly LogEvent[]> {
  if (events.length > EVENTS_PER_WRITE_MAX) {
    throw new RangeError(
      `${events.length} events in one transaction; at most ${EVENTS_PER_WRITE_MAX}: commit smaller batches.`,
    );
  }
  if (!alone) await LOCK_AND_NOTIFY(tx, [EVENT_LOG_LOCK, EVENT_CHANNEL]);
  const recordedAt = new Date(now());
  const written = events.map((event) => ({
    type: event.type,
    lift: textOrNull(event.lift),
    district: textOrNull(event.district),
    firm: textOrNull(event.firm),
    data: jsonText(event.data),
  }));
  const rows = await APPEND(tx, [
    recordedAt,
    written.map(({ type }) => type),
    written.map(({ lift }) => lift),
    written.map(({ district }) => district),
    written.map(({ firm }) => firm),
    written.map(({ data }) => data),
  ]);
  // Identities are given in the order of insertion, which is that of the places.
  const ids = rows.map(({ id }) => id).sort((a, b) => a - b);
  return written.flatMap((event, place) => {
    const id = ids[place];
    if (id === undefined) return [];
    return [
      { ...event, id, recordedAt: recordedAt.getTime(), data: JSON.parse(event.data) as LogEvent['data'] },
    ];
  });
}

function textOrNull(value: string | null): string | null {
  return value === null ? null : storableText(value);
}

const LOCK_AND_NOTIFY = preparedStatement(`select pg_advisory_xact_lock($1), pg_notify($2, '')`);

const APPEND_TEXT = `
  insert into event_log (type, recorded_at, lift, district, firm, data)
  select type, $1::timestamptz, lift, district, firm, data::jsonb
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    with ordinality as event (type, lift, district, firm, data, place)
  order by place
  returning id`;
const APPEND = preparedStatement<{ readonly id: number }>(APPEND_TEXT);

/** Nothing follows it in its transaction but the commit. */
export function isLastStatement(text: string): boolean {
  return text === APPEND_TEXT;
}
