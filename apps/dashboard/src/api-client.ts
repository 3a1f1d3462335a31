import { type AlarmView, readAlarm } from './alarm-view.js';

const API = '/api/v1';
/** A plain request that takes longer is given up; milliseconds. The stream has its own watch. */
const REQUEST_TIMEOUT_MS = 15_000;
export const PAGE_SIZE = 500;

/** Why a request brought nothing. `detail` is the server's own sentence for a person, when it sent one. */
export interface ApiFailure {
  readonly ok: false;
  readonly reason: 'unauthorized' | 'conflict' | 'refused' | 'unreachable';
  readonly status: number | null;
  readonly detail: string | null;
}
export type ApiResult<T> = { readonly ok: true; readonly value: T } | ApiFailure;

export interface AlarmPage {
  readonly items: readonly AlarmView[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
  /** Items that could not be read as alarms. */
  readonly unreadable: number;
}

export interface AlarmQuery {
  readonly open: boolean;
  readonly limit?: number;
  readonly cursor?: string | null;
}

/** What the page asks of the server; every call needs the key, which travels in a header only. */
export interface AlarmApi {
  listAlarms(query: AlarmQuery, signal?: AbortSignal): Promise<ApiResult<AlarmPage>>;
  readAlarm(id: string): Promise<ApiResult<AlarmView | null>>;
  /** Answers the alarm as it is now, or null when the server did not send it. */
  acknowledge(id: string): Promise<ApiResult<AlarmView | null>>;
  /** `note`: what was found and done, not empty. */
  close(id: string, note: string): Promise<ApiResult<AlarmView | null>>;
  openStream(lastEventId: string | null, signal: AbortSignal): Promise<ApiResult<ReadableStream<Uint8Array>>>;
}

export interface AlarmApiOptions {
  readonly key: string;
  readonly fetch: typeof fetch;
  /** Called with the `Date` header of each answer. */
  readonly onServerDate: (dateHeader: string | null) => void;
}

/**
 * A key that can travel in a header: visible ASCII. `fetch` throws on anything else, so it is said before.
 */
export function isSendableKey(key: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(key);
}

export function createAlarmApi(options: AlarmApiOptions): AlarmApi {
  const readOne = (answer: ApiResult<unknown>): ApiResult<AlarmView | null> =>
    answer.ok ? { ok: true, value: readAlarm(answer.value) } : answer;
  const change = async (id: string, verb: string, body: unknown) =>
    readOne(
      await sendJson(options, `/alarms/${encodeURIComponent(id)}/${verb}`, {
        method: 'POST',
        headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  return {
    async listAlarms(query, signal) {
      const limit = String(query.limit ?? PAGE_SIZE);
      const search = new URLSearchParams({ open: String(query.open), limit });
      if (query.cursor) search.set('cursor', query.cursor);
      const headers = { Accept: 'application/json' };
      const answer = await sendJson(options, `/alarms?${search}`, { headers, signal: signal ?? null });
      return answer.ok ? readPage(answer.value) : answer;
    },
    async readAlarm(id) {
      const headers = { Accept: 'application/json' };
      return readOne(await sendJson(options, `/alarms/${encodeURIComponent(id)}`, { headers }));
    },
    acknowledge: (id) => change(id, 'acknowledge', {}),
    close: (id, note) => change(id, 'close', { note }),
    async openStream(lastEventId, signal) {
      const headers = { Accept: 'text/event-stream', ...(lastEventId && { 'Last-Event-ID': lastEventId }) };
      const sent = await send(options, '/alarms/stream', { headers, signal });
      if (!sent.ok) return sent;
      if (sent.value.body === null) {
        return { ok: false, reason: 'unreachable', status: sent.value.status, detail: null };
      }
      return { ok: true, value: sent.value.body };
    },
  };
}

async function send(options: AlarmApiOptions, path: string, init: RequestInit): Promise<ApiResult<Response>> {
  try {
    const response = await options.fetch(`${API}${path}`, {
      ...init,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      headers: { ...init.headers, Authorization: `Bearer ${options.key}` },
    });
    options.onServerDate(response.headers.get('date'));
    if (response.ok) return { ok: true, value: response };
    return await readFailure(response);
  } catch {
    return { ok: false, reason: 'unreachable', status: null, detail: null };
  }
}

/** One request with its answer read whole, within `REQUEST_TIMEOUT_MS`; null for an empty body. */
async function sendJson(
  options: AlarmApiOptions,
  path: string,
  init: RequestInit,
): Promise<ApiResult<unknown>> {
  const limit = new AbortController();
  const give = () => limit.abort();
  const timer = setTimeout(give, REQUEST_TIMEOUT_MS);
  init.signal?.addEventListener('abort', give, { once: true });
  try {
    const sent = await send(options, path, { ...init, signal: limit.signal });
    if (!sent.ok) return sent;
    const body = await sent.value.text();
    return { ok: true, value: body === '' ? null : JSON.parse(body) };
  } catch {
    return { ok: false, reason: 'unreachable', status: null, detail: null };
  } finally {
    clearTimeout(timer);
    init.signal?.removeEventListener('abort', give);
  }
}

function readPage(body: unknown): ApiResult<AlarmPage> {
  const page = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  if (!Array.isArray(page.items)) {
    return {
      ok: false,
      reason: 'refused',
      status: 200,
      detail: 'GET /alarms: the answer has no "items" list',
    };
  }
  const alarms = page.items.map(readAlarm);
  const items = alarms.filter((alarm) => alarm !== null);
  const next = typeof page.next === 'string' || typeof page.next === 'number' ? String(page.next) : null;
  return { ok: true, value: { items, next, unreadable: alarms.length - items.length } };
}

/**
 * RFC 9457: `detail` is the sentence for a person, `title` the next best. Any other body has nothing to say.
 */
async function readFailure(response: Response): Promise<ApiFailure> {
  const reason = response.status === 401 ? 'unauthorized' : response.status === 409 ? 'conflict' : 'refused';
  let detail: string | null = null;
  try {
    const problem = JSON.parse(await response.text()) as Readonly<Record<string, unknown>> | null;
    const said = problem?.detail ?? problem?.title;
    if (typeof said === 'string' && said !== '') detail = said.slice(0, 500);
  } catch {
    // A proxy's HTML page: the status alone is told.
  }
  return { ok: false, reason, status: response.status, detail };
}
