import type { Clock } from '#runtime';

/** Below this the difference is the `Date` header's one-second grain and the way there; milliseconds. */
const SKEW_IGNORED_MS = 2_000;

/**
 * How far this computer's clock is behind (+) the server's, in milliseconds; 0 when the header is missing,
 * unreadable, or within two seconds. Ages on the page are differences with server times, so a wrong desk
 * clock must not bend them.
 */
export function clockSkewMs(dateHeader: string | null, localNowMs: number): number {
  if (dateHeader === null) return 0;
  const serverMs = Date.parse(dateHeader);
  if (Number.isNaN(serverMs)) return 0;
  const skewMs = serverMs + 500 - localNowMs;
  return Math.abs(skewMs) <= SKEW_IGNORED_MS ? 0 : skewMs;
}

/** The `Clock` port in a browser, following the server's clock: the page's only source of time. */
export class BrowserClock implements Clock {
  #skewMs = 0;

  now(): number {
    return Date.now() + this.#skewMs;
  }

  monotonicMs(): number {
    return performance.now();
  }

  /** Takes the `Date` header of an answer as the right time. */
  follow(dateHeader: string | null): void {
    if (dateHeader !== null) this.#skewMs = clockSkewMs(dateHeader, Date.now());
  }

  every(intervalMs: number, run: () => void): () => void {
    const timer = setInterval(run, intervalMs);
    return () => clearInterval(timer);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, delayMs);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
