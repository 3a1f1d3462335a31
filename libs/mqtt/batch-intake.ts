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

/** A batch is begun beside others that are handled when it has come to this: a small one costs as much. */
const BESIDE_MIN = 250;
/** Handled at a time, at most. */
const BESIDE_MAX = 4;

/**
 * Group commit: the next batch forms while the last is handled, so a slow handler makes batches larger
 * instead of queues longer in time, and an idle one gets each message at once. A large batch does not wait
 * for the one before it: a handler mostly waits for the disk, and the messages meanwhile would wait for it
 * twice (decision 0020). Answered in order of arrival. A failed batch takes along what its connections have
 * sent and nobody was handed yet, and nothing more is handed over before that. What was appended behind it
 * the journal refuses with it (`GroupCommit`).
 */
export class BatchIntake {
  private forming: Arrival[] = [];
  private handled = 0;
  /** Of those, failed and not yet answered. */
  private failed = 0;
  /** Resolves when every batch begun so far is answered. */
  private answered: Promise<void> = Promise.resolve();
  private scheduled = false;
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly options: BatchIntakeOptions) {}

  push(arrival: Arrival): void {
    this.forming.push(arrival);
    if (this.scheduled || !this.mayBegin()) return;
    this.scheduled = true;
    // One turn of the loop gathers what the sockets have ready; a timer would only add latency.
    setImmediate(() => {
      this.scheduled = false;
      this.begin();
    });
  }

  /** Resolves when nothing forms and nothing is handled. */
  idle(): Promise<void> {
    if (this.handled === 0 && this.forming.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  private mayBegin(): boolean {
    if (this.handled === 0) return this.forming.length > 0;
    return this.failed === 0 && this.handled < BESIDE_MAX && this.forming.length >= BESIDE_MIN;
  }

  private begin(): void {
    while (this.mayBegin()) {
      const batch =
        this.forming.length <= this.options.batchMax
          ? this.forming
          : this.forming.slice(0, this.options.batchMax);
      this.forming = this.forming.slice(batch.length);
      this.handled++;
      this.answered = this.finish(batch, this.answered);
    }
  }

  /** Never rejects: a handler's failure is part of the outcome. */
  private async finish(batch: readonly Arrival[], before: Promise<void>): Promise<void> {
    const failure = await this.attempt(batch);
    if (failure !== null) this.failed++;
    await before;
    this.answer(failure === null ? batch : [...batch, ...this.takeFollowers(batch)], failure);
    if (failure !== null) this.failed--;
    this.handled--;
    this.begin();
    if (this.handled > 0) return;
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
