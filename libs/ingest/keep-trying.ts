import type { Logger } from '@nestjs/common';
import type { Clock } from '#runtime';
import type { IngestMetrics } from './ingest-metrics.js';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

export interface KeepTryingParts {
  /** Name of the reader in metrics. */
  readonly reader: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  /** Aborts when no further attempt is to be made. */
  readonly stopping: AbortSignal;
  /** Called after an attempt that failed. */
  readonly failed: () => void;
}

/** Tries again what a disk or a store refuses, until it does not, and says once that it does so. */
export class KeepTrying {
  private troubleText: string | null = null;

  constructor(private readonly parts: KeepTryingParts) {}

  /** Why the last attempt failed; null when it did not. */
  get trouble(): string | null {
    return this.troubleText;
  }

  /** Null when stopped before an attempt succeeded; one attempt is always made. */
  async until<T>(what: string, attempt: () => Promise<T>): Promise<T | null> {
    const { reader, log, clock, metrics, stopping, failed } = this.parts;
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        const result = await attempt();
        if (this.troubleText !== null) log.log(`Gets on again: ${what}.`);
        this.troubleText = null;
        return result;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.troubleText === null) log.error(`Cannot ${what}: ${why}. Tries again until it can.`);
        this.troubleText = why;
        metrics.readerRetries.inc({ reader });
        failed();
      }
      if (stopping.aborted) return null;
      await clock.sleep(waitMs, stopping);
      if (stopping.aborted) return null;
    }
  }
}
