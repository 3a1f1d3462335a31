import type { FeedStatus } from './alarm-feed.js';

/**
 * Shown as lost after this long without a byte: with the one-second tick, and a second for a busy machine,
 * within the 10 s promised. At 9 s it was said 9.95 s after the server had stopped.
 */
const LOST_AFTER_MS = 8_000;
/** A stream that ended may be a server starting again: the first tries are made before anybody is alarmed. */
const RETRY_GRACE_MS = 3_000;

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** `since`: the last moment the page was known to be right; ms since 1970 UTC. */
  | { readonly state: 'lost'; readonly since: number };

/** What to tell the person of the connection, at `now` (ms since 1970 UTC). */
export function describeConnection(status: FeedStatus, now: number): Connection {
  const since = status.heardAt ?? status.startedAt;
  const silentMs = now - since;
  if (status.connected) return silentMs < LOST_AFTER_MS ? { state: 'live' } : { state: 'lost', since };
  if (status.failure !== null && status.failure.status !== null) return { state: 'lost', since };
  return silentMs < RETRY_GRACE_MS ? { state: 'connecting' } : { state: 'lost', since };
}
