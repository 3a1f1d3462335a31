import type { Clock } from '#runtime';
import type { Records } from './records.js';

/** A second at most: who follows the log for rights or terminals promises to know within five. */
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 1_000;

export interface LogFollowerOptions {
  readonly records: Records;
  readonly clock: Clock;
  /**
   * Reads from the follower's own position to the end of the log. Called after each wake-up, once at a time.
   * It looks at `stopping` between pages.
   */
  readonly readOn: (stopping: AbortSignal) => Promise<void>;
  /** Told of each failure of `readOn`, which is then tried again. */
  readonly failed: (error: unknown) => void;
}

/**
 * The loop of who follows the event log without a transaction of its own: wake, read to the end, sleep. A
 * wake-up is never lost, a failure is tried again after 0.1 s to 1 s. What must be done exactly once is a
 * consumer of the log instead (`EventLogStrategy`).
 */
export class LogFollower {
  private readonly stopping = new AbortController();
  private following: Promise<void> | null = null;
  private woken = false;
  private failures = 0;
  private stopListening: () => void = () => undefined;

  constructor(private readonly options: LogFollowerOptions) {}

  /** Listens, and reads at once what was committed before it listened. */
  start(): void {
    this.stopListening = this.options.records.onEvents(() => this.wake());
    this.wake();
  }

  /** Resolves when the read in progress has ended. */
  async stop(): Promise<void> {
    this.stopListening();
    this.stopping.abort();
    await this.following;
  }

  /** Reads on, now or right after the read in progress. */
  wake(): void {
    this.woken = true;
    // Not in this call: a wake-up out of `readOn` itself must find `following` set.
    this.following ??= Promise.resolve()
      .then(() => this.follow())
      .finally(() => {
        this.following = null;
        // Woken between the last look and now.
        if (this.woken && !this.stopping.signal.aborted) this.wake();
      });
  }

  private async follow(): Promise<void> {
    const { clock, readOn, failed } = this.options;
    const { signal } = this.stopping;
    while (this.woken && !signal.aborted) {
      this.woken = false;
      try {
        await readOn(signal);
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
        this.woken = true;
        failed(error);
        await clock.sleep(Math.min(RETRY_MIN_MS * 2 ** (this.failures - 1), RETRY_MAX_MS), signal);
      }
    }
  }
}
