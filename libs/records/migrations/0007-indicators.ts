/**
 * Indicators: the books they count (orders, inspections, maintenance, registered stops), what they counted
 * and when (ledgers), and the sums that make a figure cheap (counts and exposure by scope and day). The
 * ledgers hold each fact with the scopes it counts under, so that taking it out again is exact whatever the
 * books say by then. A `day` is a number of days since 1970-01-01 in China time (+08:00, no summer time).
 * Tables the event log's consumer writes have no foreign keys: a lift deleted since must not stop a replay.
 */
export const INDICATORS_SQL = `
create table rescue_order (
  number text collate "C" primary key,
  lift text collate "C" not null references lift (registration_code),
  kind text not null check (kind in ('entrapment', 'fault', 'complaint', 'enquiry', 'self-freed', 'false')),
  channel text not null
    check (channel in ('phone', 'property-staff', 'maintenance-staff', 'terminal', 'mini-programme',
      'other')),
  called_at timestamptz not null,
  dispatched_at timestamptz,
  answered_at timestamptz,
  arrived_at timestamptz,
  freed_at timestamptz,
  called_back_at timestamptz,
  closed_at timestamptz,
  tier integer check (tier between 1 and 3),
  cause text,
  method text,
  people integer check (people between 0 and 1000),
  version integer not null default 1,
  recorded_at timestamptz not null
);
create index rescue_order_lift on rescue_order (lift, called_at desc);

create table inspection (
  number text collate "C" primary key,
  lift text collate "C" not null references lift (registration_code),
  inspected_on date not null,
  passed boolean not null,
  version integer not null default 1,
  recorded_at timestamptz not null
);
create index inspection_lift on inspection (lift, inspected_on desc);

create table maintenance_record (
  number text collate "C" primary key,
  lift text collate "C" not null references lift (registration_code),
  kind text not null check (kind in ('half-month', 'quarter', 'half-year', 'year', 'on-demand')),
  due_on date not null,
  done_at timestamptz,
  firm text collate "C",
  signed boolean not null,
  by_card boolean not null,
  version integer not null default 1,
  recorded_at timestamptz not null
);
create index maintenance_record_lift on maintenance_record (lift, due_on desc);
create index maintenance_record_done on maintenance_record (done_at desc, number desc) where done_at is not
  null;

create table lift_out_of_service (
  number text collate "C" primary key,
  lift text collate "C" not null references lift (registration_code),
  from_at timestamptz not null,
  to_at timestamptz check (to_at > from_at),
  reason text not null,
  version integer not null default 1,
  recorded_at timestamptz not null
);
create index lift_out_of_service_lift on lift_out_of_service (lift, from_at);

create table district_policy (
  district text collate "C" not null references district (code),
  profile text not null,
  from_on date not null,
  to_on date check (to_on > from_on),
  version integer not null default 1,
  primary key (district, profile)
);

create table fault_judgement (
  fault_id text collate "C" primary key,
  verdict text not null check (verdict in ('false', 'genuine')),
  reason text not null,
  judged_by text not null,
  judged_at timestamptz not null
);

create table indicator_span (
  lift text collate "C" not null,
  from_at timestamptz not null,
  to_at timestamptz check (to_at > from_at),
  in_service boolean not null,
  bound boolean not null,
  rescue_code boolean not null,
  district text collate "C" not null,
  firm text collate "C",
  lift_user text collate "C",
  site text collate "C",
  maker text collate "C",
  use_kind text,
  age_band text,
  primary key (lift, from_at)
);
create index indicator_span_district on indicator_span (district, lift, from_at);
create index indicator_span_firm on indicator_span (firm, lift, from_at) where firm is not null;

create table indicator_fact (
  source text collate "C" not null,
  id text collate "C" not null,
  metric text collate "C" not null,
  kind text,
  lift text collate "C" not null,
  at timestamptz not null,
  day integer not null,
  weight bigint not null,
  provisional boolean not null,
  official boolean not null,
  ended_at timestamptz,
  withdrawn boolean not null,
  verdict text,
  flags text[] not null,
  answer_ms bigint,
  arrival_ms bigint,
  release_ms bigint,
  district text collate "C" not null,
  firm text collate "C",
  lift_user text collate "C",
  site text collate "C",
  maker text collate "C",
  use_kind text,
  age_band text,
  primary key (source, id)
);
create index indicator_fact_lift on indicator_fact (lift, at);
create index indicator_fact_district on indicator_fact (metric, district, at);
create index indicator_fact_firm on indicator_fact (firm, metric, at) where firm is not null;
create index indicator_fact_order on indicator_fact (at, source, id);

create table indicator_count (
  scope text collate "C" not null,
  metric text collate "C" not null,
  day integer not null,
  provisional bigint not null,
  official bigint not null,
  primary key (scope, metric, day)
);

create table indicator_exposure (
  scope text collate "C" not null,
  measure text collate "C" not null
    check (measure in ('registered', 'in-service', 'monitored', 'bound', 'rescue-code', 'offline')),
  day integer not null,
  lifts bigint not null,
  offset_ms bigint not null,
  primary key (scope, measure, day)
);

create table rate_rule (
  id text collate "C" not null,
  version integer not null check (version > 0),
  enabled boolean not null,
  current boolean not null,
  scope_kind text not null,
  within text collate "C",
  body jsonb not null,
  seed_after text collate "C",
  made_by text not null,
  made_at timestamptz not null,
  primary key (id, version)
);

create unique index rate_rule_current on rate_rule (id) where current;
create index rate_rule_watching on rate_rule (scope_kind, within) where current and enabled;
create index rate_rule_seeding on rate_rule (id) where current and enabled and seed_after is not null;

create table rate_breach (
  rule_id text collate "C" not null,
  scope text collate "C" not null,
  rule_version integer not null,
  state text not null,
  body jsonb not null,
  correction text,
  due_at timestamptz,
  changed_at timestamptz not null,
  primary key (rule_id, scope)
);
create index rate_breach_due on rate_breach (due_at) where due_at is not null;
create index rate_breach_changed on rate_breach (changed_at desc, rule_id, scope) where state <> 'within';

create table indicator_progress (
  name text collate "C" primary key,
  at timestamptz not null,
  key text collate "C" not null
);
create index lift_statistics_received on lift_statistics (received_at, lift, terminal, period_start);
`;
