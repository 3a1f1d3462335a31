/**
 * The first schema. Columns that hold a district code use collation "C", so that a prefix search can use the
 * plain index. Tables written by replaying the journal (fault, quarantine, event_log) have no foreign keys: a
 * lift deleted since must not stop the replay.
 */
export const INITIAL_SQL = `
create table district (
  code text collate "C" primary key check (code ~ '^[0-9]{6}([0-9]{3}){0,2}$'),
  name text not null
);
create table firm (
  id text collate "C" primary key,
  name text not null
);
create table lift (
  registration_code text collate "C" primary key,
  rescue_code text collate "C" check (rescue_code ~ '^[0-9]{6}$'),
  district text collate "C" not null references district (code),
  address text not null,
  site text,
  firm text collate "C" references firm (id),
  created_at timestamptz not null
);
create unique index lift_rescue_code on lift (rescue_code) where rescue_code is not null;
create index lift_district on lift (district);
create index lift_firm on lift (firm) where firm is not null;

create table terminal (
  id text collate "C" primary key,
  profile text not null,
  secret_hash text not null,
  registered_at timestamptz not null,
  revoked_at timestamptz
);
create table terminal_binding (
  terminal text collate "C" not null references terminal (id),
  lift text collate "C" not null references lift (registration_code),
  bound_at timestamptz not null,
  unbound_at timestamptz check (unbound_at >= bound_at)
);
create unique index terminal_binding_terminal on terminal_binding (terminal) where unbound_at is null;
create unique index terminal_binding_lift on terminal_binding (lift) where unbound_at is null;
create index terminal_binding_history on terminal_binding (lift, bound_at);

create table api_key (
  id text collate "C" primary key,
  role text not null check (role in ('regulator', 'firm', 'dispatcher', 'tester', 'admin')),
  scope_kind text not null check (scope_kind in ('all', 'district', 'firm')),
  scope_value text collate "C",
  secret_hash text not null,
  label text not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  check ((scope_kind = 'all') = (scope_value is null))
);

create table fault (
  id text collate "C" primary key,
  lift text collate "C" not null,
  district text collate "C" not null,
  firm text collate "C",
  terminal text collate "C" not null,
  kind text not null,
  evidence text not null,
  priority text not null,
  state text not null check (state in ('open', 'cleared', 'withdrawn', 'recorded', 'suppressed')),
  reason text not null,
  raised_at timestamptz not null,
  received_at timestamptz not null,
  cleared_at timestamptz,
  clear_reason text,
  profile text,
  code text,
  clock_suspect boolean not null,
  attachments integer not null default 0,
  detail jsonb
);
create index fault_raised on fault (raised_at desc, id desc);
create index fault_lift on fault (lift, raised_at desc, id desc);
create index fault_district on fault (district, raised_at desc);
create index fault_firm on fault (firm, raised_at desc) where firm is not null;
create index fault_open on fault (lift, kind) where state = 'open';

create table alarm (
  id text collate "C" primary key,
  fault_id text collate "C" not null,
  lift text collate "C" not null,
  district text collate "C" not null,
  firm text collate "C",
  kind text not null,
  priority text not null,
  evidence text not null,
  state text not null
    check (state in ('raised', 'acknowledged', 'cleared', 'cleared-unconfirmed', 'closed')),
  reason text not null,
  raised_at timestamptz not null,
  recorded_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  cleared_at timestamptz,
  closed_at timestamptz,
  closed_by text,
  note text,
  attachments integer not null default 0,
  clock_suspect boolean not null,
  version integer not null
);
create unique index alarm_fault on alarm (fault_id);
create index alarm_raised on alarm (raised_at desc, id desc);
create index alarm_lift on alarm (lift, raised_at desc, id desc);
create index alarm_district on alarm (district, raised_at desc);
create index alarm_firm on alarm (firm, raised_at desc) where firm is not null;
create index alarm_live on alarm (raised_at desc, id desc) where state <> 'closed';

create table event_log (
  id bigint generated always as identity primary key,
  type text not null,
  recorded_at timestamptz not null,
  lift text collate "C",
  district text collate "C",
  firm text collate "C",
  data jsonb not null
);
create table consumer_cursor (
  consumer text collate "C" primary key,
  position bigint not null check (position >= 0)
);
create table journal_position (
  reader text collate "C" primary key,
  position bigint not null check (position >= 0)
);

create table quarantine (
  id bigint generated always as identity primary key,
  lsn bigint not null unique,
  received_at timestamptz not null,
  terminal text collate "C",
  lift text collate "C",
  district text collate "C",
  topic text not null,
  reason text not null,
  detail text not null,
  body bytea not null check (octet_length(body) <= 65536),
  length integer not null,
  sha256 text not null
);
create index quarantine_received on quarantine (received_at desc, id desc);
create index quarantine_limit on quarantine (terminal, reason, received_at);

create table unknown_code (
  profile text not null,
  code text not null,
  count bigint not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  primary key (profile, code)
);
`;
