const API = '/api/v1';
/** A plain request that takes longer is given up; milliseconds. The stream has its own watch. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Why a request brought nothing. `detail` is the server's own sentence for a person, when it sent one. */
export interface ApiFailure {
  readonly ok: false;
  readonly reason:
    | 'unauthorized'
    | 'forbidden'
    | 'not-found'
    | 'conflict'
    | 'limited'
    | 'refused'
    | 'unreachable';
  readonly status: number | null;
  readonly detail: string | null;
  /** Of a `limited` one: seconds until the next try may succeed. */
  readonly retryAfterS?: number;
  /** Which field the server refused, with its word for why. */
  readonly fields?: readonly RefusedField[];
}
export interface RefusedField {
  readonly field: string;
  readonly message: string;
}
export type ApiResult<T> = { readonly ok: true; readonly value: T } | ApiFailure;

/** What a request carries to be let in; made by `session.ts` only. */
export interface Credentials {
  readonly mode: RequestCredentials;
  /** `changes`: the request changes something. */
  headers(changes: boolean): Readonly<Record<string, string>>;
}

export interface HttpOptions {
  readonly credentials: Credentials;
  readonly fetch: typeof fetch;
  /** Called with the `Date` header of each answer. */
  readonly onServerDate: (dateHeader: string | null) => void;
}

export type Json = Readonly<Record<string, unknown>>;

/** Something that can be changed, with the version that was read, for `If-Match`. */
export interface Tagged<T> {
  readonly value: T;
  readonly tag: string | null;
}

/** Requests to our own server's API, and what came of them as values: nothing here throws. */
export class Http {
  constructor(private readonly options: HttpOptions) {}

  /** The answer's JSON; null for an empty body. `query`: null and '' are left out. */
  async get(
    path: string,
    query: Readonly<Record<string, string | number | null>> = {},
    signal?: AbortSignal,
  ): Promise<ApiResult<unknown>> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== '') search.set(name, String(value));
    }
    const text = search.toString();
    return this.json('GET', text === '' ? path : `${path}?${text}`, undefined, signal);
  }

  /** `timeoutMs`: for what a server computes for longer than an answer usually takes. */
  post(
    path: string,
    body: unknown,
    { timeoutMs = REQUEST_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<ApiResult<unknown>> {
    return this.json('POST', path, body, undefined, timeoutMs);
  }

  delete(path: string): Promise<ApiResult<unknown>> {
    return this.json('DELETE', path);
  }

  /** As `get`, with the version of what was read. */
  getTagged(path: string, signal?: AbortSignal): Promise<ApiResult<Tagged<unknown>>> {
    return this.tagged('GET', path, {}, undefined, signal);
  }

  /** Changes what was read as version `tag`: status 412 when it has changed since; null = as it is now. */
  changeTagged(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    tag: string | null,
    body?: unknown,
  ): Promise<ApiResult<Tagged<unknown>>> {
    return this.tagged(method, path, tag === null ? {} : { 'If-Match': tag }, body);
  }

  /** The bytes of a stream that has begun. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ApiResult<ReadableStream<Uint8Array>>> {
    const sent = await this.send('GET', path, { headers, signal });
    if (!sent.ok) return sent;
    if (sent.value.body === null) {
      return { ok: false, reason: 'unreachable', status: sent.value.status, detail: null };
    }
    return { ok: true, value: sent.value.body };
  }

  /** One request with its answer read whole, within `timeoutMs`. */
  private async json(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    timeoutMs?: number,
  ): Promise<ApiResult<unknown>> {
    const answer = await this.tagged(method, path, {}, body, signal, timeoutMs);
    return answer.ok ? { ok: true, value: answer.value.value } : answer;
  }

  private async tagged(
    method: string,
    path: string,
    more: Readonly<Record<string, string>>,
    body?: unknown,
    signal?: AbortSignal,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<ApiResult<Tagged<unknown>>> {
    const limit = new AbortController();
    const give = () => limit.abort();
    const timer = setTimeout(give, timeoutMs);
    signal?.addEventListener('abort', give, { once: true });
    const headers = {
      Accept: 'application/json',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...more,
    };
    try {
      const sent = await this.send(method, path, {
        headers,
        signal: limit.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!sent.ok) return sent;
      const text = await sent.value.text();
      const tag = sent.value.headers.get('etag');
      return { ok: true, value: { value: text === '' ? null : JSON.parse(text), tag } };
    } catch {
      return { ok: false, reason: 'unreachable', status: null, detail: null };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', give);
    }
  }

  private async send(method: string, path: string, init: RequestInit): Promise<ApiResult<Response>> {
    const { credentials } = this.options;
    try {
      const response = await this.options.fetch(`${API}${path}`, {
        ...init,
        method,
        cache: 'no-store',
        credentials: credentials.mode,
        redirect: 'error',
        headers: { ...init.headers, ...credentials.headers(method !== 'GET') },
      });
      this.options.onServerDate(response.headers.get('date'));
      if (response.ok) return { ok: true, value: response };
      return await readFailure(response);
    } catch {
      return { ok: false, reason: 'unreachable', status: null, detail: null };
    }
  }
}

const REASONS: Readonly<Record<number, ApiFailure['reason']>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'limited',
};

/**
 * RFC 9457: `detail` is the sentence for a person, `title` the next best. Any other body has nothing to say.
 */
async function readFailure(response: Response): Promise<ApiFailure> {
  const reason = REASONS[response.status] ?? 'refused';
  let detail: string | null = null;
  let fields: readonly RefusedField[] = [];
  try {
    const problem = JSON.parse(await response.text()) as Json | null;
    const said = problem?.detail ?? problem?.title;
    if (typeof said === 'string' && said !== '') detail = said.slice(0, 500);
    if (Array.isArray(problem?.errors)) fields = problem.errors.slice(0, 20).flatMap(refusedField);
  } catch {
    // A proxy's HTML page: the status alone is told.
  }
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
  const wait = reason === 'limited' && retryAfterS >= 0 ? { retryAfterS } : {};
  const refused = fields.length > 0 ? { fields } : {};
  return { ok: false, reason, status: response.status, detail, ...wait, ...refused };
}

function refusedField(value: unknown): RefusedField[] {
  const { field, message } = (value ?? {}) as Json;
  return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
}
