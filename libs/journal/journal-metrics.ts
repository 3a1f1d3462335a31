import type { Metrics } from '#runtime';
import type { JournalFullReason } from './journal-errors.js';
import type { JournalPressure } from './room-watch.js';

const PRESSURES: readonly JournalPressure[] = ['nearly-full', 'disk-nearly-full', 'no-space'];

/** What the journal shows of itself (DESIGN: age and size are metrics, with an alarm before it fills). */
export class JournalMetrics {
  readonly bytes;
  readonly oldestAge;
  readonly groupEntries;
  readonly fsyncSeconds;
  readonly pendingBytes;
  readonly tailBytes;
  readonly corrupt;
  readonly failed;
  private readonly diskFree;
  private readonly pressure;
  private readonly refusals;

  constructor(metrics: Metrics, maxBytes: number, maxPendingBytes: number) {
    this.bytes = metrics.gauge('liftwarden_journal_bytes', 'Bytes of journal segments on disk');
    metrics.gauge('liftwarden_journal_max_bytes', 'Bound of liftwarden_journal_bytes').set(maxBytes);
    this.oldestAge = metrics.gauge(
      'liftwarden_journal_oldest_entry_age_seconds',
      'Age of the oldest entry that is still kept; 0 when there is none',
    );
    this.diskFree = metrics.gauge('liftwarden_journal_disk_free_bytes', "Free bytes of the journal's disk");
    this.pressure = metrics.gauge(
      'liftwarden_journal_pressure',
      '1 while telemetry is shed for want of room: nearly-full, disk-nearly-full or no-space',
      ['reason'],
    );
    this.groupEntries = metrics.histogram(
      'liftwarden_journal_group_entries',
      'Entries made durable by one write and fsync',
      [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    );
    this.fsyncSeconds = metrics.histogram(
      'liftwarden_journal_fsync_seconds',
      'Duration of a write and fdatasync of one group',
      [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    );
    this.pendingBytes = metrics.gauge('liftwarden_journal_pending_bytes', 'Bytes waiting for the disk');
    metrics
      .gauge('liftwarden_journal_pending_max_bytes', 'Bound of liftwarden_journal_pending_bytes')
      .set(maxPendingBytes);
    this.tailBytes = metrics.gauge('liftwarden_journal_tail_bytes', 'Memory of entries held for readers');
    this.corrupt = metrics.counter(
      'liftwarden_journal_corrupt_records_total',
      'Records lost to damage on disk, found at the start or while reading',
    );
    this.failed = metrics.gauge('liftwarden_journal_failed', '1 after a failed write or fsync; restart then');
    this.failed.set(0);
    this.refusals = metrics.counter(
      'liftwarden_journal_full_refusals_total',
      'Appends refused for want of room, by reason: bytes, pending or no-space',
      ['reason'],
    );
  }

  showSize(size: {
    readonly bytes: number;
    readonly diskFreeBytes: number | null;
    readonly ageMs: number;
    readonly pressure: JournalPressure | null;
  }): void {
    this.bytes.set(size.bytes);
    this.oldestAge.set(Math.max(0, size.ageMs) / 1000);
    if (size.diskFreeBytes !== null) this.diskFree.set(size.diskFreeBytes);
    for (const reason of PRESSURES) this.pressure.set({ reason }, size.pressure === reason ? 1 : 0);
  }

  refused(reason: JournalFullReason): void {
    this.refusals.inc({ reason });
  }
}
