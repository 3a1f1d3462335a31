import { useCallback, useEffect, useRef, useState } from 'react';
import type { ApiFailure, ApiResult } from '../http.js';
import type { ListPage } from '../read-json.js';
import { useWork } from '../work.js';

/** Rows kept in the page; who wants more is to search more narrowly. */
const ROWS_MAX = 2_000;

export type ReadPage<T> = (cursor: string | null, signal: AbortSignal) => Promise<ApiResult<ListPage<T>>>;

export interface Pages<T> {
  readonly items: readonly T[];
  readonly loading: boolean;
  /** The first page has come. */
  readonly loaded: boolean;
  readonly failure: ApiFailure | null;
  readonly unreadable: number;
  /** When the first page was read; ms since 1970 UTC. */
  readonly readAt: number | null;
  /** Null when there is no further page, or as many rows are shown as may be. */
  readonly more: (() => void) | null;
  readonly reload: () => void;
}

interface Held<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly unreadable: number;
  readonly readAt: number | null;
}

const NOTHING: Held<never> = { items: [], next: null, unreadable: 0, readAt: null };

/**
 * A list of the API, page by page. A new `read` starts it afresh; what is shown stays until its first page
 * has come. A page that comes after it was asked for anew is dropped.
 */
export function usePages<T>(read: ReadPage<T>): Pages<T> {
  const { clock, leaveIfUnauthorized } = useWork();
  const [held, setHeld] = useState<Held<T>>(NOTHING);
  const [loading, setLoading] = useState(true);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const asked = useRef(new AbortController());

  const ask = useCallback(
    (cursor: string | null) => {
      asked.current.abort();
      const now = new AbortController();
      asked.current = now;
      setLoading(true);
      void read(cursor, now.signal).then((page) => {
        if (now.signal.aborted) return;
        setLoading(false);
        setFailure(page.ok ? null : page);
        if (!page.ok) {
          leaveIfUnauthorized(page);
          return;
        }
        const { items, next, unreadable } = page.value;
        setHeld((before) =>
          cursor === null
            ? { items, next, unreadable, readAt: clock.now() }
            : {
                ...before,
                items: [...before.items, ...items],
                next,
                unreadable: before.unreadable + unreadable,
              },
        );
      });
    },
    [read, clock, leaveIfUnauthorized],
  );
  useEffect(() => {
    ask(null);
    return () => asked.current.abort();
  }, [ask]);

  const { next } = held;
  const more = next !== null && held.items.length < ROWS_MAX ? () => ask(next) : null;
  return {
    items: held.items,
    unreadable: held.unreadable,
    readAt: held.readAt,
    loaded: held.readAt !== null,
    loading,
    failure,
    more,
    reload: () => ask(null),
  };
}
