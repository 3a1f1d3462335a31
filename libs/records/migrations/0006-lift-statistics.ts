/**
 * What terminals counted over a period, as a rule a day. A period that a terminal sends again, with better
 * numbers or the same, replaces what it said of that period before. `raw` is the maker's own message.
 */
export const LIFT_STATISTICS_SQL = `
create table lift_statistics (
  lift text collate "C" not null,
  terminal text collate "C" not null,
  profile text not null,
  period_start timestamptz not null,
  period_end timestamptz check (period_end > period_start),
  runs double precision check (runs >= 0),
  run_minutes double precision check (run_minutes >= 0),
  run_metres double precision check (run_metres >= 0),
  door_cycles double precision check (door_cycles >= 0),
  raw jsonb not null,
  received_at timestamptz not null,
  primary key (lift, terminal, period_start)
);
create index lift_statistics_order on lift_statistics (lift, period_start desc, terminal desc);
`;
