/**
 * Webhooks. `webhook_event` holds what is told to the outside, as the bytes that are sent: its positions
 * become visible in order, because its writers hold one advisory lock (the feed's cursor is exact).
 * `webhook_delivery` is the queue, one row for each event and endpoint that wants it. `webhook_lift` counts
 * the events of a lift; `webhook_open_alarm` is what a lift's next firm must be told. No foreign key leads to
 * lifts: a lift deleted since must not stop the notifier.
 */
export const WEBHOOKS_SQL = `
create table webhook_endpoint (
  id text collate "C" primary key,
  scope_kind text not null check (scope_kind in ('all', 'district', 'firm')),
  scope_value text collate "C",
  label text not null,
  url text not null,
  types text[] not null,
  kinds text[] not null,
  priorities text[] not null,
  district text collate "C",
  signatures text[] not null,
  concurrency integer not null check (concurrency between 1 and 32),
  rate_per_second integer not null check (rate_per_second between 1 and 1000),
  secrets text not null,
  state text not null check (state in ('enabled', 'disabled', 'removed')),
  state_reason text not null,
  state_at timestamptz not null,
  failing_since timestamptz,
  tokens double precision not null,
  tokens_at timestamptz not null,
  created_at timestamptz not null,
  created_by text not null,
  version integer not null default 1,
  check ((scope_kind = 'all') = (scope_value is null))
);
create index webhook_endpoint_scope on webhook_endpoint (scope_kind, scope_value) where state = 'enabled';

create table webhook_event (
  position bigint generated always as identity primary key,
  id text collate "C" not null unique,
  type text not null,
  recorded_at timestamptz not null,
  lift text collate "C",
  district text collate "C",
  firm text collate "C",
  kind text,
  priority text,
  evidence text,
  subject text collate "C",
  body text not null check (octet_length(body) < 20000)
);
create index webhook_event_subject on webhook_event (subject, position) where subject is not null;
create index webhook_event_recorded on webhook_event (recorded_at);

create table webhook_lift (
  lift text collate "C" primary key,
  sequence bigint not null
);
create table webhook_open_alarm (
  alarm text collate "C" primary key,
  lift text collate "C" not null,
  view jsonb not null
);
create index webhook_open_alarm_lift on webhook_open_alarm (lift, alarm);

create table webhook_delivery (
  id text collate "C" primary key,
  endpoint text collate "C" not null references webhook_endpoint (id),
  event bigint not null references webhook_event (position) on delete cascade,
  lift text collate "C",
  state text not null check (state in ('pending', 'delivered', 'failed', 'cancelled')),
  reason text not null,
  schedule text not null check (schedule in ('normal', 'critical')),
  tries integer not null default 0,
  attempts integer not null default 0,
  due_at timestamptz not null,
  claimed_until timestamptz,
  created_at timestamptz not null,
  first_attempt_at timestamptz,
  finished_at timestamptz,
  last_status integer
);
create unique index webhook_delivery_once on webhook_delivery (endpoint, event);
create index webhook_delivery_event on webhook_delivery (event);
create index webhook_delivery_due on webhook_delivery (endpoint, due_at) where state = 'pending';
create index webhook_delivery_next on webhook_delivery (endpoint, (tries > 0), due_at, event)
  where state = 'pending';
create index webhook_delivery_claimed on webhook_delivery (endpoint)
  where state = 'pending' and claimed_until is not null;
create index webhook_delivery_lift on webhook_delivery (lift) where state = 'pending';
create index webhook_delivery_order on webhook_delivery (endpoint, created_at desc, id desc);

create table webhook_attempt (
  delivery text collate "C" not null references webhook_delivery (id) on delete cascade,
  number integer not null,
  began_at timestamptz not null,
  duration_ms integer not null,
  outcome text not null,
  status integer,
  head text,
  body text,
  error text,
  primary key (delivery, number)
);
`;
