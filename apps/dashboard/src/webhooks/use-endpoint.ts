import { useCallback, useEffect, useState } from 'react';
import type { ApiFailure, Tagged } from '../http.js';
import { useWork } from '../work.js';
import type { Endpoint } from './webhook-view.js';

export interface EndpointHold {
  readonly held: Tagged<Endpoint> | null;
  readonly failure: ApiFailure | null;
  readonly reload: () => void;
  /** Shows what the server answered to a change. */
  readonly hold: (changed: Tagged<Endpoint>) => void;
  /** Grows with each reading or change: what hangs on it is read anew. */
  readonly turn: number;
}

/** One endpoint with its version. */
export function useEndpoint(id: string): EndpointHold {
  const { webhooks, leaveIfUnauthorized } = useWork();
  const [held, setHeld] = useState<Tagged<Endpoint> | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [turn, setTurn] = useState(0);
  const [asked, setAsked] = useState(0);
  const hold = useCallback((changed: Tagged<Endpoint>) => {
    setHeld(changed);
    setFailure(null);
    setTurn((before) => before + 1);
  }, []);
  useEffect(() => {
    const leaving = new AbortController();
    if (asked < 0) return undefined;
    void webhooks.read(id, leaving.signal).then((answer) => {
      if (leaving.signal.aborted) return;
      if (answer.ok) hold(answer.value);
      else {
        setFailure(answer);
        leaveIfUnauthorized(answer);
      }
    });
    return () => leaving.abort();
  }, [webhooks, id, asked, hold, leaveIfUnauthorized]);
  const reload = useCallback(() => setAsked((before) => before + 1), []);
  return { held, failure, reload, hold, turn };
}
