import { FAULT_KINDS, type FaultKind } from '#protocol';
import type { Fault, Priority } from './events.js';
import type { Scope } from './indicator-scope.js';

/** What an alarm comes from (DESIGN §1): a fault of a lift, a broken rate, a webhook that was given up. */
export const ALARM_SOURCES = ['fault', 'indicator', 'webhook'] as const;
export type AlarmSource = (typeof ALARM_SOURCES)[number];

/** Kinds of alarm that come from no fault; they are no fault kinds and count in no fault rate. */
export const CONDITION_KINDS = ['indicator-breached', 'webhook-endpoint-disabled'] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

export const ALARM_KINDS = [...FAULT_KINDS, ...CONDITION_KINDS] as const;
export type AlarmKind = FaultKind | ConditionKind;

export function isConditionKind(kind: string): kind is ConditionKind {
  return CONDITION_KINDS.some((known) => known === kind);
}

/** The figure that broke its rule. */
export interface IndicatorSubject {
  readonly type: 'indicator';
  readonly ruleId: string;
  readonly ruleVersion: number;
  /** Id of the indicator catalogue. */
  readonly indicator: string;
  readonly scope: Scope;
  /** In the indicator's own unit, as is `threshold`. */
  readonly value: number;
  readonly threshold: number;
  readonly numerator: number;
  readonly denominator: number;
  /** The window of the figure, half open, ms since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  /** Address, under this server, of the rows behind the figure; null when there is none. */
  readonly rows: string | null;
}

/** The webhook endpoint that gets nothing any more. Its host only: an address may carry a secret. */
export interface WebhookSubject {
  readonly type: 'webhook-endpoint';
  readonly endpointId: string;
  readonly host: string;
  /** Since when deliveries to it fail, ms since 1970 UTC; null when that is not why. */
  readonly since: number | null;
}

/** What an alarm without a fault is about; that of a fault is about its lift. */
export type AlarmSubject = IndicatorSubject | WebhookSubject;

/** A state of affairs that is no fault and needs a person: it begins, ends, and may begin again. */
export interface AlarmCondition {
  /** Id of the alarm if this makes one: derived from the event, so that a replay finds the same alarm. */
  readonly alarmId: string;
  readonly source: Exclude<AlarmSource, 'fault'>;
  /** `ruleId:scopeKind:scopeId` or the endpoint's id: at most one alarm of a key is open. */
  readonly sourceKey: string;
  /** The lift when it is about one. */
  readonly lift: string | null;
  readonly kind: ConditionKind;
  readonly priority: Priority;
  readonly reason: string;
  /** When it began, ms since 1970 UTC. */
  readonly at: number;
  readonly subject: AlarmSubject;
}

/** What raises an alarm. */
export type AlarmCause =
  | { readonly source: 'fault'; readonly fault: Fault }
  | { readonly source: 'condition'; readonly condition: AlarmCondition };

/** The source key of a rule's alarm: one for each scope that breaks it. */
export function indicatorKey(ruleId: string, scope: Scope): string {
  return `${ruleId}:${scope.kind}:${scope.id}`;
}

/** Data of `indicator.breached`, `.restored` and `.withdrawn`; its times in ms since 1970 UTC. */
export interface IndicatorEventData extends Omit<IndicatorSubject, 'type'> {
  /** Why it changed; of a withdrawal, what was corrected. */
  readonly reason?: string;
  /** The rule's priority, medium when left out. */
  readonly priority?: Priority;
}

/** Data of `webhook.disabled` and `webhook.enabled`. */
export interface WebhookEventData extends Omit<WebhookSubject, 'type'> {
  /** Id of the maintenance firm the endpoint belongs to; null for one that belongs to no firm. */
  readonly firm: string | null;
  readonly reason: string;
}
