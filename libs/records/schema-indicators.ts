import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** Read as Date, written as Date. */
type Timestamp = ColumnType<Date, Date, Date>;
/** Written as `YYYY-MM-DD`; read it as `column::text`. */
type Day = ColumnType<Date, string, string>;
type Json = JSONColumnType<Record<string, unknown>>;

/** 救援/热线工单: one call to the hotline, from call to close. */
export interface RescueOrderTable {
  number: string;
  lift: string;
  /** 困人, 故障, 投诉, 咨询, 自行脱困, 误报. */
  kind: string;
  channel: string;
  called_at: Timestamp;
  dispatched_at: Timestamp | null;
  answered_at: Timestamp | null;
  arrived_at: Timestamp | null;
  freed_at: Timestamp | null;
  called_back_at: Timestamp | null;
  /** Official rates count closed orders only. */
  closed_at: Timestamp | null;
  tier: number | null;
  cause: string | null;
  method: string | null;
  people: number | null;
  version: Generated<number>;
  recorded_at: Timestamp;
}

export interface InspectionTable {
  /** Number of the report. */
  number: string;
  lift: string;
  inspected_on: Day;
  passed: boolean;
  version: Generated<number>;
  recorded_at: Timestamp;
}

export interface MaintenanceRecordTable {
  number: string;
  lift: string;
  kind: string;
  due_on: Day;
  done_at: Timestamp | null;
  /** The firm that says it did the work; null = not said. */
  firm: string | null;
  /** By the user's safety officer. */
  signed: boolean;
  by_card: boolean;
  version: Generated<number>;
  recorded_at: Timestamp;
}

/** 停用 as registered: not the terminal's mode, behind which a firm could hide (decision 0010). */
export interface LiftOutOfServiceTable {
  number: string;
  lift: string;
  from_at: Timestamp;
  to_at: Timestamp | null;
  reason: string;
  version: Generated<number>;
  recorded_at: Timestamp;
}

/** A policy profile in force in a district and all below it; half open. */
export interface DistrictPolicyTable {
  district: string;
  profile: string;
  from_on: Day;
  to_on: ColumnType<Date | null, string | null, string | null>;
  version: Generated<number>;
}

/** The last word of a person on a fault; the ones before are in the event log. */
export interface FaultJudgementTable {
  fault_id: string;
  verdict: 'false' | 'genuine';
  reason: string;
  judged_by: string;
  judged_at: Timestamp;
}

/** A time in which a lift counted under the same scopes; half open, may begin in the future (a birthday). */
export interface IndicatorSpanTable {
  lift: string;
  from_at: Timestamp;
  to_at: Timestamp | null;
  /** Not registered as out of service (停用). */
  in_service: boolean;
  /** A terminal is bound; together with `in_service` the lift is monitored. */
  bound: boolean;
  rescue_code: boolean;
  district: string;
  firm: string | null;
  lift_user: string | null;
  site: string | null;
  maker: string | null;
  use_kind: string | null;
  age_band: string | null;
}

/** One thing that counts, with the scopes it counts under. */
export interface IndicatorFactTable {
  source: string;
  id: string;
  metric: string;
  /** Of a fault, an order or a maintenance record; null of the rest. */
  kind: string | null;
  lift: string;
  at: Timestamp;
  /** Days since 1970-01-01 in China time. */
  day: number;
  /** 1, or the runs or seconds it stands for. */
  weight: number;
  provisional: boolean;
  official: boolean;
  /** When the fault was over, the order closed; null = not yet. */
  ended_at: Timestamp | null;
  /** By late evidence. */
  withdrawn: boolean;
  /** Of a person: `false` or `genuine`. */
  verdict: string | null;
  /** Further metrics that a maintenance record counts in: `maintenance.on-time` and such. */
  flags: string[];
  /**
   * Call to answer, call to arrival, arrival to release, ms; null = not written down. As recorded: dirty
   * values are judged where they are used.
   */
  answer_ms: number | null;
  arrival_ms: number | null;
  release_ms: number | null;
  district: string;
  firm: string | null;
  lift_user: string | null;
  site: string | null;
  maker: string | null;
  use_kind: string | null;
  age_band: string | null;
}

/** Sums of facts by scope and day. */
export interface IndicatorCountTable {
  scope: string;
  metric: string;
  day: number;
  provisional: number;
  official: number;
}

/** Lifts that came to a scope less those that left, on a day; moments as ms since that day began. */
export interface IndicatorExposureTable {
  scope: string;
  measure: 'registered' | 'in-service' | 'monitored' | 'bound' | 'rescue-code' | 'offline';
  day: number;
  lifts: number;
  offset_ms: number;
}

export interface RateRuleTable {
  id: string;
  version: number;
  enabled: boolean;
  /** The newest version. */
  current: boolean;
  scope_kind: string;
  /** The district its filter names; null for another filter or none. */
  within: string | null;
  body: Json;
  /** The last scope of its kind that a new version has been put to; null = all have. */
  seed_after: string | null;
  made_by: string;
  made_at: Timestamp;
}

/** Where a rule stands with one scope. */
export interface RateBreachTable {
  rule_id: string;
  scope: string;
  rule_version: number;
  state: string;
  /** The state machine's state, with the evidence of a breach. */
  body: Json;
  /** Why the figure was corrected since it was last looked at. */
  correction: string | null;
  /** When to look again; null = when something touches the scope. */
  due_at: Timestamp | null;
  changed_at: Timestamp;
}

/** How far a table without events has been read, in order of (at, key). */
export interface IndicatorProgressTable {
  name: string;
  at: Timestamp;
  key: string;
}

export interface IndicatorTables {
  indicator_progress: IndicatorProgressTable;
  rescue_order: RescueOrderTable;
  inspection: InspectionTable;
  maintenance_record: MaintenanceRecordTable;
  lift_out_of_service: LiftOutOfServiceTable;
  district_policy: DistrictPolicyTable;
  fault_judgement: FaultJudgementTable;
  indicator_span: IndicatorSpanTable;
  indicator_fact: IndicatorFactTable;
  indicator_count: IndicatorCountTable;
  indicator_exposure: IndicatorExposureTable;
  rate_rule: RateRuleTable;
  rate_breach: RateBreachTable;
}
