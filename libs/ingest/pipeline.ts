import { Logger } from '@nestjs/common';
import { type Journal, type JournalBatch, JournalFullError, type Lsn } from '#journal';
import type { Records } from '#records';
import { Clock, Readiness } from '#runtime';
import type { SeriesStore } from '#series';
import { FaultCommitter } from './fault-committer.js';
import { FAULTS_READER, FaultWriter } from './fault-writer.js';
import { IngestMetrics } from './ingest-metrics.js';
import { rememberEntry } from './item-identity.js';
import { JournalFollower } from './journal-follower.js';
import type { LiftStates } from './lift-states.js';
import { QUARANTINE_READER, QuarantineWriter } from './quarantine-writer.js';
import { readNow } from './read-now.js';
import { readPosition } from './reader-position.js';
import type { ReaderPressure } from './reader-pressure.js';
import type { SeenIdentities } from './seen-identities.js';
import { SERIES_READER, SeriesCommitter } from './series-committer.js';
import { LiftSnapshots } from './snapshot-file.js';
import { STATISTICS_READER, StatisticsWriter } from './statistics-writer.js';
import type { TerminalRegistry } from './terminal-registry.js';
import type { UnrecordedFaults } from './unrecorded-faults.js';

const BATCH_MAX = 1_000;
/** A decoded message that outlives two collections of garbage is copied twice; this long, few do. */
const REST_MS = 25;
const QUARANTINE_LINGER_MS = 100;
const STATISTICS_LINGER_MS = 250;
const SNAPSHOT_EVERY_MS = 15_000;
const TICK_EVERY_MS = 1_000;

export interface PipelineParts {
  readonly journal: Journal;
  readonly series: SeriesStore;
  readonly records: Records;
  readonly registry: TerminalRegistry;
  readonly seen: SeenIdentities;
  readonly states: LiftStates;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly pressure: ReaderPressure;
  readonly readiness: Readiness;
  readonly unrecorded: UnrecordedFaults;
  /** Holds the snapshot of the lift states. */
  readonly folder: string;
}

/**
 * What runs behind the journal: the lift states with the fault writer, the series writer, the quarantine
 * writer, the statistics writer, each at its own position (DESIGN "Journal"). `start` replays what a killed
 * process had not committed before the first message is taken.
 */
export class Pipeline {
  private readonly log = new Logger('Pipeline');
  private readonly faultWriter: FaultWriter;
  private readonly committer: FaultCommitter;
  private readonly samples: SeriesCommitter;
  private readonly followers: {
    detection: JournalFollower;
    series: JournalFollower;
    quarantine: JournalFollower;
    statistics: JournalFollower;
  };
  private readonly stops: (() => void)[] = [];
  private readonly snapshots: LiftSnapshots;
  /** A snapshot in hand makes haste. */
  private readonly stopping = new AbortController();
  private snapshotting: Promise<void> | null = null;
  private snapshotDue = false;
  /** The last entry in the lift states. */
  private steppedLsn: Lsn = 0;
  private started = false;

  constructor(private readonly parts: PipelineParts) {
    const { records, registry, unrecorded, clock, metrics, pressure, series, journal } = parts;
    const { seen, states, folder } = parts;
    const monotonicMs = () => clock.monotonicMs();
    this.snapshots = new LiftSnapshots({ journal, seen, states, folder, monotonicMs });
    this.faultWriter = new FaultWriter(records, registry, clock, metrics);
    this.committer = new FaultCommitter({
      writer: this.faultWriter,
      registry,
      unrecorded,
      clock,
      metrics,
      durableLsn: () => journal.durableLsn,
    });
    const quarantine = new QuarantineWriter(records, metrics);
    const statistics = new StatisticsWriter(records);
    const samples = new SeriesCommitter({
      ...{ series, journal, clock, metrics },
      changed: () => pressure.changed(SERIES_READER),
    });
    this.samples = samples;
    const common = { journal, clock, metrics, pressure, batchMax: BATCH_MAX, restMs: REST_MS };
    this.followers = {
      detection: new JournalFollower({
        ...common,
        reader: 'detection',
        restMs: 0,
        lingerMs: 0,
        commit: (batch) => this.detect(batch),
        // It waits for the database when that is down and enough was found.
        stalled: () => this.committer.trouble !== null,
      }),
      series: new JournalFollower({
        ...common,
        reader: SERIES_READER,
        lingerMs: REST_MS,
        commit: async (batch) => {
          await samples.take(batch);
          return true;
        },
        committed: () => samples.committed,
        stalled: () => samples.trouble !== null,
      }),
      quarantine: new JournalFollower({
        ...common,
        reader: QUARANTINE_READER,
        lingerMs: QUARANTINE_LINGER_MS,
        commit: (batch) => quarantine.commit(batch),
      }),
      statistics: new JournalFollower({
        ...common,
        reader: STATISTICS_READER,
        lingerMs: STATISTICS_LINGER_MS,
        commit: (batch) => statistics.commit(batch),
      }),
    };
  }

  /**
   * Restores the states, replays the journal to its end, and starts the readers. Rejects when a store is
   * down.
   */
  async start(): Promise<void> {
    const { journal, series, records, clock, readiness } = this.parts;
    const positions = {
      series: await series.position(),
      faults: await readPosition(records, FAULTS_READER),
      quarantine: await readPosition(records, QUARANTINE_READER),
      statistics: await readPosition(records, STATISTICS_READER),
    };
    const from = await this.restoreStates();
    const end = journal.durableLsn;
    // A journal that lost its newest entries must not give their numbers again.
    await journal.skipTo(Math.max(from, ...Object.values(positions)));
    if (from < end) await this.replay(from, end);
    this.committer.start(Math.max(from, end));
    this.followers.detection.start(Math.max(from, end));
    this.samples.start(positions.series);
    this.followers.series.start(positions.series);
    this.followers.quarantine.start(positions.quarantine);
    this.followers.statistics.start(positions.statistics);
    this.steppedLsn = Math.max(from, end);
    this.started = true;
    this.stops.push(
      clock.every(TICK_EVERY_MS, () => this.tick()),
      clock.every(SNAPSHOT_EVERY_MS, () => this.keepJournalShort()),
    );
    readiness.register('journal', () => journal.failure?.message ?? null);
    const { detection, quarantine, statistics } = this.followers;
    for (const [name, follower] of Object.entries({ detection, quarantine, statistics })) {
      readiness.register(name, () => follower.trouble);
    }
    readiness.register(SERIES_READER, () => this.followers.series.trouble ?? this.samples.trouble);
    readiness.register(FAULTS_READER, () => this.committer.trouble);
  }

  /**
   * Lets each reader finish its commit, writes a last snapshot, closes the journal. The broker has stopped
   * before.
   */
  async stop(): Promise<void> {
    if (!this.started) return;
    this.started = false;
    for (const stop of this.stops) stop();
    this.stopping.abort();
    // Together: the reader of the series may be waiting for its committer.
    await Promise.all([...Object.values(this.followers), this.samples].map((each) => each.stop()));
    await this.committer.stop();
    // The last batch may have begun a snapshot: two at a time would write into one file.
    await this.snapshotting;
    if (this.committer.isIdle && (this.snapshots.newestLsn ?? 0) !== this.steppedLsn) await this.snapshot();
    await this.parts.journal.close();
  }

  private async restoreStates(): Promise<Lsn> {
    const { lsn, rejected } = await this.snapshots.restore();
    for (const { path, reason, detail } of rejected) {
      this.log.error(`The snapshot ${path} cannot be used (${reason}): ${detail}`);
    }
    const { oldestLsn } = this.parts.journal;
    if (lsn + 1 < oldestLsn) {
      this.log.error(
        `Entries ${lsn + 1} to ${oldestLsn - 1} are neither in a snapshot nor in the journal: detection ` +
          'does not know the faults that began in them. Their alarms stay open until a person closes them.',
      );
    }
    return lsn;
  }

  /**
   * Steps from the snapshot to the journal's end, committing what a killed process had found and not
   * committed.
   */
  private async replay(from: Lsn, end: Lsn): Promise<void> {
    const { journal, states, seen } = this.parts;
    const reader = journal.reader(from);
    const began = this.parts.clock.monotonicMs();
    let count = 0;
    while (reader.position < end) {
      const batch = await readNow(reader);
      // Nothing that can be read was left in that segment: the position has moved past it.
      if (batch === null) continue;
      const found = states.advance(batch, (entry, decoded) => rememberEntry(seen, entry, decoded));
      await this.faultWriter.write(found, batch.last);
      count += batch.entries.length;
    }
    await reader.close();
    const tookMs = Math.round(this.parts.clock.monotonicMs() - began);
    if (count > 0) this.log.log(`Stepped through ${count} journal entries in ${tookMs} ms.`);
  }

  /**
   * Steps the lift states; what is found is committed behind, so that a stopped database does not stop
   * detection.
   */
  private async detect(batch: JournalBatch): Promise<boolean> {
    const found = this.parts.states.advance(batch);
    this.steppedLsn = batch.last;
    await this.committer.take(found, batch.last);
    // The snapshot names an entry whose effects are all committed: while they cannot be, there is none.
    if (this.snapshotDue && (await this.committer.drained())) this.beginSnapshot();
    return true;
  }

  /** A full journal takes no entry, so that `detect` is not called, until a snapshot lets segments go. */
  private keepJournalShort(): void {
    this.snapshotDue ||= this.snapshots.isDue(this.steppedLsn);
    if (this.snapshotDue && this.committer.isIdle) this.beginSnapshot();
    else void this.releasePassed();
  }

  /** Of the states as they are now, all of whose effects must be committed. One at a time. */
  private beginSnapshot(): void {
    if (this.snapshotting !== null) return;
    this.snapshotDue = false;
    this.snapshotting = this.snapshot().finally(() => {
      this.snapshotting = null;
    });
  }

  private async snapshot(): Promise<void> {
    try {
      await this.snapshots.write(this.steppedLsn, this.stopping.signal);
    } catch (error) {
      this.log.error(`The snapshot of the lift states failed, the last two stay: ${error}`);
    }
    await this.releasePassed();
  }

  /** Segments go when every reader and both snapshots have passed them. */
  private async releasePassed(): Promise<void> {
    const { series, quarantine, statistics } = this.followers;
    const committed = [series, quarantine, statistics].map((follower) => follower.committed);
    const passed = Math.min(this.snapshots.safeLsn, ...committed);
    try {
      await this.parts.journal.release(passed + 1);
    } catch (error) {
      this.log.error(`Passed journal segments cannot be deleted: ${error}`);
    }
  }

  /** Journals that time passed, while some lift waits for that. */
  private tick(): void {
    const { journal, states, clock } = this.parts;
    if (!states.needsTicks) return;
    journal.append([{ kind: 'tick', receivedAt: clock.now() }]).catch((error: unknown) => {
      if (error instanceof JournalFullError) return;
      this.log.error(`A tick could not be journalled: ${error}`);
    });
  }
}
