import { Injectable } from '@nestjs/common';
import { Metrics } from '#runtime';

/** The counters of the ingest path, made once. */
@Injectable()
export class IngestMetrics {
  readonly messages;
  readonly items;
  readonly quarantined;
  readonly quarantineNotKept;
  readonly clockSuspect;
  readonly unknownCodes;
  readonly seriesRefused;
  readonly seriesWaiting;
  /** Lag of each reader, in entries: read at every scrape, for new entries raise it while a reader rests. */
  readonly readerLags = new Map<string, () => number>();
  readonly readerRetries;
  readonly pressureWaits;
  readonly shed;
  readonly effects;
  readonly effectsWaiting;
  readonly effectSeconds;

  constructor(metrics: Metrics) {
    this.messages = metrics.counter('liftwarden_ingest_messages_total', 'Messages taken into the journal', [
      'outcome',
    ]);
    this.items = metrics.counter('liftwarden_ingest_items_total', 'Decoded items by verdict', ['verdict']);
    this.quarantined = metrics.counter(
      'liftwarden_quarantined_total',
      'Messages that could not be used, by reason',
      ['reason'],
    );
    this.quarantineNotKept = metrics.counter(
      'liftwarden_quarantine_not_kept_total',
      'Quarantined messages counted but not kept, beyond the hourly limits',
      ['reason'],
    );
    this.clockSuspect = metrics.counter(
      'liftwarden_clock_suspect_messages_total',
      'Messages of terminals whose clock is more than a day off',
    );
    this.unknownCodes = metrics.counter('liftwarden_unknown_codes_total', 'Codes no profile lists', [
      'profile',
    ]);
    this.seriesRefused = metrics.counter(
      'liftwarden_series_points_refused_total',
      'Points that the series store will never take, left out',
    );
    this.seriesWaiting = metrics.gauge(
      'liftwarden_series_points_waiting',
      'Samples made ready for the series store, waiting for the batch before them; at most 50,000',
    );
    metrics.measured(
      'liftwarden_journal_reader_lag_entries',
      'Journal entries a reader has yet to commit',
      ['reader'],
      (gauge) => {
        for (const [reader, lag] of this.readerLags) gauge.set({ reader }, lag());
      },
    );
    this.readerRetries = metrics.counter(
      'liftwarden_journal_reader_retries_total',
      'Commits a journal reader had to try again',
      ['reader'],
    );
    this.pressureWaits = metrics.counter(
      'liftwarden_intake_pressure_waits_total',
      'Batches that waited because a reader of the journal was too far behind',
    );
    this.shed = metrics.counter(
      'liftwarden_intake_shed_total',
      'Telemetry with QoS 0 left out because the journal or its disk is nearly full, by reason',
      ['reason'],
    );
    this.effects = metrics.counter('liftwarden_fault_effects_total', 'Fault transitions by type', ['type']);
    this.effectsWaiting = metrics.gauge(
      'liftwarden_fault_effects_waiting',
      'Fault transitions found and not yet committed',
    );
    this.effectSeconds = metrics.histogram(
      'liftwarden_fault_commit_seconds',
      'Message received to its fault transition committed',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    );
  }
}
