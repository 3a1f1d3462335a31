import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AppendResult, RefusedPoint } from './series.store.js';

/** How a batch is cut. */
export interface Parts {
  readonly points: number;
  /** Parts under way at a time. */
  readonly atOnce: number;
}

/**
 * Writes a batch part by part, each begun in the order of the points. The first part is under way while the
 * next is made. When one is not written no further one is begun. Answers, or rejects, when nothing is under
 * way any more, so that a repetition of the batch overtakes nothing.
 */
export async function inParts<P>(
  points: readonly P[],
  parts: Parts,
  write: (part: readonly P[]) => Promise<AppendResult<P>>,
): Promise<AppendResult<P>> {
  const results: AppendResult<P>[] = [];
  const failures: AppendResult<P>[] = [];
  const errors: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  for (let part = 0; part * parts.points < points.length; part++) {
    const from = part * parts.points;
    const take = (result: AppendResult<P>): void => {
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
  return failures[0] ?? sumOf(results);
}

function sumOf<P>(results: readonly AppendResult<P>[]): AppendResult<P> {
  const refused: RefusedPoint<P>[] = [];
  let outsideRetention = 0;
  for (const result of results) {
    if (!result.ok) return result;
    refused.push(...result.refused);
    outsideRetention += result.outsideRetention;
  }
  return { ok: true, refused, outsideRetention };
}
