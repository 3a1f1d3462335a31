import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** Read as Date, written as Date. */
type Timestamp = ColumnType<Date, Date, Date>;

/** Whom a webhook goes to. */
export interface WebhookEndpointTable {
  id: string;
  scope_kind: 'all' | 'district' | 'firm';
  /** District prefix or firm id; null for `all`. */
  scope_value: string | null;
  label: string;
  url: string;
  /** Wanted values; empty = all. */
  types: string[];
  kinds: string[];
  priorities: string[];
  district: string | null;
  /** `v1`, `v1a`, `kone`. */
  signatures: string[];
  /** Attempts under way at once, over all processes. */
  concurrency: number;
  rate_per_second: number;
  /** The secrets, sealed with the key of the installation. */
  secrets: string;
  state: 'enabled' | 'disabled' | 'removed';
  state_reason: string;
  state_at: Timestamp;
  /** First failure since the last success. */
  failing_since: Timestamp | null;
  /** What the rate limit allows at once, as of `tokens_at`. */
  tokens: number;
  tokens_at: Timestamp;
  created_at: Timestamp;
  created_by: string;
  version: Generated<number>;
}

/** What is told to the outside. */
export interface WebhookEventTable {
  position: Generated<number>;
  id: string;
  type: string;
  /** When its event of the log was recorded. */
  recorded_at: Timestamp;
  lift: string | null;
  district: string | null;
  firm: string | null;
  kind: string | null;
  priority: string | null;
  evidence: string | null;
  /** Id of the fault or alarm it is about. */
  subject: string | null;
  /** JSON, the bytes that are signed and sent. */
  body: string;
}

export interface WebhookLiftTable {
  lift: string;
  /** Number of the lift's newest event. */
  sequence: number;
}

export interface WebhookOpenAlarmTable {
  alarm: string;
  lift: string;
  view: JSONColumnType<Record<string, unknown>>;
}

/** One event on its way to one endpoint. */
export interface WebhookDeliveryTable {
  /** The `webhook-id`. */
  id: string;
  endpoint: string;
  event: number;
  lift: string | null;
  state: 'pending' | 'delivered' | 'failed' | 'cancelled';
  reason: string;
  schedule: 'normal' | 'critical';
  /** Attempts since it was last (re)queued: the place in the schedule. */
  tries: number;
  /** Attempts in all. */
  attempts: number;
  due_at: Timestamp;
  /** A process has it until then; past = the process is gone. */
  claimed_until: Timestamp | null;
  created_at: Timestamp;
  first_attempt_at: Timestamp | null;
  finished_at: Timestamp | null;
  last_status: number | null;
}

export interface WebhookAttemptTable {
  delivery: string;
  number: number;
  began_at: Timestamp;
  duration_ms: number;
  outcome: string;
  status: number | null;
  /** Status line and headers of the answer, at most 4 KiB. */
  head: string | null;
  /** The beginning of its body, at most 4 KiB, as text. */
  body: string | null;
  error: string | null;
}

export interface WebhookTables {
  webhook_endpoint: WebhookEndpointTable;
  webhook_event: WebhookEventTable;
  webhook_lift: WebhookLiftTable;
  webhook_open_alarm: WebhookOpenAlarmTable;
  webhook_delivery: WebhookDeliveryTable;
  webhook_attempt: WebhookAttemptTable;
}
