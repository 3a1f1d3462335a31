import { UsageError } from '../command-line.js';
import type { Rng } from '../random.js';

/** How a receiver misbehaves. */
export interface Manners {
  /** Answers this status to that share of messages. */
  readonly fail: { readonly status: number; readonly share: number } | null;
  /** Waits so long before each answer, ms. */
  readonly slowMs: number;
  /** Answers 410 from this message on (1 = the first). */
  readonly goneFrom: number | null;
}

/** What to answer to the message number `nth` (from 1), signature verified or not. */
export function statusFor(manners: Manners, verified: boolean, nth: number, rng: Rng): number {
  // Drawn for every message, so that a seed gives the same failures whatever else happens.
  const unlucky = rng.chance(manners.fail?.share ?? 0);
  if (manners.goneFrom !== null && nth >= manners.goneFrom) return 410;
  if (!verified) return 401;
  return unlucky && manners.fail !== null ? manners.fail.status : 204;
}

/** `500:0.2`: a status from 300 to 599 and a share from 0 to 1. Throws a `UsageError`. */
export function parseFail(text: string): NonNullable<Manners['fail']> {
  const [, status, share] = /^([3-5]\d\d):(\d(?:\.\d+)?)$/.exec(text) ?? [];
  if (status === undefined || Number(share) > 1)
    throw new UsageError(`--fail ${text}: must be a status and a share, such as 500:0.2`);
  return { status: Number(status), share: Number(share) };
}

/** `3s`, `250ms`, at most ten minutes. Throws a `UsageError`. */
export function parseSlow(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  const ms = Number(amount) * (unit === 's' ? 1_000 : 1);
  if (amount === undefined || ms > 600_000)
    throw new UsageError(`--slow ${text}: must be a time such as 3s or 250ms, at most 600s`);
  return ms;
}
