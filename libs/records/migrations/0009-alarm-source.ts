/**
 * Alarms that come from no fault: of a broken rate and of a webhook endpoint that was given up. Of one source
 * and key (a fault, a rule with its scope, an endpoint) at most one alarm is open. `subject` says what such
 * an alarm is about; that of a fault is about its lift. District and firm are null where the subject has
 * none: then only those who may see everything see it.
 */
export const ALARM_SOURCE_SQL = `
alter table alarm
  add column source text,
  add column source_key text collate "C",
  add column subject jsonb,
  alter column fault_id drop not null,
  alter column lift drop not null,
  alter column district drop not null,
  alter column evidence drop not null;
update alarm set source = 'fault', source_key = fault_id;
alter table alarm
  alter column source set not null,
  alter column source_key set not null,
  add constraint alarm_source check (
    case source
      when 'fault' then fault_id is not null and source_key = fault_id and lift is not null
        and evidence is not null and subject is null
      when 'indicator' then fault_id is null and subject is not null
      when 'webhook' then fault_id is null and subject is not null
      else false
    end
  );
create unique index alarm_source_open on alarm (source, source_key) where state <> 'closed';
`;
