import { sql } from 'kysely';
import type { WebhookEventData } from '#domain';
import type { NewLogEvent, Tx } from '#records';
import type { CancelReason, DisableReason } from './delivery-lifecycle.js';

interface EndpointFacts {
  readonly id: string;
  readonly url: string;
  readonly scope_kind: 'all' | 'district' | 'firm';
  readonly scope_value: string | null;
  readonly failing_since: Date | null;
}

/**
 * Disables an enabled endpoint whose row `tx` has locked, with what waits for it, and answers the event that
 * makes the alarm. None when it was not enabled.
 */
export async function disableEndpoint(
  tx: Tx,
  id: string,
  reason: DisableReason,
  now: Date,
): Promise<readonly NewLogEvent[]> {
  const row = await tx
    .updateTable('webhook_endpoint')
    .set((eb) => ({ state: 'disabled', state_reason: reason, state_at: now, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'enabled')
    .returning(['id', 'url', 'scope_kind', 'scope_value', 'failing_since'])
    .executeTakeFirst();
  if (row === undefined) return [];
  await cancelPending(tx, id, 'endpoint-disabled', now);
  const events: readonly NewLogEvent[] = [endpointEvent('webhook.disabled', row, reason)];
  return events;
}

export async function cancelPending(
  tx: Tx,
  endpoint: string,
  reason: CancelReason,
  now: Date,
): Promise<void> {
  await sql`
    with waiting as (
      select id from webhook_delivery where endpoint = ${endpoint} and state = 'pending'
      order by id for no key update
    )
    update webhook_delivery delivery
    set state = 'cancelled', reason = ${reason}, finished_at = ${now}::timestamptz, claimed_until = null
    from waiting where delivery.id = waiting.id`.execute(tx);
}

/** For the alarm to the owner and the regulator. The host only: the path of a URL may be a secret. */
export function endpointEvent(
  type: 'webhook.disabled' | 'webhook.enabled',
  endpoint: EndpointFacts,
  reason: string,
): NewLogEvent {
  const { id, url, scope_kind, scope_value, failing_since } = endpoint;
  const firm = scope_kind === 'firm' ? scope_value : null;
  const data: WebhookEventData = {
    endpointId: id,
    host: new URL(url).host,
    firm,
    reason,
    since: failing_since?.getTime() ?? null,
  };
  return {
    type,
    lift: null,
    district: scope_kind === 'district' ? scope_value : null,
    firm,
    data: { ...data },
  };
}
