import { type AlarmView, readAlarm } from './alarm-view.js';
import { type FaultView, readFault } from './fault-view.js';
import type { ApiResult, Http } from './http.js';
import { type LiftNow, type LiftView, readLift, readLiftNow } from './lift/lift-view.js';
import { readSeries, type Series, type SeriesField } from './lift/series-view.js';
import { type QuarantinedMessage, readQuarantined } from './lists/quarantine-view.js';
import { type ListPage, readOne, readPage, record, text } from './read-json.js';

/** Rows a list reads at once. */
export const LIST_PAGE = 50;
/** Names of districts or firms read at sign-in; beyond it their codes are shown. */
const NAMES_MAX = 5_000;

export interface LiftQuery {
  readonly q: string;
  readonly district: string | null;
  readonly firm: string | null;
}

export interface SeriesQuery {
  readonly field: SeriesField;
  /** Ms since 1970 UTC. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Buckets wanted at most. */
  readonly points: number;
}

export interface Named {
  readonly code: string;
  readonly name: string;
}

type Page<T> = Promise<ApiResult<ListPage<T>>>;

/** What the page reads beside the live alarms. */
export interface FleetApi {
  lifts(query: LiftQuery, cursor: string | null, signal: AbortSignal): Page<LiftView>;
  lift(code: string, signal: AbortSignal): Promise<ApiResult<LiftNow>>;
  series(code: string, query: SeriesQuery, signal: AbortSignal): Promise<ApiResult<Series>>;
  faults(
    query: { lift?: string; state?: string; kind?: string },
    cursor: string | null,
    signal: AbortSignal,
  ): Page<FaultView>;
  fault(id: string, signal: AbortSignal): Promise<ApiResult<FaultView>>;
  alarmsOf(lift: string, cursor: string | null, signal: AbortSignal): Page<AlarmView>;
  quarantine(
    query: { reason: string; terminal: string },
    cursor: string | null,
    signal: AbortSignal,
  ): Page<QuarantinedMessage>;
  /** All of them, up to a bound. */
  names(of: 'districts' | 'firms', signal: AbortSignal): Promise<ApiResult<readonly Named[]>>;
}

export function createFleetApi(http: Http): FleetApi {
  const limit = LIST_PAGE;
  const liftPath = (code: string) => `/lifts/${encodeURIComponent(code)}`;
  return {
    async lifts({ q, district, firm }, cursor, signal) {
      return readPage(
        '/lifts',
        await http.get('/lifts', { q, district, firm, cursor, limit }, signal),
        readLift,
      );
    },
    async lift(code, signal) {
      return readOne(liftPath(code), await http.get(liftPath(code), {}, signal), readLiftNow);
    },
    async series(code, { field, fromMs, toMs, points }, signal) {
      const path = `${liftPath(code)}/series`;
      const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
      const answer = await http.get(path, { field, from, to, points }, signal);
      return readOne(path, answer, (value) => readSeries(field, value));
    },
    async faults(query, cursor, signal) {
      return readPage('/faults', await http.get('/faults', { ...query, cursor, limit }, signal), readFault);
    },
    async fault(id, signal) {
      const path = `/faults/${encodeURIComponent(id)}`;
      return readOne(path, await http.get(path, {}, signal), readFault);
    },
    async alarmsOf(lift, cursor, signal) {
      return readPage('/alarms', await http.get('/alarms', { lift, cursor, limit }, signal), readAlarm);
    },
    async quarantine(query, cursor, signal) {
      const answer = await http.get('/quarantine', { ...query, cursor, limit }, signal);
      return readPage('/quarantine', answer, readQuarantined);
    },
    names: (of, signal) => readNames(http, of, signal),
  };
}

async function readNames(
  http: Http,
  of: 'districts' | 'firms',
  signal: AbortSignal,
): Promise<ApiResult<readonly Named[]>> {
  const path = `/${of}`;
  const names: Named[] = [];
  let cursor: string | null = null;
  do {
    const page: ApiResult<ListPage<Named>> = readPage(
      path,
      await http.get(path, { limit: 500, cursor }, signal),
      readNamed,
    );
    if (!page.ok) return page;
    names.push(...page.value.items);
    cursor = page.value.next;
  } while (cursor !== null && names.length < NAMES_MAX);
  return { ok: true, value: names };
}

function readNamed(value: unknown): Named | null {
  const raw = record(value);
  const code = text(raw?.code) ?? text(raw?.id);
  return code === null ? null : { code, name: text(raw?.name) ?? code };
}
