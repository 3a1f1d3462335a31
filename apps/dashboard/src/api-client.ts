import { type AlarmView, readAlarm } from './alarm-view.js';
import type { ApiResult, Http } from './http.js';
import { type ListPage, readPage } from './read-json.js';

export type { ApiFailure, ApiResult } from './http.js';

export const PAGE_SIZE = 500;

export type AlarmPage = ListPage<AlarmView>;

/** Several values of one filter mean "any of these". */
export interface AlarmQuery {
  readonly open: boolean;
  readonly limit?: number;
  readonly cursor?: string | null;
  readonly priority?: readonly string[];
  readonly kind?: readonly string[];
  /** Codes or prefixes of them. */
  readonly district?: readonly string[];
  readonly firm?: readonly string[];
}

/** Alarms of the server, as the page needs them. */
export interface AlarmApi {
  listAlarms(query: AlarmQuery, signal?: AbortSignal): Promise<ApiResult<AlarmPage>>;
  readAlarm(id: string): Promise<ApiResult<AlarmView | null>>;
  /** Answers the alarm as it is now, or null when the server did not send it. */
  acknowledge(id: string): Promise<ApiResult<AlarmView | null>>;
  /** `note`: what was found and done, not empty. */
  close(id: string, note: string): Promise<ApiResult<AlarmView | null>>;
  openStream(lastEventId: string | null, signal: AbortSignal): Promise<ApiResult<ReadableStream<Uint8Array>>>;
}

export function createAlarmApi(http: Http): AlarmApi {
  const one = (answer: ApiResult<unknown>): ApiResult<AlarmView | null> =>
    answer.ok ? { ok: true, value: readAlarm(answer.value) } : answer;
  const path = (id: string) => `/alarms/${encodeURIComponent(id)}`;
  return {
    async listAlarms(query, signal) {
      const { open, cursor = null, priority = [], kind = [], district = [], firm = [] } = query;
      const limit = query.limit ?? PAGE_SIZE;
      const filters = {
        priority: priority.join(','),
        kind: kind.join(','),
        district: district.join(','),
        firm: firm.join(','),
      };
      const answer = await http.get('/alarms', { open: String(open), limit, cursor, ...filters }, signal);
      return readPage('/alarms', answer, readAlarm);
    },
    readAlarm: async (id) => one(await http.get(path(id))),
    acknowledge: async (id) => one(await http.post(`${path(id)}/acknowledge`, {})),
    close: async (id, note) => one(await http.post(`${path(id)}/close`, { note })),
    openStream(lastEventId, signal) {
      const headers = { Accept: 'text/event-stream', ...(lastEventId && { 'Last-Event-ID': lastEventId }) };
      return http.stream('/alarms/stream', headers, signal);
    },
  };
}
