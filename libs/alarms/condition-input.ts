import {
  type AlarmCondition,
  type AlarmInput,
  type AlarmSource,
  type BreachReason,
  type IndicatorEventData,
  indicatorKey,
  isDistrictScope,
  SCOPE_KINDS,
  type Scope,
  type WebhookEventData,
} from '#domain';
import { type LogEvent, storableText } from '#records';
import type { AlarmChange } from './alarm-change.js';
import { isNumber, isPriority, isText, isTime } from './event-values.js';

/** Said when the event gives no reason of its own; null where it must. */
const REASONS = {
  'indicator.breached': 'beyond-threshold-held',
  'indicator.restored': 'recovered',
  'indicator.withdrawn': 'withdrawn-by-correction',
  'webhook.disabled': null,
  'webhook.enabled': null,
} as const satisfies Record<string, BreachReason | null>;
type ConditionEventType = keyof typeof REASONS;

type Data<T> = { readonly [K in keyof T]?: unknown };

/**
 * Null when the data has not the shape of `IndicatorEventData` or `WebhookEventData`: the monitor counts it
 * and goes on.
 */
export function conditionInput(event: LogEvent): AlarmChange | null {
  if (!isConditionEvent(event.type)) return null;
  const reason = isText(event.data.reason) ? event.data.reason : REASONS[event.type];
  if (reason === null) return null;
  return event.type === 'webhook.disabled' || event.type === 'webhook.enabled'
    ? webhookChange(event, event.type, reason)
    : indicatorChange(event, event.type, reason);
}

function isConditionEvent(type: string): type is ConditionEventType {
  return Object.hasOwn(REASONS, type);
}

type IndicatorEventType = Extract<ConditionEventType, `indicator.${string}`>;

function indicatorChange(event: LogEvent, type: IndicatorEventType, reason: string): AlarmChange | null {
  const data: Data<IndicatorEventData> = event.data;
  const scope = scopeOf(data.scope);
  if (!scope || !isText(data.ruleId)) return null;
  const key = storableText(indicatorKey(data.ruleId, scope));
  const lift = scope.kind === 'lift' ? scope.id : null;
  const input = type === 'indicator.breached' ? breached(event, key, scope, reason) : ended(event, reason);
  if (!input) return null;
  return {
    ...about('indicator', key),
    lift,
    input,
    district: event.district ?? (isDistrictScope(scope.kind) ? scope.id : null),
    // A firm is shown its own rate; that of a lift, a user or a district is the regulator's to take up.
    firm: scope.kind === 'firm' ? (event.firm ?? scope.id) : null,
  };
}

function breached(event: LogEvent, key: string, scope: Scope, reason: string): AlarmInput | null {
  const { ruleId, indicator, rows, priority, from, to, ...figures }: Data<IndicatorEventData> = event.data;
  const { ruleVersion, value, threshold, numerator, denominator } = figures;
  if (!isText(ruleId) || !isText(indicator) || !isTime(from) || !isTime(to)) return null;
  if (!isNumber(ruleVersion) || !isNumber(value) || !isNumber(threshold)) return null;
  if (!isNumber(numerator) || !isNumber(denominator)) return null;
  const condition: AlarmCondition = {
    ...begun(event, 'indicator', key, reason),
    lift: scope.kind === 'lift' ? scope.id : null,
    kind: 'indicator-breached',
    priority: isPriority(priority) ? priority : 'medium',
    subject: {
      type: 'indicator',
      ruleId,
      ruleVersion,
      indicator,
      scope,
      value,
      threshold,
      numerator,
      denominator,
      from,
      to,
      rows: isText(rows) ? rows : null,
    },
  };
  return { type: 'raise', cause: { source: 'condition', condition } };
}

function ended({ type, recordedAt }: LogEvent, reason: string): AlarmInput {
  return { type: type === 'indicator.withdrawn' ? 'withdraw' : 'clear', at: recordedAt, reason };
}

type WebhookEventType = Extract<ConditionEventType, `webhook.${string}`>;

function webhookChange(event: LogEvent, type: WebhookEventType, reason: string): AlarmChange | null {
  const { endpointId, host, firm, since }: Data<WebhookEventData> = event.data;
  if (!isText(endpointId) || !isText(host)) return null;
  const key = storableText(endpointId);
  const condition: AlarmCondition = {
    ...begun(event, 'webhook', key, reason),
    lift: null,
    kind: 'webhook-endpoint-disabled',
    priority: 'high',
    subject: { type: 'webhook-endpoint', endpointId, host, since: isTime(since) ? since : null },
  };
  return {
    ...about('webhook', key),
    lift: null,
    input:
      type === 'webhook.disabled'
        ? { type: 'raise', cause: { source: 'condition', condition } }
        : ended(event, reason),
    district: event.district,
    firm: isText(firm) ? firm : event.firm,
  };
}

function about(source: AlarmSource, key: string): Pick<AlarmChange, 'target' | 'receivedAt'> {
  return { target: { by: 'source', source, key }, receivedAt: null };
}

/** The id is of the event: the same rule may make another alarm once this one is closed. */
function begun(event: LogEvent, source: AlarmCondition['source'], sourceKey: string, reason: string) {
  return { alarmId: `alarm-${source}-${event.id}`, source, sourceKey, reason, at: event.recordedAt } as const;
}

function scopeOf(value: unknown): Scope | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, id } = value as Data<Scope>;
  const known = SCOPE_KINDS.find((name) => name === kind);
  return known !== undefined && typeof id === 'string' ? { kind: known, id: storableText(id) } : null;
}
