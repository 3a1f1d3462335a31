import type { Selectable } from 'kysely';
import type { Evidence, Priority } from '#domain';
import type { FaultKind } from '#protocol';
import type { FaultRowState, FaultTable } from '#records';

/** A fault as the API shows it. Times are ISO 8601 in UTC, or null. */
export interface FaultView {
  readonly id: string;
  readonly lift: string;
  readonly district: string;
  readonly firm: string | null;
  readonly terminal: string;
  readonly kind: FaultKind;
  readonly evidence: Evidence;
  readonly priority: Priority;
  readonly state: FaultRowState;
  /** Why it was raised. */
  readonly reason: string;
  readonly raisedAt: string;
  readonly receivedAt: string;
  readonly clearedAt: string | null;
  /** Why it was cleared, withdrawn or suppressed. */
  readonly clearReason: string | null;
  /** Profile and raw code of the report; null for what we inferred. */
  readonly profile: string | null;
  readonly code: string | null;
  readonly clockSuspect: boolean;
  readonly attachments: number;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

export function faultView(row: Selectable<FaultTable>): FaultView {
  return {
    id: row.id,
    lift: row.lift,
    district: row.district,
    firm: row.firm,
    terminal: row.terminal,
    kind: row.kind,
    evidence: row.evidence,
    priority: row.priority,
    state: row.state,
    reason: row.reason,
    raisedAt: row.raised_at.toISOString(),
    receivedAt: row.received_at.toISOString(),
    clearedAt: row.cleared_at?.toISOString() ?? null,
    clearReason: row.clear_reason,
    profile: row.profile,
    code: row.code,
    clockSuspect: row.clock_suspect,
    attachments: row.attachments,
    detail: row.detail,
  };
}
