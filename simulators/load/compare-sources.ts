import type { Ledger } from './ledger.js';
import { countOf, mergeRanges, type SeqRange, type SeqRanges, subtractRanges } from './seq-ranges.js';

/** What the store holds of one terminal and boot, as `GET /api/v1/lifts/{lift}/sources` says it. */
export interface StoredSource {
  readonly terminal: string;
  /** Null for messages of vendors' terminals, which have none. */
  readonly boot: string | null;
  /** Points, each duplicate counted. */
  readonly points: number;
  /** Distinct seqs. */
  readonly seqs: readonly SeqRange[];
}

/** A terminal's boot that is not as it should be. */
export interface Discrepancy {
  readonly terminal: string;
  readonly boot: string;
  readonly missing: number;
  /** The first ranges that are missing. */
  readonly missingSeqs: SeqRanges;
  readonly duplicated: number;
}

export interface Comparison {
  readonly acked: number;
  /** Acknowledged and not in the store: a broken promise. */
  readonly missing: number;
  /** Points beyond the first of a seq. */
  readonly duplicated: number;
  /** In the store and not acknowledged: what was in flight when a connection or a process ended. */
  readonly extra: number;
  readonly boots: number;
  /** The worst first, at most `DISCREPANCIES_MAX`. */
  readonly discrepancies: readonly Discrepancy[];
}

export const DISCREPANCIES_MAX = 10;
const RANGES_SHOWN = 5;

/**
 * Compares the ledger with the store, by terminal, boot and seq. Boots that the ledger does not name are
 * another run's.
 */
export function compareSources(ledger: Ledger, stored: Iterable<StoredSource>): Comparison {
  const found = new Map<string, { points: number; ranges: SeqRange[] }>();
  for (const { terminal, boot, points, seqs } of stored) {
    if (boot === null || !ledger.get(terminal)?.has(boot)) continue;
    const key = `${terminal} ${boot}`;
    // A terminal that was moved to another lift meanwhile has its boot on both.
    const before = found.get(key) ?? { points: 0, ranges: [] };
    found.set(key, { points: before.points + points, ranges: [...before.ranges, ...seqs] });
  }
  const total = { acked: 0, missing: 0, duplicated: 0, extra: 0, boots: 0 };
  const discrepancies: Discrepancy[] = [];
  for (const [terminal, boots] of ledger) {
    for (const [boot, acked] of boots) {
      const there = found.get(`${terminal} ${boot}`) ?? { points: 0, ranges: [] };
      const seqs = mergeRanges(there.ranges);
      const missingSeqs = subtractRanges(acked, seqs);
      const [missing, duplicated] = [countOf(missingSeqs), there.points - countOf(seqs)];
      total.boots += 1;
      total.acked += countOf(acked);
      total.missing += missing;
      total.duplicated += duplicated;
      total.extra += countOf(subtractRanges(seqs, acked));
      if (missing + duplicated === 0) continue;
      discrepancies.push({
        ...{ terminal, boot, missing, duplicated },
        missingSeqs: missingSeqs.slice(0, RANGES_SHOWN),
      });
    }
  }
  discrepancies.sort((a, b) => b.missing + b.duplicated - (a.missing + a.duplicated));
  return { ...total, discrepancies: discrepancies.slice(0, DISCREPANCIES_MAX) };
}
