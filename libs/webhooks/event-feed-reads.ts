import { Injectable } from '@nestjs/common';
import { type SqlBool, sql } from 'kysely';
import { decodeCursor, encodeCursor, type Principal, problem } from '#access';
import { LiftFacts } from '#alarms';
import { Records } from '#records';
import { Clock, Metrics } from '#runtime';
import type { FeedItem, FeedView } from './delivery-view.js';
import type { FeedQuery } from './endpoint.dto.js';
import { scopeRefusal } from './scope-check.js';

/** Callers that may wait at once in this process; more are asked to come again. */
export const WAITERS_MAX = 500;
const LOOK_AGAIN_MS = 500;

interface FeedRow {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly recorded_at: Date;
  readonly lift: string | null;
  readonly district: string | null;
  readonly firm: string | null;
  readonly body: string;
}

/**
 * What was published, for another platform that pulls (市级平台互联互通): the same bytes as the webhooks, in
 * an order that never changes, from a cursor.
 */
@Injectable()
export class EventFeedReads {
  private waiters = 0;

  constructor(
    private readonly records: Records,
    private readonly liftFacts: LiftFacts,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Events after the cursor that `by` may see. With none it waits, up to `query.wait` seconds or until
   * `gone`. Throws a 400 problem for a cursor that is none, 503 when too many wait.
   */
  async read(query: FeedQuery, by: Principal, gone: AbortSignal): Promise<FeedView> {
    const after = decodeCursor(query.after, ['number'])?.[0] ?? 0;
    if (!Number.isSafeInteger(after) || after < 0)
      throw problem(400, 'Bad cursor', 'Pass "next" as it came.');
    const first = await this.page(query, by, after);
    if (first.items.length > 0 || query.wait === 0) return first;
    if (this.waiters >= WAITERS_MAX) {
      throw problem(503, 'Too many wait', `${WAITERS_MAX} callers wait already: ask without "wait".`);
    }
    this.count(1);
    try {
      return await this.wait(query, by, first, gone);
    } finally {
      this.count(-1);
    }
  }

  private async wait(query: FeedQuery, by: Principal, first: FeedView, gone: AbortSignal): Promise<FeedView> {
    const until = this.clock.monotonicMs() + query.wait * 1_000;
    let view = first;
    while (view.items.length === 0 && this.clock.monotonicMs() < until && !gone.aborted) {
      await this.untilEvents(Math.min(LOOK_AGAIN_MS, until - this.clock.monotonicMs()), gone);
      view = await this.page(query, by, positionOf(view.next));
    }
    return view;
  }

  /** The log wakes a moment before the notifier has published: then the next look finds it. */
  private async untilEvents(ms: number, gone: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    const stop = this.records.onEvents(() => {
      this.clock.sleep(50).then(wake, wake);
    });
    gone.addEventListener('abort', wake, { once: true });
    try {
      await this.clock.sleep(ms, woken.signal);
    } finally {
      stop();
      gone.removeEventListener('abort', wake);
    }
  }

  private async page(query: FeedQuery, by: Principal, after: number): Promise<FeedView> {
    const { types, district, limit } = query;
    let select = this.records.db
      .selectFrom('webhook_event')
      .select(['position', 'id', 'type', 'recorded_at', 'lift', 'district', 'firm', 'body'])
      .where('position', '>', after)
      .where('type', '<>', 'webhook.test');
    if (types !== undefined) select = select.where('type', 'in', types);
    if (district !== undefined) select = select.where(sql<SqlBool>`starts_with(district, ${district})`);
    if (by.scope.kind === 'firm') select = select.where('firm', '=', by.scope.firm);
    if (by.scope.kind === 'district') {
      select = select.where(sql<SqlBool>`starts_with(district, ${by.scope.prefix})`);
    }
    const rows: FeedRow[] = await select.orderBy('position').limit(limit).execute();
    const last = rows.at(-1)?.position ?? after;
    return { items: (await this.permitted(rows, by)).map(itemOf), next: encodeCursor([last]) };
  }

  /** As with webhooks, where a lift is now decides: a firm does not read on about a lift it has lost. */
  private async permitted(rows: readonly FeedRow[], by: Principal): Promise<readonly FeedRow[]> {
    const { scope } = by;
    if (scope.kind === 'all') return rows;
    const lifts = rows.flatMap(({ lift }) => (lift === null ? [] : [lift]));
    const facts = await this.liftFacts.facts(this.records.db, lifts);
    const value = scope.kind === 'firm' ? scope.firm : scope.prefix;
    return rows.filter((row) => {
      const present = row.lift === null ? undefined : facts.get(row.lift);
      return scopeRefusal({ kind: scope.kind, value, district: null }, row, present) === null;
    });
  }

  private count(change: 1 | -1): void {
    this.waiters += change;
    this.metrics
      .gauge('liftwarden_event_feed_waiting', 'Callers that wait for the event feed.')
      .set(this.waiters);
  }
}

function positionOf(cursor: string): number {
  return decodeCursor(cursor, ['number'])?.[0] ?? 0;
}

function itemOf(row: FeedRow): FeedItem {
  const body = JSON.parse(row.body) as FeedItem['body'];
  return { id: row.id, type: row.type, recordedAt: row.recorded_at.toISOString(), body };
}
