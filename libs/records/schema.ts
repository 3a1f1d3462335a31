import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { AlarmKind, AlarmSource, AlarmState, Evidence, Priority } from '#domain';
import type { FaultKind } from '#protocol';
import type { IndicatorTables } from './schema-indicators.js';
import type { WebhookTables } from './schema-webhooks.js';

/** Read as Date, written as Date. */
type Timestamp = ColumnType<Date, Date, Date>;
type Json = JSONColumnType<Record<string, unknown>>;

export interface DistrictTable {
  /** Administrative division code: 6, 9 or 12 digits. */
  code: string;
  name: string;
  version: Generated<number>;
}

export interface FirmTable {
  id: string;
  name: string;
  version: Generated<number>;
}

/** 使用单位: who answers for the lift's use. */
export interface LiftUserTable {
  id: string;
  name: string;
  version: Generated<number>;
}

export interface LiftTable {
  /** 注册代码 (20 characters), 设备代码 (18) or 使用登记证编号. */
  registration_code: string;
  /** 救援码, 6 digits. */
  rescue_code: string | null;
  district: string;
  address: string;
  site: string | null;
  firm: string | null;
  created_at: Timestamp;
  /** One of a fixed list, see the migration. */
  use_kind: string | null;
  /** Written as `YYYY-MM-DD`; read it as `installed_on::text`. */
  installed_on: ColumnType<Date | null, string | null, string | null>;
  maker: string | null;
  model: string | null;
  /** Id of a `lift_user`. */
  lift_user: string | null;
  /** Degrees in `datum`; all three or none. */
  longitude: number | null;
  latitude: number | null;
  datum: string | null;
  version: Generated<number>;
}

/** A time in which a lift had the same district, firm and user; half open, the present one without an end. */
export interface LiftPeriodTable {
  lift: string;
  from_at: Timestamp;
  to_at: Timestamp | null;
  district: string;
  firm: string | null;
  lift_user: string | null;
}

export interface TerminalTable {
  id: string;
  /** Name of a terminal profile in `#protocol`. */
  profile: string;
  /** Mosquitto's `$7$101$salt$hash` (PBKDF2-SHA512). */
  secret_hash: string;
  registered_at: Timestamp;
  revoked_at: Timestamp | null;
  version: Generated<number>;
}

export interface TerminalBindingTable {
  terminal: string;
  lift: string;
  bound_at: Timestamp;
  unbound_at: Timestamp | null;
}

export interface ApiKeyTable {
  id: string;
  role: 'regulator' | 'firm' | 'dispatcher' | 'tester' | 'admin';
  scope_kind: 'all' | 'district' | 'firm';
  /** District prefix or firm id; null for `all`. */
  scope_value: string | null;
  /** SHA-256 of the secret, hex: the secret has 256 random bits, so a fast hash is right. */
  secret_hash: string;
  label: string;
  created_at: Timestamp;
  revoked_at: Timestamp | null;
  version: Generated<number>;
}

export interface SessionTable {
  /** SHA-256 of the cookie's token, hex: the token has 256 random bits, so a fast hash is right. */
  token_hash: string;
  key_id: string;
  created_at: Timestamp;
  /** Last use, at most a minute old. */
  seen_at: Timestamp;
  /** Ends then however much it is used. */
  expires_at: Timestamp;
}

export type FaultRowState = 'open' | 'cleared' | 'withdrawn' | 'recorded' | 'suppressed';

export interface FaultTable {
  id: string;
  lift: string;
  district: string;
  firm: string | null;
  terminal: string;
  kind: FaultKind;
  evidence: Evidence;
  priority: Priority;
  state: FaultRowState;
  reason: string;
  raised_at: Timestamp;
  received_at: Timestamp;
  cleared_at: Timestamp | null;
  /** Why it was cleared, withdrawn or suppressed. */
  clear_reason: string | null;
  profile: string | null;
  code: string | null;
  clock_suspect: boolean;
  /** Further messages that attached to it. */
  attachments: number;
  detail: Json | null;
}

export interface AlarmTable {
  id: string;
  source: AlarmSource;
  /** Of one source and key at most one alarm is open. */
  source_key: string;
  /** The source key when a fault is the source, else null. */
  fault_id: string | null;
  lift: string | null;
  district: string | null;
  firm: string | null;
  kind: AlarmKind;
  priority: Priority;
  evidence: Evidence | null;
  state: AlarmState;
  /** Why it is in this state. */
  reason: string;
  raised_at: Timestamp;
  recorded_at: Timestamp;
  acknowledged_at: Timestamp | null;
  acknowledged_by: string | null;
  cleared_at: Timestamp | null;
  closed_at: Timestamp | null;
  closed_by: string | null;
  note: string | null;
  /** What it is about when no fault is behind it. */
  subject: Json | null;
  attachments: number;
  clock_suspect: boolean;
  version: number;
}

export interface EventLogTable {
  id: Generated<number>;
  type: string;
  recorded_at: Timestamp;
  lift: string | null;
  district: string | null;
  firm: string | null;
  data: Json;
}

export interface ConsumerCursorTable {
  consumer: string;
  position: number;
}

export interface JournalPositionTable {
  reader: string;
  position: number;
}

export interface QuarantineTable {
  id: Generated<number>;
  /** LSN of the journal entry: a replay inserts nothing twice. */
  lsn: number;
  received_at: Timestamp;
  terminal: string | null;
  lift: string | null;
  district: string | null;
  topic: string;
  reason: string;
  detail: string;
  /** At most 64 KiB: the whole body, or its head. */
  body: Buffer;
  length: number;
  sha256: string;
}

export interface UnknownCodeTable {
  profile: string;
  code: string;
  count: number;
  first_seen: Timestamp;
  last_seen: Timestamp;
}

/** What a terminal counted over a period, as a rule a day; the last word on it. */
export interface LiftStatisticsTable {
  lift: string;
  terminal: string;
  profile: string;
  period_start: Timestamp;
  period_end: Timestamp | null;
  runs: number | null;
  run_minutes: number | null;
  run_metres: number | null;
  door_cycles: number | null;
  /** The maker's own fields, as sent. */
  raw: Json;
  received_at: Timestamp;
}

/** Every table of the records database. A feature lib touches its own only (DESIGN §3). */
export interface Schema extends IndicatorTables, WebhookTables {
  district: DistrictTable;
  firm: FirmTable;
  lift_user: LiftUserTable;
  lift: LiftTable;
  lift_period: LiftPeriodTable;
  terminal: TerminalTable;
  terminal_binding: TerminalBindingTable;
  api_key: ApiKeyTable;
  session: SessionTable;
  fault: FaultTable;
  alarm: AlarmTable;
  event_log: EventLogTable;
  consumer_cursor: ConsumerCursorTable;
  journal_position: JournalPositionTable;
  quarantine: QuarantineTable;
  unknown_code: UnknownCodeTable;
  lift_statistics: LiftStatisticsTable;
}
