import { useCallback, useEffect, useRef, useState } from 'react';
import type { ApiFailure, ApiResult } from '../http.js';
import { useWork } from '../work.js';

export interface Read<T> {
  /** What came last; it stays while something else is asked for. */
  readonly value: T | null;
  readonly loading: boolean;
  readonly failure: ApiFailure | null;
  /** When it came; ms since 1970 UTC. */
  readonly readAt: number | null;
  readonly reload: () => void;
}

interface Held<T> {
  readonly value: T | null;
  readonly readAt: number | null;
  /** What `value` answers. */
  readonly of: unknown;
}

/**
 * One answer of the API. A new `read` asks afresh, null asks nothing. The value of another question is never
 * shown as the answer to this one: a county's figures must not stand below a firm's name.
 */
export function useRead<T>(read: ((signal: AbortSignal) => Promise<ApiResult<T>>) | null): Read<T> {
  const { clock, leaveIfUnauthorized } = useWork();
  const [held, setHeld] = useState<Held<T>>({ value: null, readAt: null, of: null });
  const [loading, setLoading] = useState(read !== null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const asked = useRef(new AbortController());

  const ask = useCallback(() => {
    asked.current.abort();
    const now = new AbortController();
    asked.current = now;
    setFailure(null);
    setLoading(read !== null);
    if (read === null) return;
    void read(now.signal).then((answer) => {
      if (now.signal.aborted) return;
      setLoading(false);
      setFailure(answer.ok ? null : answer);
      if (answer.ok) setHeld({ value: answer.value, readAt: clock.now(), of: read });
      else leaveIfUnauthorized(answer);
    });
  }, [read, clock, leaveIfUnauthorized]);
  useEffect(() => {
    ask();
    return () => asked.current.abort();
  }, [ask]);

  const isOwn = held.of === read;
  return {
    value: isOwn ? held.value : null,
    readAt: isOwn ? held.readAt : null,
    loading: loading || (!isOwn && read !== null && failure === null),
    failure,
    reload: ask,
  };
}
