/**
 * The order of the alarm list, most urgent and then newest first, as an index: a page is a walk along it and
 * not a sort of every alarm. The expression is the one of the query, word for word. Open alarms have their
 * own: there are thousands of them among millions of closed ones.
 */
export const ALARM_ORDER_SQL = `
create index alarm_order on alarm (
  (case priority when 'critical' then 3 when 'high' then 2 when 'medium' then 1 else 0 end) desc,
  raised_at desc, id desc
);
create index alarm_open_order on alarm (
  (case priority when 'critical' then 3 when 'high' then 2 when 'medium' then 1 else 0 end) desc,
  raised_at desc, id desc
) where state <> 'closed';
`;
