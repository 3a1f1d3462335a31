import type { EventType, IndicatorEventData, Scope, WebhookEventData } from '#domain';
import type { NewLogEvent } from '#records';
import { T0 } from './fault-effects.js';

type IndicatorEvent = Extract<EventType, `indicator.${string}`>;
type WebhookEvent = Extract<EventType, `webhook.${string}`>;

/** As the rate rules write it: rule `r1` on the monthly rate of `scope`. */
export function indicatorEvent(
  type: IndicatorEvent,
  scope: Scope,
  part: Partial<IndicatorEventData> = {},
  owner: { readonly district?: string; readonly firm?: string } = {},
): NewLogEvent {
  const data: IndicatorEventData = {
    ruleId: 'r1',
    ruleVersion: 3,
    indicator: 'entrapment-rate-monthly',
    scope,
    value: 0.8,
    threshold: 0.5,
    numerator: 8,
    denominator: 1_000,
    from: T0 - 30 * 86_400_000,
    to: T0,
    rows: '/api/v1/indicators/entrapment-rate-monthly/rows',
    ...part,
  };
  const lift = scope.kind === 'lift' ? scope.id : null;
  return { type, lift, district: owner.district ?? null, firm: owner.firm ?? null, data: { ...data } };
}

/** As the notifier writes it: an endpoint of `firm`. */
export function webhookEvent(
  type: WebhookEvent,
  firm: string | null,
  part: Partial<WebhookEventData> = {},
): NewLogEvent {
  const data: WebhookEventData = {
    endpointId: 'ep-1',
    host: 'hooks.example.cn',
    firm,
    reason: 'failing-five-days',
    since: T0 - 5 * 86_400_000,
    ...part,
  };
  return { type, lift: null, district: '330922001', firm, data: { ...data } };
}
