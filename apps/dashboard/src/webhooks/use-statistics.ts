import { useEffect, useState } from 'react';
import { useWork } from '../work.js';
import type { EndpointStatistics } from './webhook-view.js';

/** Asked for at once: each counts a day of an endpoint's deliveries. */
const AT_ONCE = 4;

/** The last day of each endpoint, as it comes; null = could not be read, absent = not read yet. */
export type StatisticsById = ReadonlyMap<string, EndpointStatistics | null>;

/** `ids` must keep its identity while it means the same. `turn` grows when all are to be read anew. */
export function useStatistics(ids: readonly string[], turn: number): StatisticsById {
  const { webhooks } = useWork();
  const [held, setHeld] = useState<StatisticsById>(new Map());
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const waiting = turn < 0 ? [] : [...ids];
    const readNext = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
        const of = id;
        const answer = await webhooks.statistics(of, signal);
        if (!signal.aborted) setHeld((before) => new Map(before).set(of, answer.ok ? answer.value : null));
      }
    };
    for (let reader = 0; reader < AT_ONCE; reader += 1) void readNext();
    return () => leaving.abort();
  }, [webhooks, ids, turn]);
  return held;
}
