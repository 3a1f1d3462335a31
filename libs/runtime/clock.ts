import { Injectable } from '@nestjs/common';

/**
 * The only source of time (STYLE: an architecture test forbids `Date.now` and argless `new Date` elsewhere).
 * A port: tests inject a virtual clock.
 */
export abstract class Clock {
  /** Wall clock, ms since 1970 UTC. */
  abstract now(): number;
  /** Monotonic milliseconds with a fraction, for durations only. */
  abstract monotonicMs(): number;
  /** Calls `run` every `intervalMs`; the timer does not keep the process alive. Returns the stop function. */
  abstract every(intervalMs: number, run: () => void): () => void;
  /** Resolves after `delayMs`, or at once when `signal` aborts. */
  abstract sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

@Injectable()
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  every(intervalMs: number, run: () => void): () => void {
    const timer = setInterval(run, intervalMs);
    timer.unref();
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
