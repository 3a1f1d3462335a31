import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Records } from '#records';
import { Metrics } from '#runtime';
import type { AttemptOutcome } from './delivery-lifecycle.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600];
/** Endpoints shown by a queue gauge of their own; the longest queues. */
const SHOWN_MAX = 200;

/** What an operator sees of the webhooks. Endpoints are bounded in number, so they may be labels. */
@Injectable()
export class WebhookMetrics {
  constructor(private readonly metrics: Metrics) {}

  /** Of one attempt: `seconds` it took, `latency` seconds from the record of the event to a first attempt. */
  attempted(endpoint: string, outcome: AttemptOutcome, seconds: number, latency: number | null): void {
    this.metrics
      .counter('liftwarden_webhook_attempts_total', 'Attempts to deliver, by what came of them.', [
        'endpoint',
        'outcome',
      ])
      .inc({ endpoint, outcome });
    this.metrics
      .histogram('liftwarden_webhook_attempt_seconds', 'Length of attempts.', SECONDS)
      .observe(seconds);
    if (latency === null) return;
    this.metrics
      .histogram(
        'liftwarden_webhook_latency_seconds',
        'From the record of an event to the beginning of its first attempt.',
        SECONDS,
      )
      .observe(latency);
  }

  /** Attempts under way in this process, and the most there may be. */
  inFlight(now: number, most: number): void {
    this.metrics.gauge('liftwarden_webhook_in_flight', 'Attempts under way in this process.').set(now);
    this.metrics
      .gauge('liftwarden_webhook_in_flight_max', 'Most attempts under way at once in this process.')
      .set(most);
  }

  disabled(reason: string): void {
    this.metrics
      .counter('liftwarden_webhook_disabled_total', 'Endpoints that were disabled by themselves.', ['reason'])
      .inc({ reason });
  }

  failed(what: 'claim' | 'record' | 'housekeeping'): void {
    this.metrics
      .counter('liftwarden_webhook_errors_total', 'Work of the notifier that failed and is tried again.', [
        'what',
      ])
      .inc({ what });
  }

  /** The queues, as the database says when it is asked. */
  watchQueues(records: Records): void {
    this.metrics.measured(
      'liftwarden_webhook_pending',
      'Deliveries that wait, of the endpoints with the longest queues.',
      ['endpoint'],
      async (gauge) => {
        const { rows } = await sql<{ endpoint: string; pending: number }>`
          select endpoint, count(*) as pending from webhook_delivery where state = 'pending'
          group by endpoint order by pending desc limit ${SHOWN_MAX}`.execute(records.db);
        gauge.reset();
        for (const { endpoint, pending } of rows) gauge.set({ endpoint }, pending);
      },
    );
  }
}
