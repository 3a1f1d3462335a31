import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Clock } from '#runtime';
import { settleRows } from './scroll-anchor.js';

/** A pointer or key used within this time means that a person is about to act on a row; milliseconds. */
const ACTIVE_MS = 3_000;

export interface SteadyScroll {
  /** Rows that came in above what is seen, since the top was last in view. */
  readonly newAbove: number;
  readonly toTop: () => void;
  /** For the element around the rows. */
  readonly watch: {
    readonly onPointerMove: (event: { readonly target: EventTarget | null }) => void;
    readonly onPointerLeave: () => void;
    readonly onKeyDown: (event: { readonly target: EventTarget | null }) => void;
  };
  readonly onScroll: (scrollTop: number) => void;
}

/**
 * Rows must not jump while a person reads or aims at one. Scrolled down, the first row in view keeps its
 * place; at the top, new rows push the others down, as they should, unless a row is being pointed at: then
 * that row stays under the pointer, and the list returns to the top once the person rests.
 *
 * @param keys the rows in order; a new array when they change
 * @param scrollTo scrolls the list, and answers where it came to, CSS pixels
 * @param scope changes when other rows are asked for: then the list starts at its top
 */
export function useSteadyScroll(
  keys: readonly string[],
  scope: unknown,
  scrollTo: (top: number) => number,
  clock: Pick<Clock, 'monotonicMs' | 'every'>,
  rowHeight: number,
): SteadyScroll {
  const [newAbove, setNewAbove] = useState(0);
  const top = useRef(0);
  const shown = useRef({ keys, scope });
  const { recent, aimAt, rest } = useAim(clock);
  /** The list left the top only to keep the aimed row in place. */
  const held = useRef(false);

  const move = useCallback(
    (to: number) => {
      top.current = scrollTo(to);
    },
    [scrollTo],
  );
  const toTop = useCallback(() => {
    held.current = false;
    setNewAbove(0);
    move(0);
  }, [move]);

  useLayoutEffect(() => {
    const before = shown.current;
    shown.current = { keys, scope };
    if (before.keys === keys) return;
    if (before.scope !== scope) {
      toTop();
      return;
    }
    const result = settleRows(before.keys, keys, recent(), top.current, rowHeight);
    if (result === null) return;
    if (result.scrollTop !== top.current) {
      if (top.current <= 0) held.current = true;
      move(result.scrollTop);
    }
    // Too few rows to scroll: the new ones are in view.
    if (top.current > 0) setNewAbove((count) => count + result.insertedAbove);
  }, [keys, scope, recent, move, toTop, rowHeight]);

  useEverySecond(clock, () => {
    if (held.current && recent() === null) toTop();
  });

  const onScroll = useCallback((scrollTop: number) => {
    // A scroll that we did not make is the person's own: they keep the place they chose.
    if (Math.abs(scrollTop - top.current) > 1) held.current = false;
    top.current = scrollTop;
    if (scrollTop <= 0) setNewAbove(0);
  }, []);

  const watch = { onPointerMove: aimAt, onPointerLeave: rest, onKeyDown: aimAt };
  return { newAbove, toTop, onScroll, watch };
}

function useEverySecond(clock: Pick<Clock, 'every'>, run: () => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => clock.every(1_000, () => latest.current()), [clock]);
}

type AimEvent = { readonly target: EventTarget | null };

/** The row that a person points at or works in by keyboard: `recent` is its key, null once they rest. */
function useAim(clock: Pick<Clock, 'monotonicMs'>) {
  const aimed = useRef<{ key: string; at: number } | null>(null);
  return useMemo(
    () => ({
      recent: () => {
        const aim = aimed.current;
        return aim !== null && clock.monotonicMs() - aim.at < ACTIVE_MS ? aim.key : null;
      },
      aimAt: (event: AimEvent) => {
        const row = event.target instanceof Element ? event.target.closest('[data-row-key]') : null;
        const key = row?.getAttribute('data-row-key');
        aimed.current = key ? { key, at: clock.monotonicMs() } : null;
      },
      rest: () => {
        aimed.current = null;
      },
    }),
    [clock],
  );
}
