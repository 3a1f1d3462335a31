import type { Priority } from '#domain';
import { PRIORITY_ORDER } from './alarm-view.js';
import { moment, number, oneOf, record, text } from './read-json.js';

export const FAULT_STATE_NAMES = ['open', 'cleared', 'withdrawn', 'recorded', 'suppressed'] as const;

/** A fault as `/api/v1/faults` sends it; times in ms since 1970 UTC. */
export interface FaultView {
  readonly id: string;
  readonly lift: string;
  readonly district: string;
  readonly firm: string | null;
  readonly terminal: string;
  readonly kind: string;
  readonly evidence: string;
  readonly priority: Priority;
  readonly state: (typeof FAULT_STATE_NAMES)[number];
  readonly reason: string;
  readonly raisedAtMs: number;
  readonly clearedAtMs: number | null;
  /** Why it was cleared, withdrawn or suppressed. */
  readonly clearReason: string | null;
  /** (profile, code) of the report; both null for what was inferred. */
  readonly profile: string | null;
  readonly code: string | null;
  readonly attachments: number;
}

export function readFault(value: unknown): FaultView | null {
  const raw = record(value);
  const [id, lift, kind] = [text(raw?.id), text(raw?.lift), text(raw?.kind)];
  const raisedAtMs = moment(raw?.raisedAt);
  const priority = oneOf(PRIORITY_ORDER, raw?.priority);
  const state = oneOf(FAULT_STATE_NAMES, raw?.state);
  if (raw === null || id === null || lift === null || kind === null) return null;
  if (raisedAtMs === null || priority === null || state === null) return null;
  return {
    id,
    lift,
    kind,
    priority,
    state,
    raisedAtMs,
    district: text(raw.district) ?? '',
    firm: text(raw.firm),
    terminal: text(raw.terminal) ?? '',
    evidence: text(raw.evidence) ?? 'reported',
    reason: text(raw.reason) ?? '',
    clearedAtMs: moment(raw.clearedAt),
    clearReason: text(raw.clearReason),
    profile: text(raw.profile),
    code: text(raw.code),
    attachments: number(raw.attachments) ?? 0,
  };
}
