import { Logger } from '@nestjs/common';
import type { Lsn } from '#journal';
import type { Clock } from '#runtime';
import { FAULTS_READER, type FaultWriter, TRANSITIONS_MAX } from './fault-writer.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { EntryEffects } from './lift-states.js';
import type { TerminalRegistry } from './terminal-registry.js';
import type { UnrecordedFaults } from './unrecorded-faults.js';

/** Transitions found ahead of the database; beyond it detection waits, and the journal keeps what comes. */
const WAITING_MAX = 20_000;
/** A commit that takes longer counts as a stopped database: people must hear of critical faults meanwhile. */
const SLOW_MS = 1_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

export interface FaultCommitterParts {
  readonly writer: FaultWriter;
  readonly registry: TerminalRegistry;
  readonly unrecorded: UnrecordedFaults;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  /** LSN of the newest durable entry, for the lag. */
  readonly durableLsn: () => Lsn;
}

interface Waiting {
  readonly found: readonly EntryEffects[];
  readonly last: Lsn;
  readonly transitions: number;
}

/**
 * Commits what detection finds, in order, and lets detection run ahead while the database is stopped: an
 * entrapment must not wait for it. Critical faults that wait are published unrecorded, each once.
 */
export class FaultCommitter {
  private readonly log = new Logger('Fault committer');
  private readonly stopping = new AbortController();
  private readonly queue: Waiting[] = [];
  private readonly told = new Set<string>();
  private waitingCount = 0;
  private committedLsn: Lsn = 0;
  /** LSN up to which `take` has heard of everything. */
  private takenLsn: Lsn = 0;
  private troubleText: string | null = null;
  private busy = false;
  private running: Promise<void> = Promise.resolve();
  private changed: () => void = () => undefined;

  constructor(private readonly parts: FaultCommitterParts) {}

  /** Why it does not get on; null while it does. */
  get trouble(): string | null {
    return this.troubleText;
  }

  /** Everything found so far is committed. */
  get isIdle(): boolean {
    return this.queue.length === 0;
  }

  start(position: Lsn): void {
    const { metrics, durableLsn } = this.parts;
    this.committedLsn = position;
    this.takenLsn = position;
    metrics.readerLags.set(FAULTS_READER, () => Math.max(0, durableLsn() - this.committedLsn));
  }

  /** Takes what was found up to `last`; resolves at once, or when there is room again. */
  async take(found: readonly EntryEffects[], last: Lsn): Promise<void> {
    this.takenLsn = last;
    if (found.length === 0) {
      if (this.isIdle) this.committedLsn = last;
      return;
    }
    const transitions = found.reduce((sum, { effects }) => sum + Math.max(1, effects.length), 0);
    this.queue.push({ found, last, transitions });
    this.count(transitions);
    if (this.troubleText !== null) this.tellUnrecorded();
    if (!this.busy) this.running = this.run();
    while (this.waitingCount > WAITING_MAX && !this.stopping.signal.aborted) await this.untilChanged();
  }

  /** Resolves true when all is committed, false as soon as the database is in trouble. */
  async drained(): Promise<boolean> {
    while (!this.isIdle && this.troubleText === null && !this.stopping.signal.aborted)
      await this.untilChanged();
    return this.isIdle;
  }

  /** Finishes the commit in hand, and what follows while the database takes it. */
  async stop(): Promise<void> {
    await this.drained();
    this.stopping.abort();
    this.changed();
    await this.running;
  }

  private async run(): Promise<void> {
    const { clock } = this.parts;
    const { signal } = this.stopping;
    let waitMs = RETRY_FIRST_MS;
    this.busy = true;
    while (this.queue.length > 0 && !signal.aborted) {
      try {
        await this.commit(this.nextOnes());
        waitMs = RETRY_FIRST_MS;
      } catch (error) {
        this.inTrouble(error instanceof Error ? error.message : String(error));
        this.parts.metrics.readerRetries.inc({ reader: FAULTS_READER });
        await clock.sleep(waitMs, signal);
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
    // Here and not when the promise settles: what is taken in between would wait for the next to be taken.
    this.busy = false;
  }

  /**
   * What came while the last commit ran goes into one, up to what one transaction takes: the more there is to
   * do, the less each costs.
   */
  private nextOnes(): readonly Waiting[] {
    let transitions = 0;
    const end = this.queue.findIndex((each, place) => {
      transitions += each.transitions;
      return place > 0 && transitions > TRANSITIONS_MAX;
    });
    return this.queue.slice(0, end < 0 ? this.queue.length : end);
  }

  private async commit(waiting: readonly Waiting[]): Promise<void> {
    const found = waiting.flatMap((each) => each.found);
    const last = waiting.at(-1)?.last ?? this.committedLsn;
    const done = new AbortController();
    const slow = this.parts.clock.sleep(SLOW_MS, done.signal).then(() => {
      if (!done.signal.aborted) this.inTrouble(`a commit takes longer than ${SLOW_MS} ms`);
    });
    try {
      await this.parts.writer.write(found, last);
    } finally {
      done.abort();
      await slow;
    }
    this.queue.splice(0, waiting.length);
    this.count(-waiting.reduce((sum, { transitions }) => sum + transitions, 0));
    if (this.troubleText !== null) this.log.log('The records database takes faults again.');
    this.troubleText = null;
    for (const { effects } of found) {
      for (const effect of effects) if ('fault' in effect) this.told.delete(effect.fault.id);
    }
    this.committedLsn = this.isIdle ? this.takenLsn : last;
    this.changed();
  }

  private inTrouble(why: string): void {
    if (this.troubleText === null) {
      this.log.error(`Faults cannot be recorded: ${why}. Critical ones are shown live meanwhile.`);
    }
    this.troubleText = why;
    this.tellUnrecorded();
    this.changed();
  }

  private tellUnrecorded(): void {
    for (const { found } of this.queue) {
      for (const { effects } of found) {
        for (const effect of effects) {
          if (effect.type !== 'fault.raised' || effect.fault.priority !== 'critical') continue;
          const { fault } = effect;
          if (this.told.has(fault.id)) continue;
          this.told.add(fault.id);
          const known = this.parts.registry.lookup(fault.terminal);
          this.parts.unrecorded.publish({ fault, known: known?.lift === fault.lift ? known : null });
        }
      }
    }
  }

  private count(change: number): void {
    this.waitingCount += change;
    this.parts.metrics.effectsWaiting.set(this.waitingCount);
  }

  private untilChanged(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.changed;
      this.changed = () => {
        this.changed = () => undefined;
        before();
        resolve();
      };
    });
  }
}
