import type { ApiResult, Http, Tagged } from '../http.js';
import { type ListPage, readOne, readPage, record, text } from '../read-json.js';
import type { EndpointPatch, NewEndpointBody } from './endpoint-form.js';
import {
  type Attempt,
  type Delivery,
  type Endpoint,
  type EndpointStatistics,
  type EventType,
  type NewEndpoint,
  type Queued,
  readAttempt,
  readDelivery,
  readEndpoint,
  readEventType,
  readNewEndpoint,
  readQueued,
  readStatistics,
} from './webhook-view.js';

/** Rows read at once: each delivery carries its body, up to 20 kB. */
const DELIVERY_PAGE = 25;
const ENDPOINT_PAGE = 25;

export interface DeliveryQuery {
  readonly state: string;
  readonly type: string;
  readonly lift: string;
  /** ISO 8601; '' = from the beginning. */
  readonly since: string;
  /** ISO 8601, not included; '' = to the end. */
  readonly until: string;
}

/** Half open, ISO 8601 with a zone. */
export interface RedeliverRange {
  readonly since: string;
  readonly until: string;
  readonly states: readonly string[];
  /** Also events that the endpoint never got. */
  readonly missed: boolean;
}

type Page<T> = Promise<ApiResult<ListPage<T>>>;

/** Endpoints and their deliveries. A `tag` is the version that was read: status 412 when it has changed. */
export interface WebhookApi {
  list(cursor: string | null, signal: AbortSignal): Page<Endpoint>;
  read(id: string, signal?: AbortSignal): Promise<ApiResult<Tagged<Endpoint>>>;
  create(body: NewEndpointBody): Promise<ApiResult<NewEndpoint>>;
  change(id: string, tag: string | null, patch: EndpointPatch): Promise<ApiResult<Tagged<Endpoint>>>;
  remove(id: string, tag: string | null): Promise<ApiResult<null>>;
  rotate(id: string, tag: string | null): Promise<ApiResult<NewEndpoint>>;
  /** Answers the id of the delivery. */
  test(id: string): Promise<ApiResult<string>>;
  statistics(id: string, signal: AbortSignal): Promise<ApiResult<EndpointStatistics>>;
  deliveries(id: string, query: DeliveryQuery, cursor: string | null, signal: AbortSignal): Page<Delivery>;
  delivery(id: string, delivery: string, signal: AbortSignal): Promise<ApiResult<Delivery>>;
  attempts(id: string, delivery: string, signal: AbortSignal): Page<Attempt>;
  redeliver(id: string, delivery: string): Promise<ApiResult<Queued>>;
  redeliverRange(id: string, range: RedeliverRange): Promise<ApiResult<Queued>>;
  eventTypes(signal: AbortSignal): Page<EventType>;
}

export function createWebhookApi(http: Http): WebhookApi {
  return {
    async list(cursor, signal) {
      const answer = await http.get('/webhooks', { cursor, limit: ENDPOINT_PAGE }, signal);
      return readPage('/webhooks', answer, readEndpoint);
    },
    async read(id, signal) {
      return taggedEndpoint(pathOf(id), await http.getTagged(pathOf(id), signal));
    },
    async create(body) {
      return readOne('/webhooks', await http.post('/webhooks', body), readNewEndpoint);
    },
    async change(id, tag, patch) {
      return taggedEndpoint(pathOf(id), await http.changeTagged('PATCH', pathOf(id), tag, patch));
    },
    async remove(id, tag) {
      const answer = await http.changeTagged('DELETE', pathOf(id), tag);
      return answer.ok ? { ok: true, value: null } : answer;
    },
    async rotate(id, tag) {
      const path = `${pathOf(id)}/rotate-secret`;
      return readOne(path, untagged(await http.changeTagged('POST', path, tag, {})), readNewEndpoint);
    },
    async test(id) {
      const path = `${pathOf(id)}/test`;
      return readOne(path, await http.post(path, {}), (value) => text(record(value)?.delivery));
    },
    async statistics(id, signal) {
      const path = `${pathOf(id)}/statistics`;
      return readOne(path, await http.get(path, {}, signal), readStatistics);
    },
    ...deliveriesOf(http),
    async eventTypes(signal) {
      return readPage('/event-types', await http.get('/event-types', {}, signal), readEventType);
    },
  };
}

function deliveriesOf(
  http: Http,
): Pick<WebhookApi, 'deliveries' | 'delivery' | 'attempts' | 'redeliver' | 'redeliverRange'> {
  return {
    async deliveries(id, query, cursor, signal) {
      const path = `${pathOf(id)}/deliveries`;
      const answer = await http.get(path, { ...query, cursor, limit: DELIVERY_PAGE }, signal);
      return readPage(path, answer, readDelivery);
    },
    async delivery(id, delivery, signal) {
      const path = deliveryPath(id, delivery);
      return readOne(path, await http.get(path, {}, signal), readDelivery);
    },
    async attempts(id, delivery, signal) {
      const path = `${deliveryPath(id, delivery)}/attempts`;
      return readPage(path, await http.get(path, {}, signal), readAttempt);
    },
    async redeliver(id, delivery) {
      const path = `${deliveryPath(id, delivery)}/redeliver`;
      return readOne(path, await http.post(path, {}), readQueued);
    },
    async redeliverRange(id, range) {
      const path = `${pathOf(id)}/redeliver`;
      return readOne(path, await http.post(path, range), readQueued);
    },
  };
}

function pathOf(id: string): string {
  return `/webhooks/${encodeURIComponent(id)}`;
}

function deliveryPath(id: string, delivery: string): string {
  return `${pathOf(id)}/deliveries/${encodeURIComponent(delivery)}`;
}

function untagged(answer: ApiResult<Tagged<unknown>>): ApiResult<unknown> {
  return answer.ok ? { ok: true, value: answer.value.value } : answer;
}

function taggedEndpoint(path: string, answer: ApiResult<Tagged<unknown>>): ApiResult<Tagged<Endpoint>> {
  if (!answer.ok) return answer;
  const { value, tag } = answer.value;
  const one = readOne(path, { ok: true, value }, readEndpoint);
  return one.ok ? { ok: true, value: { value: one.value, tag } } : one;
}
