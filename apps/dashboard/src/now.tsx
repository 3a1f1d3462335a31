import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { Clock } from '#runtime';

const NowContext = createContext<number>(0);

/**
 * One tick a second for the whole page. Only components that call `useNow` render with it, so 5,000 rows do
 * not: the virtual table holds a screenful of them.
 */
export function NowProvider({ clock, children }: { readonly clock: Clock; readonly children: ReactNode }) {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => clock.every(1_000, () => setNow(clock.now())), [clock]);
  return <NowContext.Provider value={now}>{children}</NowContext.Provider>;
}

/** The time by the server's clock, ms since 1970 UTC, renewed each second. */
export function useNow(): number {
  return useContext(NowContext);
}
