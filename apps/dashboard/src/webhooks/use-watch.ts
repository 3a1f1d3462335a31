import { useEffect, useRef, useState } from 'react';
import type { ApiFailure } from '../http.js';
import { useWork } from '../work.js';
import { nextLookMs, type WatchOutcome, watchOutcome } from './delivery-watch.js';
import type { Attempt } from './webhook-view.js';

export interface WatchView {
  /** Null until they have been read. */
  readonly attempts: readonly Attempt[] | null;
  readonly outcome: WatchOutcome;
  readonly failure: ApiFailure | null;
}

interface WatchOptions {
  readonly endpoint: string;
  readonly delivery: string;
  /** Attempts that were there when the watch began. */
  readonly seen: number;
  /** Something is expected: look again until it has come. */
  readonly expects: boolean;
  readonly onMoved: () => void;
}

/** The attempts of a delivery; while one is expected, as they come. */
export function useWatch({ endpoint, delivery, seen, expects, onMoved }: WatchOptions): WatchView {
  const { webhooks, clock, leaveIfUnauthorized } = useWork();
  const [attempts, setAttempts] = useState<readonly Attempt[] | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const count = useRef(seen);
  useEffect(() => {
    const leaving = new AbortController();
    const began = clock.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const answer = await webhooks.attempts(endpoint, delivery, leaving.signal);
      if (leaving.signal.aborted) return;
      setFailure(answer.ok ? null : answer);
      if (!answer.ok) {
        leaveIfUnauthorized(answer);
        return;
      }
      const { items } = answer.value;
      setAttempts(items);
      if (items.length > count.current) onMoved();
      count.current = Math.max(count.current, items.length);
      const wait = expects ? nextLookMs(watchOutcome(seen, items), clock.now() - began) : null;
      if (wait !== null) timer = setTimeout(() => void look(), wait);
    };
    void look();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [webhooks, clock, leaveIfUnauthorized, endpoint, delivery, seen, expects, onMoved]);
  return { attempts, failure, outcome: watchOutcome(seen, attempts ?? []) };
}
