import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-line.js';

type Method = 'POST' | 'PUT';

export type PostResult =
  | { readonly outcome: 'made'; readonly body: unknown }
  | { readonly outcome: 'exists'; readonly why: string };

const TIMEOUT_MS = 30_000;
const BUSY_TRIES = 6;

/**
 * The few calls of the platform's HTTP API that make a fleet. Everything but 2xx and 409 is a `CommandError`.
 */
export class PlatformApi {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  post(path: string, body: object, signal?: AbortSignal): Promise<PostResult> {
    return this.ask('POST', path, body, signal);
  }

  put(path: string, body: object, signal?: AbortSignal): Promise<PostResult> {
    return this.ask('PUT', path, body, signal);
  }

  private async ask(method: Method, path: string, body: object, signal?: AbortSignal): Promise<PostResult> {
    const url = `${this.base}/api/v1${path}`;
    for (let attempt = 1; ; attempt++) {
      const response = await this.send(method, url, body, signal);
      if (response.ok) return { outcome: 'made', body: await response.json().catch(() => null) };
      const why = await problemOf(response);
      if (response.status === 409) return { outcome: 'exists', why };
      // The platform asks for patience: with 429 and 503 nothing was done, so asking again is safe.
      if ((response.status === 429 || response.status === 503) && attempt < BUSY_TRIES) {
        await sleep(200 * 2 ** attempt);
        continue;
      }
      const hint = response.status === 401 || response.status === 403 ? ' (is the key an admin key?)' : '';
      throw new CommandError(`${method} ${url}: ${response.status} ${why}${hint}`);
    }
  }

  private async send(method: Method, url: string, body: object, signal?: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (error) {
      if (signal?.aborted) throw new CommandError('interrupted');
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const why = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new CommandError(`${method} ${url}: ${why}`);
    }
  }
}

/** Title and detail of an RFC 9457 problem, or the head of whatever came instead. */
async function problemOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const { title, detail } = JSON.parse(text) as { title?: unknown; detail?: unknown };
    const said = [title, detail].filter((part) => typeof part === 'string' && part !== '');
    if (said.length > 0) return said.join(': ');
  } catch {
    // Not JSON: shown as it is.
  }
  return text.slice(0, 200) || response.statusText;
}
