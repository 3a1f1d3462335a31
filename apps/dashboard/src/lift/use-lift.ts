import { useEffect, useRef, useState } from 'react';
import type { ApiFailure } from '../http.js';
import { useWork } from '../work.js';
import type { LiftNow } from './lift-view.js';

/** How often the newest reading is asked for while the page is looked at; milliseconds. */
const ASK_EVERY_MS = 2_000;

export interface LiftRead {
  /** What came last; it stays when a later request fails. */
  readonly now: LiftNow | null;
  readonly failure: ApiFailure | null;
  readonly retry: () => void;
}

/** A lift and its newest reading, kept fresh. One request at a time. */
export function useLift(code: string): LiftRead {
  const { fleet, clock, leaveIfUnauthorized } = useWork();
  const [now, setNow] = useState<LiftNow | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const askNow = useRef<() => void>(() => undefined);

  useEffect(() => {
    const leaving = new AbortController();
    let asking = false;
    const ask = async () => {
      if (asking || document.hidden) return;
      asking = true;
      const answer = await fleet.lift(code, leaving.signal);
      asking = false;
      if (leaving.signal.aborted) return;
      if (answer.ok) setNow(answer.value);
      else leaveIfUnauthorized(answer);
      setFailure(answer.ok ? null : answer);
    };
    askNow.current = () => void ask();
    askNow.current();
    const stop = clock.every(ASK_EVERY_MS, () => void ask());
    return () => {
      stop();
      leaving.abort();
    };
  }, [fleet, clock, code, leaveIfUnauthorized]);
  return { now, failure, retry: () => askNow.current() };
}
