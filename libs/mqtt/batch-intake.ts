import type { InboundMessage } from './inbound-message.js';

/** A message and the way back to its sender. */
export interface Arrival {
  readonly message: InboundMessage;
  /** The connection it came by. */
  readonly source: object;
  /** Counted against the bounds. */
  readonly bytes: number;
  /** `Clock.monotonicMs()` when it came. */
  readonly arrivedAt: number;
  /** Answers the sender: null = stored, acknowledge; an error = not stored, cut the connection. */
  readonly settle: (failure: Error | null) => void;
}

/** What happened to a batch, told after every one of its arrivals was answered. */
export interface BatchOutcome {
  readonly arrivals: readonly Arrival[];
  readonly bytes: number;
  /** Null when the handler resolved. */
  readonly failure: Error | null;
}

export interface BatchIntakeOptions {
  /** Messages in a batch, at most. */
  readonly batchMax: number;
  readonly handle: (messages: readonly InboundMessage[]) => Promise<void>;
  readonly onOutcome: (outcome: BatchOutcome) => void;
}

/**
 * Group commit: the next batch forms while the last is handled, so a slow handler makes batches larger
 * instead of queues longer in time, and an idle one gets each message at once. One batch at a time,
 * answered in order of arrival. A failed batch takes along what its connections have sent since.
 */
export class BatchIntake {
  private forming: Arrival[] = [];
  private handling = false;
  private scheduled = false;
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly options: BatchIntakeOptions) {}

  push(arrival: Arrival): void {
    this.forming.push(arrival);
    if (this.handling || this.scheduled) return;
    this.scheduled = true;
    // One turn of the loop gathers what the sockets have ready; a timer would only add latency.
    setImmediate(() => {
      this.scheduled = false;
      void this.run();
    });
  }

  /** Resolves when nothing forms and nothing is handled. */
  idle(): Promise<void> {
    if (!this.handling && this.forming.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  /** Never rejects: a handler's failure is part of the outcome. */
  private async run(): Promise<void> {
    this.handling = true;
    while (this.forming.length > 0) {
      const batch =
        this.forming.length <= this.options.batchMax
          ? this.forming
          : this.forming.slice(0, this.options.batchMax);
      this.forming = this.forming.slice(batch.length);
      const failure = await this.attempt(batch);
      this.answer(failure === null ? batch : [...batch, ...this.takeFollowers(batch)], failure);
    }
    this.handling = false;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /**
   * What came by the connections of a failed batch after it. Handing it over would put it before the failed
   * messages, which are sent again.
   */
  private takeFollowers(failed: readonly Arrival[]): readonly Arrival[] {
    const sources = new Set(failed.map((arrival) => arrival.source));
    const followers = this.forming.filter((arrival) => sources.has(arrival.source));
    this.forming = this.forming.filter((arrival) => !sources.has(arrival.source));
    return followers;
  }

  private async attempt(batch: readonly Arrival[]): Promise<Error | null> {
    try {
      await this.options.handle(batch.map((arrival) => arrival.message));
      return null;
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }

  private answer(batch: readonly Arrival[], failure: Error | null): void {
    let bytes = 0;
    for (const arrival of batch) {
      bytes += arrival.bytes;
      try {
        arrival.settle(failure);
      } catch {
        // Writing to one broken connection must not keep the others waiting; that connection ends by itself.
      }
    }
    this.options.onOutcome({ arrivals: batch, bytes, failure });
  }
}
