import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { sql } from 'kysely';
import { Records } from '#records';
import { Clock } from '#runtime';
import { disableEndpoint } from './endpoint-state.js';
import { WebhookMetrics } from './webhook-metrics.js';

const EVERY_MS = 60_000;
/** Events, with their deliveries and attempts, are kept so long: a receiver can ask for them again. */
export const KEEP_MS = 30 * 24 * 3_600_000;
/** Rows of one statement: it must be over in far less than a second. */
const PER_STATEMENT = 500;
const STATEMENTS_MAX = 40;
/** Deliveries that may wait for one endpoint; then it is disabled, and its owner is told. */
export const QUEUE_MAX = 100_000;

/** Keeps the tables bounded: once a minute in each process; two at once do no harm. */
@Injectable()
export class WebhookHousekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Webhooks');
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: WebhookMetrics,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Deletes what is too old and disables endpoints whose queue is full. */
  async tidy(): Promise<void> {
    await this.disableFull();
    for (let turn = 0; turn < STATEMENTS_MAX; turn++) if ((await this.deleteOld()) < PER_STATEMENT) return;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.clock.sleep(EVERY_MS, this.stopping.signal);
      if (this.stopping.signal.aborted) return;
      await this.tidy().catch((error: unknown) => {
        this.metrics.failed('housekeeping');
        this.log.warn(`Could not tidy up, trying again in a minute: ${String(error)}`);
      });
    }
  }

  /** What still waits is younger than the longest schedule, which is two days. */
  private async deleteOld(): Promise<number> {
    const before = new Date(this.clock.now() - KEEP_MS);
    const { rows } = await sql<{ position: number }>`
      delete from webhook_event where position in (
        select position from webhook_event where recorded_at < ${before}::timestamptz
          and not exists (select 1 from webhook_delivery delivery
            where delivery.event = webhook_event.position and delivery.state = 'pending')
        order by recorded_at limit ${PER_STATEMENT})
      returning position`.execute(this.records.db);
    return rows.length;
  }

  private async disableFull(): Promise<void> {
    const { rows } = await sql<{ endpoint: string }>`
      select endpoint from webhook_delivery where state = 'pending'
      group by endpoint having count(*) > ${QUEUE_MAX} order by endpoint`.execute(this.records.db);
    for (const { endpoint } of rows) {
      await this.records.write(async (tx) => {
        await tx
          .selectFrom('webhook_endpoint')
          .select('id')
          .where('id', '=', endpoint)
          .forNoKeyUpdate()
          .execute();
        const events = await disableEndpoint(tx, endpoint, 'queue-full', new Date(this.clock.now()));
        return { result: null, events };
      });
      this.metrics.disabled('queue-full');
    }
  }
}
