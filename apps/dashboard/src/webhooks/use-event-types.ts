import { useEffect, useState } from 'react';
import { useWork } from '../work.js';
import type { EventType } from './webhook-view.js';

/** What can be sent, with an example each; empty until it has come. */
export function useEventTypes(): readonly EventType[] {
  const { webhooks } = useWork();
  const [types, setTypes] = useState<readonly EventType[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    void webhooks.eventTypes(leaving.signal).then((page) => {
      if (!leaving.signal.aborted && page.ok) setTypes(page.value.items);
    });
    return () => leaving.abort();
  }, [webhooks]);
  return types;
}
