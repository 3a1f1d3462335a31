import type { Clock } from '#runtime';
import type { LogEvent } from './records.js';

/** Events kept: several of the largest pages, a few MB. */
const KEPT_MAX = 2_000;
const PAGE_MAX = 500;
/** How long an answer may serve another reader that nothing woke: it must notice a stopped database too. */
const FRESH_MS = 250;

/** Reads events after an id from the table, in id order, at most `limit`. */
export type EventQuery = (after: number, limit: number) => Promise<readonly LogEvent[]>;

/**
 * The end of the event log, in memory. Every consumer of a process is woken by the same commit and reads the
 * same page: the table is asked once, the others are answered from here (six readers asking for themselves
 * took a tenth of a busy ingest's thread, decision 0009).
 */
export class RecentEvents {
  /** Without a gap, in id order: all events after `from`, up to the last of these. */
  private kept: LogEvent[] = [];
  private from = Number.POSITIVE_INFINITY;
  /** Counts wake-ups: what was read before the last one may not be all. */
  private wakeups = 0;
  private lastRead: { readonly wakeups: number; readonly atMs: number } | null = null;
  private asking: Promise<void> | null = null;

  constructor(
    private readonly query: EventQuery,
    private readonly clock: Clock,
  ) {}

  /** New events may be in the table. */
  stale(): void {
    this.wakeups += 1;
  }

  /**
   * These events have just been committed, by the only process that writes: they are the table's next, and
   * nobody need ask for them. What is not known to reach up to them is read from the table as ever.
   */
  extend(events: readonly LogEvent[]): void {
    const reachesThem =
      this.asking === null && this.lastRead?.wakeups === this.wakeups && (events[0]?.id ?? 0) > this.head();
    this.stale();
    if (!reachesThem) return;
    this.keep(events);
    this.lastRead = { wakeups: this.wakeups, atMs: this.clock.monotonicMs() };
  }

  /** As the table would answer: events after `after` in id order, at most `limit`. */
  async read(after: number, limit: number): Promise<readonly LogEvent[]> {
    // The reader that is furthest on says where the end begins; who is behind it asks the table.
    if (this.from === Number.POSITIVE_INFINITY || after > this.head()) this.beginAt(after);
    while (after >= this.from) {
      const page = this.page(after, limit);
      if (page.length === limit || this.fresh()) return page;
      this.asking ??= this.ask().finally(() => {
        this.asking = null;
      });
      await this.asking;
    }
    return this.query(after, limit);
  }

  private head(): number {
    return this.kept.at(-1)?.id ?? this.from;
  }

  private beginAt(after: number): void {
    this.kept = [];
    this.from = after;
    this.lastRead = null;
  }

  private page(after: number, limit: number): readonly LogEvent[] {
    const start = firstAfter(this.kept, after);
    return this.kept.slice(start, start + limit);
  }

  /** Whether what is kept reaches as far as the table did after the last wake-up. */
  private fresh(): boolean {
    const { lastRead, wakeups, clock } = this;
    return (
      lastRead !== null && lastRead.wakeups === wakeups && clock.monotonicMs() - lastRead.atMs < FRESH_MS
    );
  }

  private async ask(): Promise<void> {
    const { wakeups, kept } = this;
    const atMs = this.clock.monotonicMs();
    const found = await this.query(this.head(), PAGE_MAX);
    // A reader further on has begun anew meanwhile: this page belongs to what it let go.
    if (this.kept !== kept) return;
    this.keep(found);
    // After a full page there may be more.
    if (found.length < PAGE_MAX) this.lastRead = { wakeups, atMs };
  }

  private keep(events: readonly LogEvent[]): void {
    for (const event of events) this.kept.push(event);
    const surplus = this.kept.length - KEPT_MAX;
    if (surplus > 0) this.from = this.kept.splice(0, surplus).at(-1)?.id ?? this.from;
  }
}

/** Where the first event after this id stands: ids are in order. */
function firstAfter(events: readonly LogEvent[], after: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.id ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
