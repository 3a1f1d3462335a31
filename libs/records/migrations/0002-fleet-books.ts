/**
 * The fleet's books: users (使用单位), what else is known of a lift, versions for conditional changes, and who
 * served which lift when. `lift_period` is what a rate joins: one row for each time a lift had the same
 * district, firm and user, half open, without gaps or overlaps; `to_at is null` is the present one. The
 * terminal's periods are `terminal_binding`.
 */
export const FLEET_BOOKS_SQL = `
alter table district add column version integer not null default 1;
alter table firm add column version integer not null default 1;
alter table terminal add column version integer not null default 1;

create table lift_user (
  id text collate "C" primary key,
  name text not null,
  version integer not null default 1
);

alter table lift
  add column use_kind text check (use_kind in ('residential', 'resettlement', 'affordable-housing', 'mall',
    'hospital', 'school', 'office', 'hotel', 'transport', 'industrial', 'other')),
  add column installed_on date,
  add column maker text,
  add column model text,
  add column lift_user text collate "C" references lift_user (id),
  add column longitude double precision check (longitude between -180 and 180),
  add column latitude double precision check (latitude between -90 and 90),
  add column datum text check (datum in ('WGS84', 'GCJ-02', 'BD-09')),
  add column version integer not null default 1,
  add constraint lift_position
    check ((longitude is null) = (latitude is null) and (longitude is null) = (datum is null));
create index lift_lift_user on lift (lift_user) where lift_user is not null;

create table lift_period (
  lift text collate "C" not null references lift (registration_code),
  from_at timestamptz not null,
  to_at timestamptz check (to_at > from_at),
  district text collate "C" not null,
  firm text collate "C",
  lift_user text collate "C",
  primary key (lift, from_at)
);
create unique index lift_period_present on lift_period (lift) where to_at is null;
create index lift_period_firm on lift_period (firm, from_at) where firm is not null;
insert into lift_period (lift, from_at, to_at, district, firm, lift_user)
  select registration_code, created_at, null, district, firm, null from lift;

create index terminal_binding_of_terminal on terminal_binding (terminal, bound_at);
`;
