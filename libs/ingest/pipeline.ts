import { Logger } from '@nestjs/common';
import { type Journal, type JournalBatch, JournalFullError, type JournalReader, type Lsn } from '#journal';
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
import { readPosition } from './reader-position.js';
import type { SeenIdentities } from './seen-identities.js';
import { SeriesWriter } from './series-writer.js';
import { readSnapshot, snapshotText, writeSnapshot } from './snapshot-file.js';
import type { TerminalRegistry } from './terminal-registry.js';
import type { UnrecordedFaults } from './unrecorded-faults.js';

const BATCH_MAX = 1_000;
const SERIES_BATCH_MAX = 10_000;
const SERIES_LINGER_MS = 250;
const QUARANTINE_LINGER_MS = 100;
const SNAPSHOT_EVERY_MS = 15_000;
const TICK_EVERY_MS = 1_000;
const REPLAY_BYTES = 8 * 1024 * 1024;

export interface PipelineParts {
  readonly journal: Journal;
  readonly series: SeriesStore;
  readonly records: Records;
  readonly registry: TerminalRegistry;
  readonly seen: SeenIdentities;
  readonly states: LiftStates;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly readiness: Readiness;
  readonly unrecorded: UnrecordedFaults;
  /** Holds the snapshot of the lift states. */
  readonly folder: string;
}

/**
 * What runs behind the journal: the lift states with the fault writer, the series writer, the quarantine
 * writer, each at its own position (DESIGN "Journal"). `start` replays what a killed process had not
 * committed before the first message is taken.
 */
export class Pipeline {
  private readonly log = new Logger('Pipeline');
  private readonly faultWriter: FaultWriter;
  private readonly committer: FaultCommitter;
  private readonly followers: {
    detection: JournalFollower;
    series: JournalFollower;
    quarantine: JournalFollower;
  };
  private readonly stops: (() => void)[] = [];
  private snapshotting: Promise<void> = Promise.resolve();
  private snapshotDue = false;
  private snapshotLsn: Lsn = 0;
  private started = false;

  constructor(private readonly parts: PipelineParts) {
    const { records, registry, unrecorded, clock, metrics, series, journal } = parts;
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
    const samples = new SeriesWriter(series, journal, metrics);
    const common = { journal, clock, metrics };
    this.followers = {
      detection: new JournalFollower({
        ...common,
        reader: 'detection',
        batchMax: BATCH_MAX,
        lingerMs: 0,
        commit: (batch) => this.detect(batch),
      }),
      series: new JournalFollower({
        ...common,
        reader: 'series',
        batchMax: SERIES_BATCH_MAX,
        lingerMs: SERIES_LINGER_MS,
        commit: (batch) => samples.commit(batch),
      }),
      quarantine: new JournalFollower({
        ...common,
        reader: QUARANTINE_READER,
        batchMax: BATCH_MAX,
        lingerMs: QUARANTINE_LINGER_MS,
        commit: (batch) => quarantine.commit(batch),
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
    };
    const from = await this.restoreStates();
    const end = journal.durableLsn;
    // A journal that lost its newest entries must not give their numbers again.
    await journal.skipTo(Math.max(from, ...Object.values(positions)));
    if (from < end) await this.replay(from, end);
    this.committer.start(Math.max(from, end));
    this.followers.detection.start(Math.max(from, end));
    this.followers.series.start(positions.series);
    this.followers.quarantine.start(positions.quarantine);
    this.snapshotLsn = from;
    this.started = true;
    this.stops.push(
      clock.every(TICK_EVERY_MS, () => this.tick()),
      clock.every(SNAPSHOT_EVERY_MS, () => {
        this.snapshotDue = true;
      }),
    );
    readiness.register('journal', () => journal.failure?.message ?? null);
    for (const [name, follower] of Object.entries(this.followers)) {
      readiness.register(name, () => follower.trouble);
    }
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
    await Promise.all(Object.values(this.followers).map((follower) => follower.stop()));
    await this.committer.stop();
    // The last batch may have begun a snapshot: two at a time would write into one file.
    await this.snapshotting;
    if (this.committer.isIdle) await this.trySnapshot(this.followers.detection.committed);
    await this.parts.journal.close();
  }

  private async restoreStates(): Promise<Lsn> {
    const { folder, seen, states } = this.parts;
    try {
      const snapshot = await readSnapshot(folder);
      if (snapshot === null) return 0;
      states.restore(snapshot.lifts);
      seen.restore(snapshot.terminals);
      return snapshot.lsn;
    } catch (error) {
      this.log.error(`The lift states cannot be read, so the whole journal is stepped over: ${error}`);
      return 0;
    }
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
  private async detect(batch: JournalBatch): Promise<void> {
    await this.committer.take(this.parts.states.advance(batch), batch.last);
    if (!this.snapshotDue) return;
    // The snapshot names an entry whose effects are all committed: while they cannot be, there is none.
    if (!(await this.committer.drained())) return;
    this.snapshotDue = false;
    await this.snapshotting;
    this.snapshotting = this.trySnapshot(batch.last);
  }

  private async trySnapshot(lsn: Lsn): Promise<void> {
    try {
      await this.snapshot(lsn);
    } catch (error) {
      this.log.error(`The snapshot of the lift states failed, the last one stays: ${error}`);
    }
  }

  /**
   * Writes the states as they are after `lsn`. The text is made at once, before anything else steps; the
   * identities in it may be ahead of `lsn`, so the file is written only when all of them are durable: one
   * that is remembered and not durable would make the terminal's second try look like a duplicate.
   */
  private async snapshot(lsn: Lsn): Promise<void> {
    const { states, seen, journal, folder } = this.parts;
    const text = snapshotText({ lsn, lifts: states.snapshot(), terminals: seen.snapshot() });
    await journal.sync();
    await writeSnapshot(folder, text);
    this.snapshotLsn = lsn;
    const passed = Math.min(
      this.snapshotLsn,
      this.followers.series.committed,
      this.followers.quarantine.committed,
    );
    await journal.release(passed + 1);
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

/** Reads without waiting for more to come: when the newest entries are damaged, none would. */
function readNow(reader: JournalReader): Promise<JournalBatch | null> {
  const asked = new AbortController();
  const batch = reader.next(BATCH_MAX, REPLAY_BYTES, asked.signal);
  asked.abort();
  return batch;
}
