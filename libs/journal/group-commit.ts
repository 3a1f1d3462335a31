import type { Clock } from '#runtime';
import { ByteWriter } from './byte-writer.js';
import type { JournalEntry, Lsn } from './entry.js';
import { Group } from './group.js';
import { JournalFailedError, JournalFullError, type JournalFullReason } from './journal-errors.js';
import type { JournalMetrics } from './journal-metrics.js';
import { HEADER_BYTES } from './segment-format.js';
import type { SegmentSet } from './segment-set.js';

/** A group that has grown to this takes no further append. */
const GROUP_BYTES = 4 * 1024 * 1024;
const WRITER_BYTES = 256 * 1024;
/** A buffer that one large append blew up is not kept. */
const WRITER_KEPT_BYTES = 2 * GROUP_BYTES;
const WRITERS_KEPT = 2;
/** This much does not wait for its turn: beyond it a longer wait saves nothing. */
const EAGER_BYTES = 256 * 1024;
/** Shorter waits than a timer keeps are not worth one. */
const WAIT_MIN_MS = 0.5;

export interface GroupCommitOptions {
  readonly maxBytes: number;
  readonly maxPendingBytes: number;
  readonly recordMaxBytes: number;
  /** A group begins this long after the one before, or with {@link EAGER_BYTES}; ms, 0 = at once. */
  readonly groupEveryMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Called when a group is durable, before its appends resolve. */
  readonly onDurable: (group: Group, first: Lsn) => void;
  /** Called when the disk was full; the group's appends are refused. */
  readonly onFullDisk: () => void;
}

/**
 * One write and fdatasync at a time; what is appended meanwhile forms the next group. A lone append waits for
 * nothing; under load groups begin `groupEveryMs` apart, because each costs some 0.1–0.3 ms of CPU however
 * little is in it.
 */
export class GroupCommit {
  failure: JournalFailedError | null = null;
  private readonly queue: Group[] = [];
  private readonly spareWriters: ByteWriter[] = [];
  private inFlight: Group | null = null;
  private running = false;
  private pending = 0;
  private refusedGroups = 0;
  private begunAtMs = Number.NEGATIVE_INFINITY;
  private hurry: () => void = () => {};

  constructor(
    private readonly segments: SegmentSet,
    private readonly metrics: JournalMetrics,
    private readonly options: GroupCommitOptions,
    public nextLsn: Lsn,
  ) {}

  get pendingBytes(): number {
    return this.pending;
  }

  /** Groups whose appends were taken, waited, and were then refused. */
  get refusals(): number {
    return this.refusedGroups;
  }

  get isIdle(): boolean {
    return this.queue.length === 0;
  }

  append(entries: readonly JournalEntry[]): Promise<Lsn> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const group = this.groupForNext();
    const { bytes } = group;
    const count = group.entries.length;
    try {
      group.add(entries, this.options.recordMaxBytes);
      const added = group.bytes - bytes;
      this.refuseIfFull(added);
      this.pending += added;
    } catch (error) {
      group.cut(bytes, count);
      if (count === 0) this.keepWriter(group.writer);
      return Promise.reject(error);
    }
    if (count === 0) this.queue.push(group);
    this.start();
    if (this.pending >= EAGER_BYTES) this.hurry();
    return group.whenDurable(count);
  }

  /** The first error among the groups that were waiting when it was called; null when all became durable. */
  async drain(): Promise<Error | null> {
    this.hurry();
    const outcomes = await Promise.all(this.queue.map((group) => group.settled));
    return outcomes.find((error) => error !== null) ?? null;
  }

  private groupForNext(): Group {
    const last = this.queue.at(-1);
    if (last !== undefined && last !== this.inFlight && last.bytes < GROUP_BYTES) return last;
    return new Group(this.spareWriters.pop() ?? new ByteWriter(WRITER_BYTES));
  }

  /** Each group that waits may begin a segment of its own, hence the headers. */
  private refuseIfFull(added: number): void {
    const { maxBytes, maxPendingBytes } = this.options;
    const waiting = this.pending + added;
    const needed = this.segments.totalBytes + waiting + HEADER_BYTES * (this.queue.length + 1);
    if (needed > maxBytes) throw this.full('bytes', `${needed} bytes exceed maxBytes (${maxBytes})`);
    if (waiting > maxPendingBytes) {
      throw this.full(
        'pending',
        `${waiting} bytes waiting for the disk exceed maxPendingBytes (${maxPendingBytes})`,
      );
    }
  }

  private full(reason: JournalFullReason, what: string): JournalFullError {
    this.metrics.refused(reason);
    return new JournalFullError(reason, `Journal is full: ${what}.`);
  }

  /** Behind what is being appended: batches that are handed over together are one group. */
  private start(): void {
    if (this.running) return;
    this.running = true;
    process.nextTick(() => void this.run());
  }

  private async run(): Promise<void> {
    for (let group = this.queue[0]; group !== undefined; group = this.queue[0]) {
      await this.untilDue();
      this.inFlight = group;
      await this.commit(group);
      this.queue.shift();
      this.inFlight = null;
      this.keepWriter(group.writer);
    }
    this.running = false;
  }

  private async untilDue(): Promise<void> {
    const { groupEveryMs, clock } = this.options;
    const waitMs = this.begunAtMs + groupEveryMs - clock.monotonicMs();
    if (waitMs < WAIT_MIN_MS || this.pending >= EAGER_BYTES) return;
    const early = new AbortController();
    this.hurry = () => early.abort();
    await clock.sleep(waitMs, early.signal);
    this.hurry = () => {};
  }

  private async commit(group: Group): Promise<void> {
    const first = this.nextLsn;
    const { clock } = this.options;
    this.begunAtMs = clock.monotonicMs();
    const { bytes } = group;
    this.metrics.pendingBytes.set(this.pending);
    try {
      await this.segments.write(group, first);
      this.metrics.fsyncSeconds.observe((clock.monotonicMs() - this.begunAtMs) / 1000);
      this.metrics.groupEntries.observe(group.entries.length);
      this.nextLsn = first + group.entries.length;
      this.settleBytes(bytes);
      this.options.onDurable(group, first);
      group.succeed(first);
    } catch (error) {
      this.settleBytes(bytes);
      this.refusedGroups++;
      const outcome = this.asOutcome(error);
      group.fail(outcome);
      this.failBehind(outcome);
    }
  }

  /**
   * What was appended behind a refused group is refused with it: it may repeat what is refused, and would
   * then pass for a duplicate of something that is nowhere; and it must not come before it.
   */
  private failBehind(outcome: Error): void {
    for (const group of this.queue.splice(1)) {
      this.settleBytes(group.bytes);
      this.refusedGroups++;
      group.fail(outcome);
      this.keepWriter(group.writer);
    }
  }

  private settleBytes(bytes: number): void {
    this.pending -= bytes;
    this.metrics.pendingBytes.set(this.pending);
    this.metrics.bytes.set(this.segments.totalBytes);
  }

  private asOutcome(error: unknown): Error {
    if (error instanceof JournalFullError) {
      this.metrics.refused(error.reason);
      this.options.onFullDisk();
      return error;
    }
    this.failure =
      error instanceof JournalFailedError
        ? error
        : new JournalFailedError(`Journal failed: ${String(error)}; restart.`, { cause: error });
    this.metrics.failed.set(1);
    return this.failure;
  }

  private keepWriter(writer: ByteWriter): void {
    if (this.spareWriters.length < WRITERS_KEPT && writer.capacity <= WRITER_KEPT_BYTES) {
      this.spareWriters.push(writer);
    }
  }
}
