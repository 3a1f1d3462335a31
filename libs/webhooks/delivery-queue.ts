import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { LiftFacts } from '#alarms';
import { Records, type Tx } from '#records';
import { Clock } from '#runtime';
import type { CancelReason } from './delivery-lifecycle.js';
import { cancelDeliveries } from './pending-scope.js';
import type { Schedule } from './retry-schedule.js';
import { scopeRefusal } from './scope-check.js';
import type { Signature } from './sign.js';

/** Longest attempt, ms, the question for the address included. */
export const ATTEMPT_MS = 15_000;
/** A process that has not said what came of an attempt by then is taken for gone. */
const LEASE_MS = ATTEMPT_MS + 10_000;
/** Most endpoints and most deliveries of one claim. */
export const CLAIM_ENDPOINTS_MAX = 200;
export const CLAIM_MAX = 200;

/** One attempt to be made, with all it needs: nothing is asked of the database while it runs. */
export interface Claim {
  readonly id: string;
  readonly endpoint: string;
  readonly url: string;
  readonly secrets: string;
  readonly signatures: readonly Signature[];
  readonly schedule: Schedule;
  /** Attempts since it was queued, this one included. */
  readonly tries: number;
  readonly type: string;
  readonly body: string;
  /** When the event was recorded, ms since 1970 UTC. */
  readonly recordedAt: number;
  readonly isFirst: boolean;
  /** The endpoint's limits let no more pass: look again when this attempt has ended. */
  readonly limited: boolean;
}

export interface Claimed {
  readonly claims: readonly Claim[];
  /** Endpoints that another transaction held, or that are not enabled. */
  readonly passedOver: readonly string[];
}

interface EndpointRow {
  readonly id: string;
  readonly url: string;
  readonly secrets: string;
  readonly signatures: Signature[];
  readonly scope_kind: 'all' | 'district' | 'firm';
  readonly scope_value: string | null;
  readonly district: string | null;
  readonly concurrency: number;
  readonly rate_per_second: number;
  readonly failing_since: Date | null;
  readonly tokens: number;
  readonly tokens_at: Date;
}

interface DueRow {
  readonly id: string;
  readonly endpoint: string;
  readonly schedule: Schedule;
  readonly tries: number;
  readonly attempts: number;
  readonly type: string;
  readonly body: string;
  readonly recorded_at: Date;
  readonly lift: string | null;
  readonly event_district: string | null;
  readonly event_firm: string | null;
  /** Attempts of its endpoint under way in all processes. */
  readonly busy: number;
}

/**
 * The queue of deliveries, shared by every notifier process: an endpoint's row is locked while its deliveries
 * are claimed (others skip it), so that its limits hold over all processes.
 */
@Injectable()
export class DeliveryQueue {
  constructor(
    private readonly records: Records,
    private readonly liftFacts: LiftFacts,
    private readonly clock: Clock,
  ) {}

  /**
   * Claims due deliveries of these endpoints (at most 200), at most `room` (up to 200). What its endpoint may
   * not see any more is cancelled here, right before it would be sent. `crowded`: endpoints that fail get
   * less.
   */
  async claim(endpoints: readonly string[], room: number, crowded: boolean): Promise<Claimed> {
    return this.records.db.transaction().execute(async (tx) => {
      const now = this.clock.now();
      const rows = await lockEndpoints(tx, endpoints);
      const held = new Set(rows.map(({ id }) => id));
      const passedOver = endpoints.filter((id) => !held.has(id));
      if (rows.length === 0) return { claims: [], passedOver };
      const limits = new Map(rows.map((row) => [row.id, allowance(row, now, crowded)]));
      const due = await lockDue(tx, rows, limits, new Date(now), Math.min(room, CLAIM_MAX));
      if (due.length === 0) return { claims: [], passedOver };
      const refused = await this.refusals(tx, rows, due);
      await cancelDeliveries(
        tx,
        [...refused].map(([id, reason]) => ({ id, reason })),
        new Date(now),
      );
      const kept = due.filter(({ id }) => !refused.has(id));
      await lease(tx, kept, new Date(now + LEASE_MS));
      await spend(tx, kept, limits, new Date(now));
      return { claims: claimsOf(rows, kept, limits), passedOver };
    });
  }

  /** Endpoints after `after` (by id) that have something due, at most 200. */
  async dueEndpoints(after: string): Promise<readonly string[]> {
    const now = new Date(this.clock.now());
    const { rows } = await sql<{ id: string }>`
      select endpoint.id from webhook_endpoint endpoint
      where endpoint.state = 'enabled' and endpoint.id > ${after} and exists (
        select 1 from webhook_delivery delivery
        where delivery.endpoint = endpoint.id and delivery.state = 'pending'
          and delivery.due_at <= ${now}::timestamptz
          and (delivery.claimed_until is null or delivery.claimed_until <= ${now}::timestamptz))
      order by endpoint.id limit ${CLAIM_ENDPOINTS_MAX}`.execute(this.records.db);
    return rows.map(({ id }) => id);
  }

  /** Gives back what was claimed and not tried, so that another process need not wait for the lease. */
  async release(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.records.db
      .updateTable('webhook_delivery')
      .set({ claimed_until: null })
      .where('id', 'in', [...ids])
      .where('state', '=', 'pending')
      .execute();
  }

  private async refusals(
    tx: Tx,
    rows: readonly EndpointRow[],
    due: readonly DueRow[],
  ): Promise<ReadonlyMap<string, CancelReason>> {
    const scopes = new Map(
      rows.map((row) => [row.id, { kind: row.scope_kind, value: row.scope_value, district: row.district }]),
    );
    const lifts = due.flatMap(({ lift }) => (lift === null ? [] : [lift]));
    const facts = await this.liftFacts.facts(tx, lifts);
    const refused = new Map<string, CancelReason>();
    for (const { id, endpoint, type, lift, event_district, event_firm } of due) {
      const scope = scopes.get(endpoint);
      // A test is the endpoint's own.
      if (scope === undefined || type === 'webhook.test') continue;
      const event = { lift, district: event_district, firm: event_firm };
      const reason = scopeRefusal(scope, event, lift === null ? undefined : facts.get(lift));
      if (reason !== null) refused.set(id, reason);
    }
    return refused;
  }
}

async function lockEndpoints(tx: Tx, ids: readonly string[]): Promise<readonly EndpointRow[]> {
  const { rows } = await sql<EndpointRow>`
    select id, url, secrets, signatures, scope_kind, scope_value, district, concurrency, rate_per_second,
      failing_since, tokens, tokens_at
    from webhook_endpoint where id = any(${[...ids]}::text[]) and state = 'enabled'
    order by id for no key update skip locked`.execute(tx);
  return rows;
}

/** What an endpoint may take now. While the process is crowded, one that fails is tried one at a time. */
function allowance(
  row: EndpointRow,
  now: number,
  crowded: boolean,
): { readonly atOnce: number; readonly tokens: number } {
  const elapsed = Math.max(0, now - row.tokens_at.getTime()) / 1_000;
  const tokens = Math.min(row.rate_per_second, row.tokens + elapsed * row.rate_per_second);
  const atOnce = crowded && row.failing_since !== null ? 1 : row.concurrency;
  return { atOnce, tokens };
}

type Limits = ReadonlyMap<string, { readonly atOnce: number; readonly tokens: number }>;

/**
 * Due deliveries within the limits: first attempts before repeated ones, because an endpoint that hangs must
 * not keep a new alarm waiting behind the retries of old ones; then oldest first. A statement of its own,
 * after the lock: it must see what
 * the process that held the lock before has claimed.
 */
async function lockDue(
  tx: Tx,
  rows: readonly EndpointRow[],
  limits: Limits,
  now: Date,
  room: number,
): Promise<readonly DueRow[]> {
  const ids = rows.map(({ id }) => id);
  const { rows: due } = await sql<DueRow>`
    select due.*, event.type, event.body, event.recorded_at, event.district as event_district,
      event.firm as event_firm, under_way.busy::integer as busy
    from unnest(${ids}::text[], ${ids.map((id) => limits.get(id)?.atOnce ?? 0)}::integer[],
      ${ids.map((id) => Math.floor(limits.get(id)?.tokens ?? 0))}::integer[]) as given (id, at_once, tokens)
    cross join lateral (
      select count(*) as busy from webhook_delivery delivery
      where delivery.endpoint = given.id and delivery.state = 'pending'
        and delivery.claimed_until > ${now}::timestamptz
    ) under_way
    cross join lateral (
      select delivery.id, delivery.endpoint, delivery.event, delivery.schedule, delivery.tries,
        delivery.attempts, delivery.lift, delivery.due_at
      from webhook_delivery delivery
      where delivery.endpoint = given.id and delivery.state = 'pending'
        and delivery.due_at <= ${now}::timestamptz
        and (delivery.claimed_until is null or delivery.claimed_until <= ${now}::timestamptz)
      order by (delivery.tries > 0), delivery.due_at, delivery.event
      limit greatest(0, least(given.at_once - under_way.busy, given.tokens))
      for no key update skip locked
    ) due
    join webhook_event event on event.position = due.event
    limit ${room}`.execute(tx);
  return due;
}

async function lease(tx: Tx, due: readonly DueRow[], until: Date): Promise<void> {
  if (due.length === 0) return;
  await sql`update webhook_delivery set claimed_until = ${until}::timestamptz
    where id = any(${due.map(({ id }) => id)}::text[])`.execute(tx);
}

async function spend(tx: Tx, due: readonly DueRow[], limits: Limits, now: Date): Promise<void> {
  if (due.length === 0) return;
  const left = new Map<string, number>();
  for (const { endpoint } of due) {
    left.set(endpoint, (left.get(endpoint) ?? limits.get(endpoint)?.tokens ?? 0) - 1);
  }
  await sql`
    update webhook_endpoint endpoint set tokens = given.tokens, tokens_at = ${now}::timestamptz
    from unnest(${[...left.keys()]}::text[], ${[...left.values()]}::double precision[])
      as given (id, tokens)
    where endpoint.id = given.id`.execute(tx);
}

function claimsOf(rows: readonly EndpointRow[], due: readonly DueRow[], limits: Limits): readonly Claim[] {
  const endpoints = new Map(rows.map((row) => [row.id, row]));
  const counts = new Map<string, number>();
  for (const { endpoint } of due) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
  return due.flatMap((row) => {
    const endpoint = endpoints.get(row.endpoint);
    const limit = limits.get(row.endpoint);
    if (endpoint === undefined || limit === undefined) return [];
    const allowed = Math.min(limit.atOnce - row.busy, Math.floor(limit.tokens));
    return [
      {
        id: row.id,
        endpoint: row.endpoint,
        url: endpoint.url,
        secrets: endpoint.secrets,
        signatures: endpoint.signatures,
        schedule: row.schedule,
        tries: row.tries + 1,
        type: row.type,
        body: row.body,
        recordedAt: row.recorded_at.getTime(),
        isFirst: row.attempts === 0,
        limited: due.length >= CLAIM_MAX || (counts.get(row.endpoint) ?? 0) >= allowed,
      },
    ];
  });
}
