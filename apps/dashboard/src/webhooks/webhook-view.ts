import { moment, number, oneOf, record, text } from '../read-json.js';

export const DELIVERY_STATE_NAMES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type DeliveryStateName = (typeof DELIVERY_STATE_NAMES)[number];

/** Schemes that messages are signed by. */
export const SIGNATURE_NAMES = ['v1', 'v1a', 'kone'] as const;

/** Whose lifts' events an endpoint gets. */
export interface EndpointScope {
  readonly kind: string;
  /** District prefix or firm; '' of all. */
  readonly value: string;
}

/** What of an endpoint its owner chooses. An empty list means all. */
export interface EndpointChoices {
  readonly label: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly kinds: readonly string[];
  readonly priorities: readonly string[];
  readonly district: string | null;
  readonly signatures: readonly string[];
  /** Attempts under way at once. */
  readonly concurrency: number;
  readonly ratePerSecond: number;
}

/** A subscription, as `/api/v1/webhooks` sends it. Times are ms since 1970 UTC. */
export interface Endpoint extends EndpointChoices {
  readonly id: string;
  readonly scope: EndpointScope;
  /** `whpk_…`; null when the server cannot open the secret. */
  readonly publicKey: string | null;
  readonly enabled: boolean;
  readonly stateReason: string;
  readonly stateAtMs: number | null;
  readonly failingSinceMs: number | null;
  /** Until when an old secret signs too; null when none does, or when the server does not say. */
  readonly oldSecretUntilMs: number | null;
  readonly createdAtMs: number | null;
}

/** An endpoint with its secret, which is shown once. */
export interface NewEndpoint {
  readonly endpoint: Endpoint;
  readonly secret: string;
}

/** The last 24 hours of an endpoint. */
export interface EndpointStatistics {
  readonly pending: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly attempts: number;
  /** From the record of an event to its first attempt, ms. */
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
  /** When the next attempt is due; null when none waits, or when the server does not say. */
  readonly nextAttemptAtMs: number | null;
}

export interface Delivery {
  /** The `webhook-id`. */
  readonly id: string;
  readonly type: string;
  readonly lift: string | null;
  readonly state: DeliveryStateName;
  readonly reason: string;
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly dueAtMs: number | null;
  readonly lastStatus: number | null;
  /** The bytes that are sent. */
  readonly body: string;
}

/** `head`, `body` and `error` are the endpoint's own words: shown as text, never as HTML. */
export interface Attempt {
  readonly number: number;
  readonly beganAtMs: number;
  readonly durationMs: number;
  readonly outcome: string;
  readonly status: number | null;
  readonly head: string | null;
  readonly body: string | null;
  readonly error: string | null;
}

export interface EventType {
  readonly type: string;
  readonly description: string;
  readonly example: unknown;
}

export interface Queued {
  readonly queued: number;
  readonly more: boolean;
}

export function readEndpoint(value: unknown): Endpoint | null {
  const raw = record(value);
  const [id, url] = [text(raw?.id), text(raw?.url)];
  if (raw === null || id === null || url === null) return null;
  return {
    id,
    url,
    label: text(raw.label) ?? id,
    scope: readScope(raw.scope),
    types: texts(raw.types),
    kinds: texts(raw.kinds),
    priorities: texts(raw.priorities),
    district: text(raw.district),
    signatures: texts(raw.signatures),
    publicKey: text(raw.publicKey),
    concurrency: number(raw.concurrency) ?? 0,
    ratePerSecond: number(raw.ratePerSecond) ?? 0,
    enabled: raw.state === 'enabled',
    stateReason: text(raw.stateReason) ?? '',
    stateAtMs: moment(raw.stateAt),
    failingSinceMs: moment(raw.failingSince),
    oldSecretUntilMs: moment(raw.oldSecretUntil),
    createdAtMs: moment(raw.createdAt),
  };
}

function readScope(value: unknown): EndpointScope {
  const raw = record(value);
  return { kind: text(raw?.kind) ?? '', value: text(raw?.prefix) ?? text(raw?.firm) ?? '' };
}

export function readNewEndpoint(value: unknown): NewEndpoint | null {
  const [endpoint, secret] = [readEndpoint(value), text(record(value)?.secret)];
  return endpoint === null || secret === null ? null : { endpoint, secret };
}

export function readStatistics(value: unknown): EndpointStatistics | null {
  const raw = record(value);
  const [pending, delivered, failed] = [number(raw?.pending), number(raw?.delivered), number(raw?.failed)];
  if (raw === null || pending === null || delivered === null || failed === null) return null;
  return {
    pending,
    delivered,
    failed,
    cancelled: number(raw.cancelled) ?? 0,
    attempts: number(raw.attempts) ?? 0,
    latencyP50Ms: number(raw.latencyP50Ms),
    latencyP95Ms: number(raw.latencyP95Ms),
    latencyP99Ms: number(raw.latencyP99Ms),
    nextAttemptAtMs: moment(raw.nextAttemptAt),
  };
}

export function readDelivery(value: unknown): Delivery | null {
  const raw = record(value);
  const [id, type, createdAtMs] = [text(raw?.id), text(raw?.type), moment(raw?.createdAt)];
  const state = oneOf(DELIVERY_STATE_NAMES, raw?.state);
  if (raw === null || id === null || type === null || createdAtMs === null || state === null) return null;
  return {
    id,
    type,
    state,
    createdAtMs,
    lift: text(raw.lift),
    reason: text(raw.reason) ?? '',
    attempts: number(raw.attempts) ?? 0,
    dueAtMs: moment(raw.dueAt),
    lastStatus: number(raw.lastStatus),
    body: text(raw.body) ?? '',
  };
}

export function readAttempt(value: unknown): Attempt | null {
  const raw = record(value);
  const [count, beganAtMs] = [number(raw?.number), moment(raw?.beganAt)];
  if (raw === null || count === null || beganAtMs === null) return null;
  return {
    number: count,
    beganAtMs,
    durationMs: number(raw.durationMs) ?? 0,
    outcome: text(raw.outcome) ?? '',
    status: number(raw.status),
    head: text(raw.head),
    body: text(raw.body),
    error: text(raw.error),
  };
}

export function readEventType(value: unknown): EventType | null {
  const raw = record(value);
  const type = text(raw?.type);
  return type === null ? null : { type, description: text(raw?.description) ?? '', example: raw?.example };
}

export function readQueued(value: unknown): Queued | null {
  const raw = record(value);
  const queued = number(raw?.queued);
  return queued === null ? null : { queued, more: raw?.more === true };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
