import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import type { Clock, Interludes, Metrics } from '#runtime';
import { appendEvents } from './append-events.js';
import { measureConsumerLag } from './consumer-lag.js';
import { EventFeed } from './event-feed.js';
import { migrate } from './migrate.js';
import { ALL_MIGRATIONS } from './migrations/all-migrations.js';
import { RecentEvents } from './recent-events.js';
import { type LogEvent, type NewLogEvent, Records, type Tx } from './records.js';
import type { Schema } from './schema.js';
import { ACQUIRE_TIMEOUT_MS, type Engine, measuredPool, openPglite, openPostgres } from './sql-pool.js';

const READ_MAX = 500;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface SqlRecordsOptions {
  /** `postgres://…`; without it PGlite runs in this process. */
  readonly databaseUrl?: string | undefined;
  /** Folder of PGlite's files, made when missing; unused with `databaseUrl`. The caller has locked it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Longest wait for a connection, ms; 5,000 when not given. */
  readonly acquireTimeoutMs?: number;
  /** In which PGlite's answers are heard as well; unused with `databaseUrl`. */
  readonly interludes?: Interludes;
}

/** The records database by SQL: one dialect, one driver, two engines (DESIGN "Records"). */
export class SqlRecords extends Records implements OnApplicationShutdown {
  private readonly log = new Logger('Records');
  private readonly feed: EventFeed;
  private readonly recent: RecentEvents;
  private opened: { readonly engine: Engine; readonly db: Kysely<Schema> } | null = null;

  constructor(private readonly options: SqlRecordsOptions) {
    super();
    this.feed = new EventFeed(options.clock);
    this.recent = new RecentEvents((after, limit) => this.queryEvents(after, limit), options.clock);
    // The first listener: whoever is woken next reads what it was woken for. Without other processes nothing
    // wakes but our own commits, which say what they wrote.
    if (options.databaseUrl) this.feed.add(() => this.recent.stale());
  }

  override get db(): Kysely<Schema> {
    if (this.opened === null) throw new Error('The records database is not open: call open() first.');
    return this.opened.db;
  }

  /**
   * Connects, applies missing migrations, follows the log. Throws when the database is newer or unreachable.
   */
  async open(): Promise<void> {
    const { databaseUrl, folder, clock, metrics, interludes } = this.options;
    const waitMs = this.options.acquireTimeoutMs ?? ACQUIRE_TIMEOUT_MS;
    const engine = databaseUrl
      ? openPostgres(databaseUrl, waitMs)
      : await openPglite(folder, waitMs, interludes);
    // Without a listener an idle connection that breaks ends the process; the pool replaces it by itself.
    engine.pool.on('error', (error) => this.log.warn(`An idle connection broke: ${error.message}`));
    try {
      await this.migrate(engine);
    } catch (error) {
      await engine.close();
      throw error;
    }
    const pool = measuredPool(engine.pool, clock, metrics);
    // The engine ends the pool: Kysely's destroy() would end it a second time.
    const dialect = new PostgresDialect({ pool: { connect: pool.connect, end: async () => undefined } });
    this.opened = { engine, db: new Kysely<Schema>({ dialect }) };
    measureConsumerLag(metrics, this);
    if (databaseUrl) this.feed.follow(databaseUrl);
  }

  /** Waits for what runs, then closes. May be called twice. */
  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = null;
    await this.feed.close();
    if (opened === null) return;
    await opened.db.destroy();
    await opened.engine.close();
  }

  /** After Nest has stopped the servers and microservices that still write. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  override async write<T>(
    work: (tx: Tx) => Promise<{ result: T; events: readonly NewLogEvent[] }>,
  ): Promise<T> {
    const { clock, databaseUrl } = this.options;
    // PGlite has one connection, ours.
    const how = { now: () => clock.now(), alone: !databaseUrl };
    const began = clock.monotonicMs();
    let outcome: 'committed' | 'rolled-back' = 'rolled-back';
    try {
      const { result, appended } = await this.db.transaction().execute(async (tx) => {
        const done = await work(tx);
        const { length } = done.events;
        const events = length === 0 ? [] : await appendEvents(tx, done.events, how);
        return { result: done.result, appended: events };
      });
      outcome = 'committed';
      if (appended.length > 0) this.committed(appended);
      return result;
    } catch (error) {
      // It may have committed all the same, when only the answer was lost.
      this.recent.stale();
      throw error;
    } finally {
      this.transactionSeconds().observe({ outcome }, (clock.monotonicMs() - began) / 1_000);
    }
  }

  override async readEvents(after: number, limit: number): Promise<readonly LogEvent[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > READ_MAX) {
      throw new RangeError(`readEvents: limit ${limit}; it is 1 to ${READ_MAX}.`);
    }
    return this.recent.read(after, limit);
  }

  private async queryEvents(after: number, limit: number): Promise<readonly LogEvent[]> {
    const rows = await this.db
      .selectFrom('event_log')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      type: row.type as LogEvent['type'],
      recordedAt: row.recorded_at.getTime(),
      lift: row.lift,
      district: row.district,
      firm: row.firm,
      data: row.data,
    }));
  }

  override async headEventId(): Promise<number> {
    const row = await this.db
      .selectFrom('event_log')
      .select('id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.id ?? 0;
  }

  override onEvents(listener: () => void): () => void {
    return this.feed.add(listener);
  }

  private committed(events: readonly LogEvent[]): void {
    if (!this.options.databaseUrl) this.recent.extend(events);
    this.options.metrics
      .counter('liftwarden_events_appended_total', 'Events committed to the event log.')
      .inc(events.length);
    // Consumers in this process wake now; PostgreSQL's notification wakes those in the others.
    this.feed.wake();
  }

  private transactionSeconds() {
    return this.options.metrics.histogram(
      'liftwarden_records_transaction_seconds',
      'Length of writing transactions, the wait for a connection included.',
      SECONDS,
      ['outcome'],
    );
  }

  private async migrate(engine: Engine): Promise<void> {
    const client = await engine.pool.connect();
    try {
      // A migration may rightly take longer than any statement of the running service.
      await client.query('set statement_timeout = 0');
      const applied = await migrate(client, ALL_MIGRATIONS, () => this.options.clock.now());
      if (applied.length > 0) this.log.log(`Applied ${applied.join(', ')}.`);
      await client.query('reset statement_timeout');
    } finally {
      client.release();
    }
  }
}
