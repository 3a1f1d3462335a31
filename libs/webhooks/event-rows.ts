import { sql } from 'kysely';
import type { Tx } from '#records';
import type { LiftPart } from './event-body.js';
import { bodyText, type Origin, type Publication, scheduleOf } from './publication.js';
import { objectIn, textIn, type Values } from './values.js';

/**
 * Held by whoever publishes, to the end of its transaction: positions of events become visible in order, and
 * a sender that asks for it waits just until the deliveries it was told of are committed. Any number no other
 * lock uses.
 */
export const PUBLISH_LOCK = 7_236_003;

/** Where an event belongs, which decides who is told. */
export interface Place {
  readonly lift: string | null;
  readonly district: string | null;
  readonly firm: string | null;
}

/** Must come before anything is published in `tx`. */
export async function lockPublishing(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${PUBLISH_LOCK})`.execute(tx);
}

/** What was published of the beginnings of these faults, while it is kept, by the fault's id. */
export async function findOrigins(tx: Tx, faults: readonly string[]): Promise<ReadonlyMap<string, Origin>> {
  if (faults.length === 0) return new Map();
  const { rows } = await sql<{
    subject: string;
    priority: string | null;
    evidence: string | null;
    body: string;
  }>`
    select distinct on (subject) subject, priority, evidence, body from webhook_event
    where subject = any(${[...faults]}::text[]) order by subject, position`.execute(tx);
  return new Map(
    rows.map(({ subject, priority, evidence, body }) => {
      const data = objectIn(JSON.parse(body) as Values, 'data');
      const [raisedAt, terminal] = [textIn(data, 'raisedAt'), textIn(data, 'terminal')];
      return [subject, { priority, evidence, raisedAt, terminal }];
    }),
  );
}

/** One thing to publish. */
export interface Writing {
  readonly id: string;
  readonly publication: Publication;
  readonly place: Place;
  readonly lift: LiftPart | null;
  /** When its event of the log was recorded: endpoints made later do not get it. */
  readonly recordedAt: Date;
}

/**
 * Writes the events in their order, each with its lift's next number, and a delivery for each endpoint that
 * wants it and may see it; answers those endpoints. An event that is there already is left alone.
 */
export async function publishEvents(
  tx: Tx,
  writings: readonly Writing[],
  now: Date,
): Promise<readonly string[]> {
  if (writings.length === 0) return [];
  const sequences = await takeSequences(tx, writings);
  const rows = writings.map((writing, place) => ({
    ...writing,
    body: bodyText(writing.publication, writing.id, sequences[place] ?? null, writing.lift),
  }));
  const of = <T>(pick: (row: (typeof rows)[number]) => T): T[] => rows.map(pick);
  const { rows: made } = await sql<{ endpoint: string }>`
    with given as (
      select * from unnest(
        ${of(({ id }) => id)}::text[], ${of(({ publication }) => publication.type)}::text[],
        ${of(({ recordedAt }) => recordedAt)}::timestamptz[], ${of(({ place }) => place.lift)}::text[],
        ${of(({ place }) => place.district)}::text[], ${of(({ place }) => place.firm)}::text[],
        ${of(({ publication }) => publication.kind)}::text[],
        ${of(({ publication }) => publication.priority)}::text[],
        ${of(({ publication }) => publication.evidence)}::text[],
        ${of(({ publication }) => publication.subject)}::text[], ${of(({ body }) => body)}::text[],
        ${of(({ publication }) => scheduleOf(publication))}::text[]
      ) with ordinality as given
        (id, type, recorded_at, lift, district, firm, kind, priority, evidence, subject, body, schedule,
          place)
    ),
    stored as (
      insert into webhook_event
        (id, type, recorded_at, lift, district, firm, kind, priority, evidence, subject, body)
      select id, type, recorded_at, lift, district, firm, kind, priority, evidence, subject, body
      from given order by place
      on conflict (id) do nothing
      returning position, id, type, recorded_at, lift, district, firm, kind, priority
    )
    insert into webhook_delivery
      (id, endpoint, event, lift, state, reason, schedule, due_at, created_at)
    select 'msg_' || stored.id || '_' || endpoint.id, endpoint.id, stored.position, stored.lift, 'pending',
      'queued', given.schedule, ${now}::timestamptz, ${now}::timestamptz
    from stored join given on given.id = stored.id
    cross join lateral (
      select * from webhook_endpoint where state = 'enabled' and scope_kind = 'all'
      union all
      select * from webhook_endpoint
      where state = 'enabled' and scope_kind = 'firm' and scope_value = stored.firm
      union all
      select * from webhook_endpoint
      where state = 'enabled' and scope_kind = 'district' and starts_with(stored.district, scope_value)
    ) endpoint
    where endpoint.created_at <= stored.recorded_at and ${WANTS}
    returning endpoint`.execute(tx);
  return [...new Set(made.map(({ endpoint }) => endpoint))];
}

/** Numbers of their lifts, in the order given; null without a lift. */
async function takeSequences(tx: Tx, writings: readonly Writing[]): Promise<readonly (number | null)[]> {
  const counts = new Map<string, number>();
  for (const { place } of writings) {
    if (place.lift !== null) counts.set(place.lift, (counts.get(place.lift) ?? 0) + 1);
  }
  if (counts.size === 0) return writings.map(() => null);
  const lifts = [...counts.keys()].sort();
  const { rows } = await sql<{ lift: string; sequence: number }>`
    insert into webhook_lift (lift, sequence)
    select * from unnest(${lifts}::text[], ${lifts.map((lift) => counts.get(lift) ?? 0)}::bigint[])
    on conflict (lift) do update set sequence = webhook_lift.sequence + excluded.sequence
    returning lift, sequence`.execute(tx);
  const next = new Map(rows.map(({ lift, sequence }) => [lift, sequence - (counts.get(lift) ?? 0)]));
  return writings.map(({ place }) => {
    if (place.lift === null) return null;
    const number = (next.get(place.lift) ?? 0) + 1;
    next.set(place.lift, number);
    return number;
  });
}

/**
 * `endpoint` may see `stored` and wants it. A filter by kind or priority says nothing of events that have
 * none.
 */
export const WANTS = sql<boolean>`(
    (endpoint.scope_kind = 'all'
      or (endpoint.scope_kind = 'firm' and endpoint.scope_value = stored.firm)
      or (endpoint.scope_kind = 'district' and starts_with(stored.district, endpoint.scope_value)))
    and (cardinality(endpoint.types) = 0 or stored.type = any(endpoint.types))
    and (cardinality(endpoint.kinds) = 0 or stored.kind is null or stored.kind = any(endpoint.kinds))
    and (cardinality(endpoint.priorities) = 0 or stored.priority is null
      or stored.priority = any(endpoint.priorities))
    and (endpoint.district is null or starts_with(stored.district, endpoint.district)))`;

/** Keeps each alarm as its last event showed it, until it is closed. `views` in their order. */
export async function followAlarms(tx: Tx, views: readonly Values[]): Promise<void> {
  const last = new Map<string, { readonly lift: string; readonly view: Values }>();
  for (const view of views) {
    const [alarm, lift] = [textIn(view, 'id'), textIn(view, 'lift')];
    if (alarm !== null && lift !== null) last.set(alarm, { lift, view });
  }
  const isClosed = (alarm: string) => textIn(last.get(alarm)?.view ?? {}, 'state') === 'closed';
  const alarms = [...last.keys()].sort();
  const [closed, open] = [alarms.filter(isClosed), alarms.filter((alarm) => !isClosed(alarm))];
  if (closed.length > 0) await tx.deleteFrom('webhook_open_alarm').where('alarm', 'in', closed).execute();
  if (open.length === 0) return;
  await sql`
    insert into webhook_open_alarm (alarm, lift, view)
    select * from unnest(${open}::text[], ${open.map((alarm) => last.get(alarm)?.lift ?? '')}::text[],
      ${open.map((alarm) => JSON.stringify(last.get(alarm)?.view))}::jsonb[])
    on conflict (alarm) do update set lift = excluded.lift, view = excluded.view`.execute(tx);
}

/** Open alarms of one lift, at most 500, in the order of their ids. */
export async function openAlarms(tx: Tx, lift: string): Promise<readonly Values[]> {
  const rows = await tx
    .selectFrom('webhook_open_alarm')
    .select('view')
    .where('lift', '=', lift)
    .orderBy('alarm')
    .limit(500)
    .execute();
  return rows.map(({ view }) => view);
}
