import type { Clock, Metrics } from '#runtime';

/** What a snapshot store shows of itself, labelled with its name. */
export class SnapshotMetrics {
  readonly seconds;
  readonly failures;
  readonly unreadable;
  private readonly size;
  private takenAt: number | null = null;

  constructor(
    metrics: Metrics,
    private readonly name: string,
    clock: Pick<Clock, 'now'>,
  ) {
    this.seconds = metrics.histogram(
      'liftwarden_snapshot_write_seconds',
      'Duration of writing a snapshot',
      [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      ['name'],
    );
    this.failures = metrics.counter('liftwarden_snapshot_failures_total', 'Snapshots that were not written', [
      'name',
    ]);
    this.unreadable = metrics.counter(
      'liftwarden_snapshot_unreadable_total',
      'Snapshot files that a start could not use',
      ['name'],
    );
    this.size = metrics.gauge('liftwarden_snapshot_bytes', 'Size of the newest snapshot', ['name']);
    metrics.measured(
      'liftwarden_snapshot_age_seconds',
      'Age of the newest snapshot: what a start steps over again',
      ['name'],
      (gauge) => {
        if (this.takenAt !== null) gauge.set({ name }, Math.max(0, clock.now() - this.takenAt) / 1000);
      },
    );
  }

  took(takenAt: number, bytes: number): void {
    this.takenAt = takenAt;
    this.size.set({ name: this.name }, bytes);
  }
}
