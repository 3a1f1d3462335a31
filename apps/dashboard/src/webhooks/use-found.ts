import { useEffect, useState } from 'react';
import { useWork } from '../work.js';
import type { Watched } from './delivery-watch.js';
import type { Delivery } from './webhook-view.js';

/**
 * The delivery that is looked at. Its row is what the list shows; one that a filter hides, or that was just
 * made, is asked for, and again with each of its attempts.
 */
export function useFound(
  endpoint: string,
  { delivery }: Watched,
  found: Delivery | null,
  attempts: number,
): Delivery | null {
  const { webhooks } = useWork();
  const [last, setLast] = useState(found);
  useEffect(() => {
    if (found !== null) setLast(found);
  }, [found]);
  const fresh = found !== null || (last !== null && last.attempts >= attempts);
  useEffect(() => {
    const leaving = new AbortController();
    if (!fresh) {
      void webhooks.delivery(endpoint, delivery, leaving.signal).then((read) => {
        if (!leaving.signal.aborted && read.ok) setLast(read.value);
      });
    }
    return () => leaving.abort();
  }, [webhooks, endpoint, delivery, fresh]);
  return found ?? last;
}
