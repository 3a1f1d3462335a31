import { type Schedule, waitAfter } from './retry-schedule.js';

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What came of one attempt. Only `accepted` (2xx) is good. */
export const ATTEMPT_OUTCOMES = [
  'accepted',
  'refused-status',
  'redirect-refused',
  'gone',
  'timeout',
  'connection-failed',
  'bad-answer',
  'name-not-found',
  'address-refused',
  'secret-unreadable',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** Why a delivery was given up before it came. */
export const CANCEL_REASONS = [
  'lift-changed-firm',
  'lift-changed-district',
  'lift-removed',
  'endpoint-disabled',
  'endpoint-removed',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export type DeliveryReason =
  | 'queued'
  | 'redelivery'
  | 'answered-2xx'
  | 'attempts-exhausted'
  | Exclude<AttemptOutcome, 'accepted'>
  | CancelReason;

export type DeliveryInput = 'accepted' | 'will-retry' | 'exhausted' | 'cancel' | 'redeliver';

/** Every legal edge; what is not here is refused. */
export const DELIVERY_EDGES: Readonly<
  Record<DeliveryState, Readonly<Partial<Record<DeliveryInput, DeliveryState>>>>
> = {
  pending: { accepted: 'delivered', 'will-retry': 'pending', exhausted: 'failed', cancel: 'cancelled' },
  delivered: { redeliver: 'pending' },
  failed: { redeliver: 'pending' },
  cancelled: { redeliver: 'pending' },
};

/** The part of a delivery that a decision needs. */
export interface DeliveryProgress {
  readonly id: string;
  readonly state: DeliveryState;
  readonly schedule: Schedule;
  /** Attempts since it was queued, the one just made included. */
  readonly tries: number;
}

export interface DeliveryStep {
  readonly state: DeliveryState;
  readonly reason: DeliveryReason;
  /** When to try again, ms after the attempt's end; null = not. */
  readonly waitMs: number | null;
}

/** What becomes of a pending delivery after an attempt. Throws for one that is not pending. */
export function decideAttempt(
  delivery: DeliveryProgress,
  outcome: AttemptOutcome,
  retryAfter: number | null,
): DeliveryStep {
  if (outcome === 'accepted') return step(delivery.state, 'accepted', 'answered-2xx', null);
  if (outcome === 'gone') return step(delivery.state, 'cancel', 'endpoint-disabled', null);
  const waitMs = waitAfter(delivery.schedule, delivery.tries, delivery.id, retryAfter);
  if (waitMs === null) return step(delivery.state, 'exhausted', 'attempts-exhausted', null);
  return step(delivery.state, 'will-retry', outcome, waitMs);
}

function step(
  from: DeliveryState,
  input: DeliveryInput,
  reason: DeliveryReason,
  waitMs: number | null,
): DeliveryStep {
  const state = DELIVERY_EDGES[from][input];
  if (state === undefined) throw new Error(`A delivery that is ${from} takes no "${input}".`);
  return { state, reason, waitMs };
}

/** Days of failure after which an endpoint is disabled. */
const GIVE_UP_DAYS = 5;
export const GIVE_UP_MS = GIVE_UP_DAYS * 24 * 3_600_000;

export type DisableReason = 'gone' | 'failing-five-days' | 'queue-full';

/** An attempt's end, as an endpoint's health needs it; ms since 1970 UTC. */
export interface HealthInput {
  readonly outcome: AttemptOutcome;
  readonly at: number;
}

/**
 * The endpoint after these attempts, in the order of their ends: since when it fails, and whether it has
 * failed too long or has said that it is gone.
 */
export function decideHealth(
  failingSince: number | null,
  attempts: readonly HealthInput[],
): { readonly failingSince: number | null; readonly disable: DisableReason | null } {
  let since = failingSince;
  let disable: DisableReason | null = null;
  for (const { outcome, at } of attempts) {
    since = outcome === 'accepted' ? null : (since ?? at);
    if (outcome === 'gone') disable ??= 'gone';
    if (since !== null && at - since >= GIVE_UP_MS) disable ??= 'failing-five-days';
  }
  return { failingSince: since, disable };
}
