import { createContext, useContext } from 'react';
import type { BrowserClock } from './browser-clock.js';
import type { Directory } from './directory.js';
import type { FleetApi } from './fleet-api.js';
import type { ApiFailure } from './http.js';
import type { IndicatorApi } from './indicators/indicator-api.js';
import type { Session } from './session.js';
import type { WebhookApi } from './webhooks/webhook-api.js';

/** What every page of a signed-in person works with; it stays the same while they are signed in. */
export interface Work {
  readonly session: Session;
  readonly fleet: FleetApi;
  readonly indicators: IndicatorApi;
  readonly webhooks: WebhookApi;
  readonly clock: BrowserClock;
  readonly directory: Directory;
  /** A failed request: says so when nobody is signed in any more, and leads back to sign-in. */
  readonly leaveIfUnauthorized: (failure: ApiFailure) => void;
}

export const WorkContext = createContext<Work | null>(null);

export function useWork(): Work {
  const work = useContext(WorkContext);
  if (work === null)
    throw new Error('useWork: nobody is signed in; render the component inside the workplace');
  return work;
}
