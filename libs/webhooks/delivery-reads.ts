import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { decodeCursor, type Page, type Principal, pageOf, problem } from '#access';
import { Records } from '#records';
import { Clock } from '#runtime';
import type { AttemptView, DeliveryView, StatisticsView } from './delivery-view.js';
import type { DeliveryListQuery, RedeliverDto } from './endpoint.dto.js';
import { WANTS } from './event-rows.js';
import { SenderWakes } from './sender-wakes.js';
import { seenEndpoint } from './webhook-endpoints.js';

type StatisticsRow = Omit<StatisticsView, 'nextAttemptAt'> & { readonly nextAttemptAt: Date | null };

/** Deliveries that one request puts back into the queue. */
export const REDELIVER_MAX = 10_000;
const DAY_MS = 24 * 3_600_000;
/** Attempts of a delivery that are shown; redeliveries beyond are refused. */
export const ATTEMPTS_MAX = 200;

export type RedeliverOutcome =
  | { readonly ok: true; readonly queued: number; readonly more: boolean }
  | { readonly ok: false; readonly reason: 'unknown' | 'disabled' | 'pending' | 'tried-too-often' };

interface DeliveryRow {
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly lift: string | null;
  readonly state: DeliveryView['state'];
  readonly reason: string;
  readonly attempts: number;
  readonly created_at: Date;
  readonly due_at: Date;
  readonly first_attempt_at: Date | null;
  readonly finished_at: Date | null;
  readonly last_status: number | null;
  readonly body: string;
}

const DELIVERY = sql`delivery.*, event.id as event, event.type, event.body
      from webhook_delivery delivery join webhook_event event on event.position = delivery.event`;

/**
 * What became of deliveries, and putting them back into the queue. Every answer is within a caller's scope.
 */
@Injectable()
export class DeliveryReads {
  constructor(
    private readonly records: Records,
    private readonly wakes: SenderWakes,
    private readonly clock: Clock,
  ) {}

  /** Newest first. Null when there is no such endpoint. Throws a 400 problem for a foreign cursor. */
  async list(endpoint: string, query: DeliveryListQuery, by: Principal): Promise<Page<DeliveryView> | null> {
    const after = decodeCursor(query.cursor, ['number', 'string']);
    if ((await this.seen(endpoint, by)) === null) return null;
    const from = after === null ? null : momentOf(after[0]);
    const since = query.since === undefined ? null : new Date(query.since);
    const until = query.until === undefined ? null : new Date(query.until);
    const { rows } = await sql<DeliveryRow>`
      select ${DELIVERY}
      where delivery.endpoint = ${endpoint}
        and (${query.state ?? null}::text[] is null or delivery.state = any(${query.state ?? null}::text[]))
        and (${query.type ?? null}::text[] is null or event.type = any(${query.type ?? null}::text[]))
        and (${query.lift ?? null}::text is null or delivery.lift = ${query.lift ?? null}::text)
        and (${since}::timestamptz is null or delivery.created_at >= ${since}::timestamptz)
        and (${until}::timestamptz is null or delivery.created_at < ${until}::timestamptz)
        and (${from}::timestamptz is null
          or (delivery.created_at, delivery.id) < (${from}::timestamptz, ${after?.[1] ?? ''}::text))
      order by delivery.created_at desc, delivery.id desc
      limit ${query.limit + 1}`.execute(this.records.db);
    return pageOf(rows.map(deliveryView), query.limit, ({ createdAt, id }) => [Date.parse(createdAt), id]);
  }

  /** One delivery. Null when the endpoint has none of that id. */
  async one(endpoint: string, delivery: string, by: Principal): Promise<DeliveryView | null> {
    if ((await this.seen(endpoint, by)) === null) return null;
    const { rows } = await sql<DeliveryRow>`
      select ${DELIVERY} where delivery.id = ${delivery} and delivery.endpoint = ${endpoint}`.execute(
      this.records.db,
    );
    return rows[0] === undefined ? null : deliveryView(rows[0]);
  }

  /** In order. Null when there is no such delivery of the endpoint. */
  async attempts(endpoint: string, delivery: string, by: Principal): Promise<Page<AttemptView> | null> {
    if ((await this.seen(endpoint, by)) === null) return null;
    const known = await this.records.db
      .selectFrom('webhook_delivery')
      .select('id')
      .where('id', '=', delivery)
      .where('endpoint', '=', endpoint)
      .executeTakeFirst();
    if (known === undefined) return null;
    const rows = await this.records.db
      .selectFrom('webhook_attempt')
      .selectAll()
      .where('delivery', '=', delivery)
      .orderBy('number')
      .limit(ATTEMPTS_MAX + 50)
      .execute();
    const items = rows.map((row) => ({
      number: row.number,
      beganAt: row.began_at.toISOString(),
      durationMs: row.duration_ms,
      outcome: row.outcome,
      status: row.status,
      head: row.head,
      body: row.body,
      error: row.error,
    }));
    return { items, next: null };
  }

  /**
   * Deliveries of the last 24 hours by state, and how long first attempts took to begin, ms; the next attempt
   * is that of all that waits, however old.
   */
  async statistics(endpoint: string, by: Principal): Promise<StatisticsView | null> {
    if ((await this.seen(endpoint, by)) === null) return null;
    const from = new Date(this.clock.now() - DAY_MS);
    const latency = sql`extract(epoch from delivery.first_attempt_at - event.recorded_at) * 1000`;
    const { rows } = await sql<StatisticsRow>`
      select (select min(due_at) from webhook_delivery where endpoint = ${endpoint} and state = 'pending')
          as "nextAttemptAt",
        count(*) filter (where delivery.state = 'pending') as pending,
        count(*) filter (where delivery.state = 'delivered') as delivered,
        count(*) filter (where delivery.state = 'failed') as failed,
        count(*) filter (where delivery.state = 'cancelled') as cancelled,
        coalesce(sum(delivery.attempts), 0)::integer as attempts,
        percentile_cont(0.5) within group (order by ${latency})::double precision as "latencyP50Ms",
        percentile_cont(0.95) within group (order by ${latency})::double precision as "latencyP95Ms",
        percentile_cont(0.99) within group (order by ${latency})::double precision as "latencyP99Ms"
      from webhook_delivery delivery join webhook_event event on event.position = delivery.event
      where delivery.endpoint = ${endpoint} and delivery.created_at >= ${from}::timestamptz`.execute(
      this.records.db,
    );
    const [row] = rows;
    return row === undefined ? null : { ...row, nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null };
  }

  /** One delivery, whatever came of it. Its scope is checked when it is sent, as ever. */
  async redeliver(endpoint: string, delivery: string, by: Principal): Promise<RedeliverOutcome> {
    const state = await this.seen(endpoint, by);
    if (state === null) return { ok: false, reason: 'unknown' };
    if (state !== 'enabled') return { ok: false, reason: 'disabled' };
    const row = await this.records.db
      .selectFrom('webhook_delivery')
      .select(['state', 'attempts'])
      .where('id', '=', delivery)
      .where('endpoint', '=', endpoint)
      .executeTakeFirst();
    if (row === undefined) return { ok: false, reason: 'unknown' };
    if (row.attempts >= ATTEMPTS_MAX) return { ok: false, reason: 'tried-too-often' };
    const { rows } = await sql<{ id: string }>`
      update webhook_delivery set ${this.requeued()}
      where id = ${delivery} and state <> 'pending' returning id`.execute(this.records.db);
    if (rows.length === 0) return { ok: false, reason: 'pending' };
    this.wakes.now([endpoint]);
    return { ok: true, queued: 1, more: false };
  }

  /** A range of time, oldest first, at most 10,000. */
  async redeliverRange(endpoint: string, dto: RedeliverDto, by: Principal): Promise<RedeliverOutcome> {
    const state = await this.seen(endpoint, by);
    if (state === null) return { ok: false, reason: 'unknown' };
    if (state !== 'enabled') return { ok: false, reason: 'disabled' };
    const since = new Date(dto.since);
    const until = dto.until ? new Date(dto.until) : new Date(this.clock.now());
    const made = dto.missed === true ? await this.makeMissed(endpoint, since, until) : 0;
    const { rows } = await sql<{ id: string }>`
      with wanted as (
        select delivery.id from webhook_delivery delivery
        join webhook_event event on event.position = delivery.event
        where delivery.endpoint = ${endpoint} and event.recorded_at >= ${since}::timestamptz
          and event.recorded_at < ${until}::timestamptz and delivery.attempts < ${ATTEMPTS_MAX}
          and delivery.state = any(${dto.states ?? ['failed', 'cancelled']}::text[])
        order by delivery.id limit ${REDELIVER_MAX - made} for no key update of delivery
      )
      update webhook_delivery set ${this.requeued()}
      from wanted where webhook_delivery.id = wanted.id and state <> 'pending'
      returning webhook_delivery.id`.execute(this.records.db);
    const queued = made + rows.length;
    this.wakes.now([endpoint]);
    return { ok: true, queued, more: queued >= REDELIVER_MAX };
  }

  /** Deliveries of events that the endpoint never had one of. */
  private async makeMissed(endpoint: string, since: Date, until: Date): Promise<number> {
    const now = new Date(this.clock.now());
    const { rows } = await sql<{ id: string }>`
      insert into webhook_delivery
        (id, endpoint, event, lift, state, reason, schedule, due_at, created_at)
      select 'msg_' || stored.id || '_' || endpoint.id, endpoint.id, stored.position, stored.lift, 'pending',
        'redelivery', 'normal', ${now}::timestamptz, ${now}::timestamptz
      from webhook_event stored, webhook_endpoint endpoint
      where endpoint.id = ${endpoint} and stored.recorded_at >= ${since}::timestamptz
        and stored.recorded_at < ${until}::timestamptz and stored.type <> 'webhook.test' and ${WANTS}
        and not exists (
          select 1 from webhook_delivery known
          where known.endpoint = endpoint.id and known.event = stored.position)
      order by stored.position limit ${REDELIVER_MAX}
      on conflict do nothing returning id`.execute(this.records.db);
    return rows.length;
  }

  private requeued() {
    const now = new Date(this.clock.now());
    return sql`state = 'pending', reason = 'redelivery', tries = 0, due_at = ${now}::timestamptz,
      finished_at = null, claimed_until = null`;
  }

  /** The endpoint's state; null when the caller does not see it. */
  private async seen(endpoint: string, by: Principal): Promise<string | null> {
    const row = await seenEndpoint(this.records.db, endpoint, by).executeTakeFirst();
    return row?.state ?? null;
  }
}

function momentOf(ms: number): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw problem(400, 'Bad cursor', 'Pass "next" of the page before.');
  return date;
}

function deliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    event: row.event,
    type: row.type,
    lift: row.lift,
    state: row.state,
    reason: row.reason,
    attempts: row.attempts,
    createdAt: row.created_at.toISOString(),
    dueAt: row.state === 'pending' ? row.due_at.toISOString() : null,
    firstAttemptAt: row.first_attempt_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    lastStatus: row.last_status,
    body: row.body,
  };
}
