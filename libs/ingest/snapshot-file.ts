import type { Journal, Lsn, RestoredSnapshot, SnapshotBlock } from '#journal';
import type { LiftStates } from './lift-states.js';
import type { SeenIdentities } from './seen-identities.js';

/**
 * Changes when the shape of the states or of the blocks does; then convert the blocks of the version before,
 * or the faults that are open at the upgrade are forgotten with the segments that are gone (decision 0008).
 * 1 was one JSON text, `lift-states.json`; it was never released, and is not read.
 */
const CONTENT_VERSION = 2;
const LIFTS = 1;
const TERMINALS = 2;

/** A snapshot is not written before the journal has grown by as much, unless it is smaller than this. */
const SMALL_BYTES = 8 * 1024 * 1024;
/** However slowly the journal grows. */
const OVERDUE_MS = 300_000;

export interface LiftSnapshotsParts {
  readonly journal: Journal;
  readonly states: LiftStates;
  readonly seen: SeenIdentities;
  readonly monotonicMs: () => number;
  /** Holds the files. */
  readonly folder: string;
}

/**
 * The snapshots that shorten the step from the journal's beginning to its end: the lift states after one
 * entry, all of whose effects are committed, and the windows of seen identities.
 */
export class LiftSnapshots {
  private readonly store;
  private writtenAtMs: number;
  private journalBytes: number;

  constructor(private readonly parts: LiftSnapshotsParts) {
    const { journal, folder } = parts;
    this.store = journal.snapshots({ folder, name: 'lift-states', contentVersion: CONTENT_VERSION });
    this.writtenAtMs = parts.monotonicMs();
    this.journalBytes = 0;
  }

  /** Entries up to here may be released as far as the snapshots go: the newest two both have them. */
  get safeLsn(): Lsn {
    return this.store.safeLsn;
  }

  /** Position of the newest; null when there is none. */
  get newestLsn(): Lsn | null {
    return this.store.newestLsn;
  }

  /** Fills states and windows from the newest file that is whole; `lsn` 0 = there is none, both are empty. */
  restore(): Promise<RestoredSnapshot> {
    const { states, seen } = this.parts;
    return this.store.restore(
      ({ kind, bytes }) => {
        const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        if (kind === LIFTS) states.restore(block);
        else if (kind === TERMINALS) seen.restore(block);
        else throw new Error(`a block of kind ${kind}`);
      },
      () => {
        states.clear();
        seen.clear();
      },
    );
  }

  /**
   * Whether a snapshot after `lsn` is worth its writing. 50,000 busy terminals make 290 MB: every 15 seconds
   * that would be more than the journal itself, so it waits until the journal has grown by as much. Not so
   * when the journal is short of room: then two new ones let its segments go.
   */
  isDue(lsn: Lsn): boolean {
    if (lsn <= this.store.safeLsn) return false;
    const { journal, monotonicMs } = this.parts;
    const grown = journal.writtenBytes - this.journalBytes;
    const { bytes } = this.store;
    return (
      bytes < SMALL_BYTES ||
      grown >= bytes ||
      monotonicMs() - this.writtenAtMs >= OVERDUE_MS ||
      journal.pressure !== null
    );
  }

  /**
   * Writes the states as they are now, which must be after `lsn`, while messages go on being stepped: their
   * references are taken at once, and a state is replaced and never changed. The identities are written as
   * they are when their turn comes, and the file is used only when all of them are durable: one that is
   * remembered and not durable would make the terminal's second try look like a duplicate. Rejects when that
   * is so, or the disk fails; the files are then as before.
   */
  async write(lsn: Lsn, hurry: AbortSignal): Promise<void> {
    const { journal, states, seen, monotonicMs } = this.parts;
    const { writtenBytes } = journal;
    const confirm = journal.fence();
    await this.store.write({ lsn, blocks: blocksOf(states.blocks(), seen.blocks()), confirm, hurry });
    this.writtenAtMs = monotonicMs();
    this.journalBytes = writtenBytes;
  }
}

function* blocksOf(lifts: Iterable<Buffer>, terminals: Iterable<Buffer>): Generator<SnapshotBlock> {
  for (const bytes of lifts) yield { kind: LIFTS, bytes };
  for (const bytes of terminals) yield { kind: TERMINALS, bytes };
}
