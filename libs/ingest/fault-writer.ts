import type { Lsn } from '#journal';
import type { Records } from '#records';
import type { Clock } from '#runtime';
import { applyEffects, type Place } from './fault-rows.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { EntryEffects } from './lift-states.js';
import { lockPosition, writePosition } from './reader-position.js';
import type { TerminalRegistry } from './terminal-registry.js';

/** Name of the reader whose position commits with the faults. */
export const FAULTS_READER = 'faults';

/**
 * Transitions in one transaction, so that none lasts over a second nor has more events than the log takes at
 * once: a day's backlog of a fleet with a loose contact holds far more than one batch of the journal has
 * entries.
 */
export const TRANSITIONS_MAX = 500;

/** Commits fault transitions with the position, in one transaction. */
export class FaultWriter {
  constructor(
    private readonly records: Records,
    private readonly registry: TerminalRegistry,
    private readonly clock: Clock,
    private readonly metrics: IngestMetrics,
  ) {}

  /**
   * Commits effects found up to `last`; those that were committed before are left out by the stored position.
   * Rejects when the records database does; the same call may then be made again.
   */
  async write(found: readonly EntryEffects[], last: Lsn): Promise<void> {
    if (found.length === 0) return;
    for (const part of transactionsOf(found, last)) await this.writePart(part.found, part.last);
  }

  private async writePart(found: readonly EntryEffects[], last: Lsn): Promise<void> {
    const fresh = await this.records.write(async (tx) => {
      const position = await lockPosition(tx, FAULTS_READER);
      const uncommitted = found.filter((each) => each.lsn > position);
      if (uncommitted.length === 0) return { result: uncommitted, events: [] };
      const events = await applyEffects(tx, uncommitted, (...of) => this.placeOf(...of));
      await writePosition(tx, FAULTS_READER, last);
      return { result: uncommitted, events };
    });
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

  /** The terminal may have been bound to another lift since, or revoked: then its place is not the lift's. */
  private placeOf(terminal: string, lift: string, district: string | null): Place {
    const known = this.registry.lookup(terminal);
    if (known?.lift !== lift) return { district: district ?? '', firm: null };
    return { district: known.district ?? district ?? '', firm: known.firm };
  }
}

/**
 * Parts of at most `TRANSITIONS_MAX`, or one entry. An entry is never split: the position would pass over the
 * rest.
 */
function transactionsOf(
  found: readonly EntryEffects[],
  last: Lsn,
): { readonly found: readonly EntryEffects[]; readonly last: Lsn }[] {
  const parts: { found: EntryEffects[]; last: Lsn }[] = [];
  let size = 0;
  for (const each of found) {
    const part = parts.at(-1);
    const more = each.effects.length + each.unknownCodes.length;
    if (part === undefined || (size + more > TRANSITIONS_MAX && part.last !== each.lsn)) {
      parts.push({ found: [each], last: each.lsn });
      size = more;
    } else {
      part.found.push(each);
      part.last = each.lsn;
      size += more;
    }
  }
  const final = parts.at(-1);
  if (final) final.last = last;
  return parts;
}
