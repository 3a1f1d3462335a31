import { type FaultKind, PROFILES } from '#protocol';
import type { ReplayLine } from './replay-lines.js';

/** What a message says, in the words by which its effect is looked for. */
export type Carried =
  | { readonly what: 'reports'; readonly reports: readonly Reported[] }
  | { readonly what: 'samples' | 'statistics' | 'time-request' | 'notice' | 'status' }
  | { readonly what: 'nothing-readable'; readonly reason: string };

/** A fault that the message says began or ended. */
export interface Reported {
  readonly profile: string;
  readonly code: string;
  readonly kind: FaultKind;
  readonly state: 'raised' | 'cleared';
}

const bytes = new TextEncoder();

/**
 * Read with the profile the terminal is registered with. It only says what to look for: what the platform
 * made of the message is read from its API. `profile` must be one of `PROFILES`.
 */
export function carriedBy({ topic, payload }: ReplayLine, profile: string): Carried {
  const decoded = PROFILES.get(profile)?.decode(topic, bytes.encode(payload));
  if (decoded === undefined) return { what: 'nothing-readable', reason: 'unknown-profile' };
  if (!decoded.ok) return { what: 'nothing-readable', reason: decoded.reason };
  const reports = decoded.items.flatMap((item): Reported[] => {
    if (item.type === 'fault-report') return [item.report];
    if (item.type !== 'snapshot') return [];
    const { profile: of, active } = item.snapshot;
    return active.map(({ code, kind }) => ({ profile: of, code, kind, state: 'raised' }));
  });
  if (reports.length > 0) return { what: 'reports', reports };
  const types = new Set(decoded.items.map(({ type }) => type));
  if (types.has('sample')) return { what: 'samples' };
  if (types.has('statistics')) return { what: 'statistics' };
  if (types.has('time-request')) return { what: 'time-request' };
  return types.has('status') ? { what: 'status' } : { what: 'notice' };
}

/** Where the terminal waits for the answer to this message; null when its profile promises none. */
export function replyTopicOf({ topic, payload }: ReplayLine, profile: string): string | null {
  const moment = { receivedAt: 0, now: 0 };
  return PROFILES.get(profile)?.answer?.(topic, bytes.encode(payload), moment)?.topic ?? null;
}

/** `Code: 200`, or the head of an answer that has no code. */
export function answerText(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString();
  try {
    const { Code } = JSON.parse(text) as { Code?: unknown };
    if (Code !== undefined) return `Code: ${JSON.stringify(Code)}`;
  } catch {
    // Not JSON: shown as it is.
  }
  return text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 60);
}
