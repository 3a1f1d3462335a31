import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Clock, Metrics } from '#runtime';
import { EventLogContext } from './event-log-context.js';
import { HandlerFailure, stackOf, textOf } from './handler-failure.js';
import { preparedStatement } from './prepared.js';
import type { LogEvent, NewLogEvent, Records, Tx } from './records.js';

const PAGE_MAX = 500;
const BACK_OFF_MIN_MS = 50;
const BACK_OFF_MAX_MS = 5_000;
/** Failures in a row of one event, after which the log is loud and `liftwarden_event_consumer_stuck` is 1. */
const STUCK_AFTER = 10;
/** How long the stored cursor may stay behind events that are none of the consumer's. */
const STORE_PASSED_MS = 1_000;

const MOVE_CURSOR = preparedStatement<{ readonly position: number }>(`
  update consumer_cursor set position = $3 where consumer = $1 and position = $2 returning position`);

export interface EventLogStrategyOptions {
  /** Name of the cursor: one a role, kept for ever. */
  readonly consumer: string;
  readonly records: Records;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Most events of one transaction, 1 to 500 (the default). */
  readonly pageMax?: number;
}

/**
 * The transport id of a consumer: `@EventPattern('fault.raised', eventLogTransport('monitor'))` binds to it
 * alone.
 */
export function eventLogTransport(consumer: string): symbol {
  return Symbol.for(`liftwarden.event-log.${consumer}`);
}

/**
 * The event log as a Nest transport: each page of events is one transaction, which holds what the handlers
 * change, what they emit and the cursor. A handler sees an event again only if its transaction did not
 * commit, so effects are exactly once. Nothing is skipped: a failing event is retried until it succeeds.
 */
export class EventLogStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  /** We subscribe to the handlers' streams and report their failures; Nest need not log them again. */
  override readonly propagatesEventHandlerErrors: boolean = true;
  private readonly handlers = new Map<string, MessageHandler[]>();
  private readonly stopping = new AbortController();
  private readonly pageMax: number;
  private stopListening: (() => void) | null = null;
  private running: Promise<void> | null = null;
  private woken = true;
  private wake: () => void = () => undefined;
  /** Most events of the next page: smaller after a failure, so that the events before it commit. */
  private pageLimit: number;
  private failures = 0;
  /**
   * The stored cursor as this process left it; null when another process, or a failure, may have moved it.
   */
  private cursor: number | null = null;
  /** Events up to here were looked at: beyond the cursor none of them has a handler. */
  private passed = 0;
  private storedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: EventLogStrategyOptions) {
    super();
    this.transportId = eventLogTransport(options.consumer);
    this.pageMax = options.pageMax ?? PAGE_MAX;
    if (!Number.isInteger(this.pageMax) || this.pageMax < 1 || this.pageMax > PAGE_MAX) {
      throw new RangeError(`pageMax ${this.pageMax}; it is 1 to ${PAGE_MAX}.`);
    }
    this.pageLimit = this.pageMax;
  }

  /**
   * Several handlers of one pattern run one after another. Nest's own chain starts them together, and one
   * would still use the transaction after another's failure rolled it back.
   */
  override addHandler(
    pattern: string,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const route = this.normalizePattern(pattern);
    const chain = this.handlers.get(route);
    if (chain === undefined) {
      this.handlers.set(route, [callback]);
      super.addHandler(pattern, callback, isEventHandler, extras);
    } else {
      chain.push(callback);
    }
  }

  override listen(callback: (error?: unknown) => void): void {
    this.stopListening = this.options.records.onEvents(() => {
      this.woken = true;
      this.wake();
    });
    this.running = this.run();
    callback();
  }

  /** Resolves when the page in progress has committed or rolled back. */
  override async close(): Promise<void> {
    this.stopping.abort();
    this.stopListening?.();
    this.wake();
    await this.running;
  }

  override on(event: string): never {
    throw new Error(`The event log has no client event "${event}".`);
  }

  override unwrap<T>(): T {
    return this.options.records as T;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = false;
      try {
        const { caughtUp } = await this.consumePage();
        this.pageSucceeded();
        if (caughtUp) await this.rest();
      } catch (error) {
        await this.pageFailed(error);
      }
    }
  }

  /** Until there may be more. A cursor that is behind what was passed over is stored once a second. */
  private async rest(): Promise<void> {
    const { clock } = this.options;
    if (this.cursor === null || this.passed <= this.cursor) return this.untilWoken();
    const dueMs = this.storedAt + STORE_PASSED_MS - clock.monotonicMs();
    if (dueMs <= 0) return this.storePassed(this.cursor);
    const over = new AbortController();
    const stop = () => over.abort();
    this.stopping.signal.addEventListener('abort', stop, { once: true });
    await Promise.race([this.untilWoken(), clock.sleep(dueMs, over.signal)]);
    this.stopping.signal.removeEventListener('abort', stop);
    over.abort();
  }

  private async storePassed(cursor: number): Promise<void> {
    const { records, consumer, clock } = this.options;
    const { passed } = this;
    this.storedAt = clock.monotonicMs();
    const { numUpdatedRows } = await records.db
      .updateTable('consumer_cursor')
      .set({ position: passed })
      .where('consumer', '=', consumer)
      .where('position', '=', cursor)
      .executeTakeFirst();
    this.cursor = numUpdatedRows === 1n ? passed : null;
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.woken || this.stopping.signal.aborted) resolve();
    });
  }

  private async consumePage(): Promise<{ caughtUp: boolean }> {
    const { records } = this.options;
    const position = this.cursor ?? (await this.position());
    this.cursor = null;
    const page = await records.readEvents(Math.max(position, this.passed), this.pageLimit);
    const last = page.at(-1);
    if (last === undefined || !page.some(({ type }) => this.handlers.has(type))) {
      // Nothing here is for this consumer: no transaction, and the cursor follows in its own time.
      this.cursor = position;
      this.passed = Math.max(this.passed, last?.id ?? 0);
      return { caughtUp: last === undefined };
    }
    const committed = await records.write(async (tx) => {
      const events: NewLogEvent[] = [];
      // Another process of this consumer may have committed the page meanwhile: then read on from its cursor.
      if (!(await this.moveCursor(tx, position, last.id))) return { result: false, events };
      await this.handlePage(page, tx, events);
      return { result: true, events };
    });
    if (!committed) return { caughtUp: false };
    this.cursor = last.id;
    this.counter('events', 'Events a consumer has handled.').inc(
      { consumer: this.options.consumer },
      page.length,
    );
    return { caughtUp: false };
  }

  /** The stored cursor; a new consumer starts before the first event, so that it misses none. */
  private async position(): Promise<number> {
    const { records, consumer } = this.options;
    const row = await records.db
      .selectFrom('consumer_cursor')
      .select('position')
      .where('consumer', '=', consumer)
      .executeTakeFirst();
    if (row !== undefined) return row.position;
    await records.db
      .insertInto('consumer_cursor')
      .values({ consumer, position: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return 0;
  }

  /**
   * Locks the cursor and moves it in one statement: before the page is handled, for a page that fails takes
   * it back. False when it no longer stands at `from`.
   */
  private async moveCursor(tx: Tx, from: number, to: number): Promise<boolean> {
    const moved = await MOVE_CURSOR(tx, [this.options.consumer, from, to]);
    return moved.length === 1;
  }

  private async handlePage(page: readonly LogEvent[], tx: Tx, emitted: NewLogEvent[]): Promise<void> {
    const context = new EventLogContext([tx, emitted]);
    for (const [place, event] of page.entries()) {
      for (const handler of this.handlers.get(event.type) ?? []) {
        try {
          const answer: unknown = await handler(event, context);
          // An invalid payload comes back as an erroring stream, not as a rejection (PITFALLS 14).
          if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
        } catch (cause) {
          throw new HandlerFailure(place, event, cause);
        }
      }
    }
    await context.endPage();
  }

  private pageSucceeded(): void {
    this.failures = 0;
    this.pageLimit = this.pageMax;
    this.stuck().set({ consumer: this.options.consumer }, 0);
  }

  private async pageFailed(error: unknown): Promise<void> {
    const { consumer, clock } = this.options;
    this.counter('retries', 'Pages a consumer had to try again.').inc({ consumer });
    if (error instanceof HandlerFailure && error.place > 0) {
      // The events before the failing one commit by themselves at once; it then stands first.
      this.pageLimit = error.place;
      this.logger.warn(`${consumer}: ${error.message}; committing the ${error.place} events before it.`);
      return;
    }
    this.failures += 1;
    this.pageLimit = 1;
    this.logFailure(error);
    const delayMs = Math.min(BACK_OFF_MIN_MS * 2 ** (this.failures - 1), BACK_OFF_MAX_MS);
    await clock.sleep(delayMs, this.stopping.signal);
  }

  private logFailure(error: unknown): void {
    const { consumer } = this.options;
    const text = `${consumer}: ${textOf(error)} (failure ${this.failures} in a row)`;
    if (this.failures < STUCK_AFTER) {
      this.logger.warn(`${text}; trying again.`);
      return;
    }
    this.stuck().set({ consumer }, 1);
    this.logger.error(`${text}; the consumer is stuck here and keeps trying.`, stackOf(error));
  }

  private stuck() {
    return this.options.metrics.gauge(
      'liftwarden_event_consumer_stuck',
      '1 while one event has failed ten times in a row.',
      ['consumer'],
    );
  }

  private counter(what: 'events' | 'retries', help: string) {
    return this.options.metrics.counter(`liftwarden_event_consumer_${what}_total`, help, ['consumer']);
  }
}
