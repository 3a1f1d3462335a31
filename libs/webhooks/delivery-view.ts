import {
  anyObject,
  dateTime,
  flag,
  integer,
  nullable,
  number,
  objectOf,
  oneOf,
  pageOfSchema,
  text,
} from '#access';
import { DELIVERY_STATES, type DeliveryState } from './delivery-lifecycle.js';
import { type EventTypeView, WEBHOOK_TYPES } from './event-types.js';

/** One event on its way to one endpoint. */
export interface DeliveryView {
  /** The `webhook-id`: the same at every attempt. */
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly lift: string | null;
  readonly state: DeliveryState;
  readonly reason: string;
  readonly attempts: number;
  readonly createdAt: string;
  /** The next attempt, of a pending one. */
  readonly dueAt: string | null;
  readonly firstAttemptAt: string | null;
  readonly finishedAt: string | null;
  readonly lastStatus: number | null;
  /** The bytes that are sent. */
  readonly body: string;
}

export interface AttemptView {
  readonly number: number;
  readonly beganAt: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly status: number | null;
  /** The endpoint's own words, as are `body` and `error`: show them as text, never as HTML. */
  readonly head: string | null;
  readonly body: string | null;
  readonly error: string | null;
}

export interface StatisticsView {
  readonly pending: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly attempts: number;
  /** When the next attempt of any of its deliveries is due; null when none waits. */
  readonly nextAttemptAt: string | null;
  /** From the record of an event to its first attempt, ms; null without any. */
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
}

export interface QueuedView {
  readonly queued: number;
  readonly more: boolean;
}

/** One event of the feed. */
export interface FeedItem {
  readonly id: string;
  readonly type: string;
  readonly recordedAt: string;
  /** What a webhook of it carries. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FeedView {
  readonly items: readonly FeedItem[];
  /** Where to go on, always there. */
  readonly next: string;
}

export const DELIVERY_SCHEMA = objectOf<DeliveryView>('WebhookDelivery', {
  id: text('The webhook-id: the same at every attempt.'),
  event: text(),
  type: text(),
  lift: nullable(text()),
  state: oneOf(DELIVERY_STATES),
  reason: text('Why it is in this state.'),
  attempts: integer(),
  createdAt: dateTime(),
  dueAt: nullable(dateTime('The next attempt, of a pending one.')),
  firstAttemptAt: nullable(dateTime()),
  finishedAt: nullable(dateTime()),
  lastStatus: nullable(integer('HTTP status of the last answer.')),
  body: text('The bytes that are sent.'),
});
export const DELIVERY_PAGE_SCHEMA = pageOfSchema('WebhookDeliveryPage', DELIVERY_SCHEMA);

export const ATTEMPT_PAGE_SCHEMA = pageOfSchema(
  'WebhookAttemptPage',
  objectOf<AttemptView>('WebhookAttempt', {
    number: integer(),
    beganAt: dateTime(),
    durationMs: integer(),
    outcome: text(),
    status: nullable(integer()),
    head: nullable(
      text("Status line and headers, at most 4 KiB: the endpoint's words, not to be shown as HTML."),
    ),
    body: nullable(text("The body's first 4 KiB: the endpoint's words, not to be shown as HTML.")),
    error: nullable(text('What went wrong below HTTP.')),
  }),
);

const LATENCY = 'From the record of an event to its first attempt, ms.';
export const STATISTICS_SCHEMA = objectOf<StatisticsView>('WebhookStatistics', {
  pending: integer(),
  delivered: integer(),
  failed: integer(),
  cancelled: integer(),
  attempts: integer(),
  nextAttemptAt: nullable(dateTime('When the next attempt of any of its deliveries is due.')),
  latencyP50Ms: nullable(number(LATENCY)),
  latencyP95Ms: nullable(number(LATENCY)),
  latencyP99Ms: nullable(number(LATENCY)),
});

export const QUEUED_SCHEMA = objectOf<QueuedView>('WebhookQueued', {
  queued: integer('Deliveries that wait again.'),
  more: flag('There are more: ask again.'),
});

export const TEST_SCHEMA = objectOf<{ readonly delivery: string }>('WebhookTestQueued', {
  delivery: text('Id of the delivery: its attempts show what came of it.'),
});

export const FEED_SCHEMA = objectOf<FeedView>('EventFeed', {
  items: {
    json: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          type: { type: 'string' },
          recordedAt: { type: 'string', format: 'date-time' },
          body: { type: 'object', description: 'What a webhook of it carries.' },
        },
        required: ['id', 'type', 'recordedAt', 'body'],
      },
    },
    named: {},
  },
  next: text('Pass it as `after` to go on; it is always there.'),
});

export const EVENT_TYPE_PAGE_SCHEMA = pageOfSchema(
  'EventTypePage',
  objectOf<EventTypeView>('EventType', {
    type: oneOf(WEBHOOK_TYPES),
    description: text(),
    schema: anyObject('JSON Schema 2020-12 of the whole body.'),
    example: anyObject(),
  }),
);
