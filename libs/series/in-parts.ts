import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AppendResult, Refused } from './series.store.js';

/** How a batch is cut. */
export interface Parts {
  readonly points: number;
  /** Parts under way at a time. */
  readonly atOnce: number;
}

/**
 * Writes a batch part by part, each begun in the order given. The first part is under way while the next is
 * made. When one is not written no further one is begun. Answers, or rejects, when nothing is under way any
 * more, so that a repetition of the batch overtakes nothing.
 */
export async function inParts<P>(
  points: readonly P[],
  parts: Parts,
  write: (part: readonly P[]) => Promise<AppendResult>,
): Promise<AppendResult> {
  const results: AppendResult[] = [];
  const failures: AppendResult[] = [];
  const errors: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  for (let part = 0; part * parts.points < points.length; part++) {
    const from = part * parts.points;
    const take = (result: AppendResult): void => {
      results[part] = result;
      if (!result.ok) failures.push(result);
    };
    const writing = write(points.slice(from, from + parts.points))
      .then(take, (error: unknown) => void errors.push(error))
      .finally(() => underWay.delete(writing));
    underWay.add(writing);
    // The request gets its socket, and others their turn.
    await nextTurn();
    if (underWay.size >= parts.atOnce) await Promise.race(underWay);
    if (failures.length > 0 || errors.length > 0) break;
  }
  await Promise.all(underWay);
  if (errors.length > 0) throw errors[0];
  return failures[0] ?? sumOf(results, parts.points);
}

function sumOf(results: readonly AppendResult[], size: number): AppendResult {
  const refused: Refused[] = [];
  let outsideRetention = 0;
  for (const [part, result] of results.entries()) {
    if (!result.ok) return result;
    for (const { index, reason } of result.refused) refused.push({ index: part * size + index, reason });
    outsideRetention += result.outsideRetention;
  }
  return { ok: true, refused, outsideRetention };
}
