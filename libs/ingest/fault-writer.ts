import type { JournalBatch, Lsn } from '#journal';
import type { Records } from '#records';
import type { Clock } from '#runtime';
import { applyEffects, type Place } from './fault-rows.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { EntryEffects, LiftStates } from './lift-states.js';
import { lockPosition, writePosition } from './reader-position.js';
import type { TerminalRegistry } from './terminal-registry.js';

/** Name of the reader whose position commits with the faults. */
export const FAULTS_READER = 'faults';

/** Steps the lift states through the journal and commits what they find, with the position, in one transaction. */
export class FaultWriter {
  /** Found and not yet committed: a commit that is tried again must not step again. */
  private waiting: { readonly last: Lsn; readonly found: readonly EntryEffects[] } | null = null;

  constructor(
    private readonly states: LiftStates,
    private readonly records: Records,
    private readonly registry: TerminalRegistry,
    private readonly clock: Clock,
    private readonly metrics: IngestMetrics,
  ) {}

  /** Rejects when the records database does; the caller tries again with the same batch. */
  async commit(batch: JournalBatch): Promise<void> {
    if (this.waiting?.last !== batch.last) {
      this.waiting = { last: batch.last, found: this.states.advance(batch) };
    }
    await this.write(this.waiting.found, batch.last);
  }

  /** Commits effects found up to `last`; those that were committed before are left out by the stored position. */
  async write(found: readonly EntryEffects[], last: Lsn): Promise<void> {
    if (found.length === 0) return;
    this.metrics.effectsWaiting.set(found.length);
    const fresh = await this.records.write(async (tx) => {
      const position = await lockPosition(tx, FAULTS_READER);
      const uncommitted = found.filter((each) => each.lsn > position);
      if (uncommitted.length === 0) return { result: uncommitted, events: [] };
      const events = await applyEffects(tx, uncommitted, (terminal) => this.placeOf(terminal));
      await writePosition(tx, FAULTS_READER, last);
      return { result: uncommitted, events };
    });
    this.metrics.effectsWaiting.set(0);
    const now = this.clock.now();
    for (const { effects, receivedAt } of fresh) {
      for (const effect of effects) {
        this.metrics.effects.inc({ type: effect.type });
        this.metrics.effectSeconds.observe(Math.max(0, now - receivedAt) / 1_000);
      }
    }
    for (const { unknownCodes } of fresh) {
      for (const { profile } of unknownCodes) this.metrics.unknownCodes.inc({ profile });
    }
  }

  private placeOf(terminal: string): Place {
    const known = this.registry.lookup(terminal);
    return { district: known?.district ?? '', firm: known?.firm ?? null };
  }
}
