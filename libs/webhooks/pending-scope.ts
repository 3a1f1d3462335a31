import { sql } from 'kysely';
import type { Tx } from '#records';
import type { CancelReason } from './delivery-lifecycle.js';
import { type EndpointScope, type PresentPlace, scopeRefusal } from './scope-check.js';

interface PendingRow {
  readonly id: string;
  readonly event_district: string | null;
  readonly event_firm: string | null;
  readonly scope_kind: EndpointScope['kind'];
  readonly scope_value: string | null;
  readonly filter: string | null;
}

/** Pending deliveries of one lift that are looked at in one go; a firm's queue for a lift is far shorter. */
const PENDING_MAX = 5_000;

/** Cancels what waits for endpoints that may not see the lift any more, each with its reason. */
export async function cancelForeign(tx: Tx, lift: string, present: PresentPlace, now: Date): Promise<void> {
  const { rows } = await sql<PendingRow>`
    select delivery.id, event.district as event_district, event.firm as event_firm, endpoint.scope_kind,
      endpoint.scope_value, endpoint.district as filter
    from webhook_delivery delivery
    join webhook_event event on event.position = delivery.event
    join webhook_endpoint endpoint on endpoint.id = delivery.endpoint
    where delivery.lift = ${lift} and delivery.state = 'pending'
    order by delivery.id limit ${PENDING_MAX}
    for no key update of delivery`.execute(tx);
  const cancelled = rows.flatMap((row) => {
    const scope = { kind: row.scope_kind, value: row.scope_value, district: row.filter };
    const place = { lift, district: row.event_district, firm: row.event_firm };
    const reason = scopeRefusal(scope, place, present);
    return reason === null ? [] : [{ id: row.id, reason }];
  });
  await cancelDeliveries(tx, cancelled, now);
}

/** Rows must be pending and locked by `tx`. */
export async function cancelDeliveries(
  tx: Tx,
  cancelled: readonly { readonly id: string; readonly reason: CancelReason }[],
  now: Date,
): Promise<void> {
  if (cancelled.length === 0) return;
  await sql`
    update webhook_delivery delivery
    set state = 'cancelled', reason = given.reason, finished_at = ${now}::timestamptz, claimed_until = null
    from unnest(${cancelled.map(({ id }) => id)}::text[], ${cancelled.map(({ reason }) => reason)}::text[])
      as given (id, reason)
    where delivery.id = given.id and delivery.state = 'pending'`.execute(tx);
}
