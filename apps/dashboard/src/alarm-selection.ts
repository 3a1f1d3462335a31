import type { AlarmState, Priority } from '#domain';
import { type AlarmView, PRIORITY_ORDER } from './alarm-view.js';

/** What a person chose to see. An empty list means "all". */
export interface AlarmFilter {
  readonly priorities: readonly Priority[];
  readonly kinds: readonly string[];
  /** Codes or prefixes: a county contains its townships. */
  readonly districts: readonly string[];
  /** Ids. */
  readonly firms: readonly string[];
  /** Empty means every open one; closed alarms are shown only when asked for. */
  readonly states: readonly AlarmState[];
  /** Part of a rescue code, registration code or address, of a scope's id or a host; any case. */
  readonly search: string;
}

export const NO_FILTER: AlarmFilter = {
  priorities: [],
  kinds: [],
  districts: [],
  firms: [],
  states: [],
  search: '',
};

/** The filter, or `NO_FILTER` itself when nothing is chosen, so that this can be told by identity. */
export function normaliseFilter(filter: AlarmFilter): AlarmFilter {
  const { priorities, kinds, districts, firms, states, search } = filter;
  const chosen = [priorities, kinds, districts, firms, states, search].some((part) => part.length > 0);
  return chosen ? filter : NO_FILTER;
}

export interface PriorityCount {
  readonly open: number;
  /** Open and not yet acknowledged by anybody. */
  readonly waiting: number;
}

/**
 * Nobody has acknowledged it. A fault that ended by itself before anybody looked still waits (ISA-18.2
 * "returned to normal, unacknowledged"): it must not drop out of the count just because the lift moved on.
 */
export function isWaiting(alarm: AlarmView): boolean {
  return alarm.state !== 'closed' && alarm.acknowledgedAt === null;
}

/** It sounds: critical, its fault not ended, and nobody has acknowledged it (DOMAIN §4 "Alarms"). */
export function isCalling(alarm: AlarmView): boolean {
  return alarm.priority === 'critical' && alarm.state === 'raised' && isWaiting(alarm);
}

/** A person may close it: its fault has ended. The server has the last word. */
export function isClosable(alarm: AlarmView): boolean {
  return alarm.state === 'cleared' || alarm.state === 'cleared-unconfirmed';
}

/** The rows to show: open before closed, then by priority, then newest first. */
export function selectAlarms(alarms: Iterable<AlarmView>, filter: AlarmFilter): AlarmView[] {
  const search = filter.search.trim().toLowerCase();
  const rows: AlarmView[] = [];
  for (const alarm of alarms) {
    if (matches(alarm, filter, search)) rows.push(alarm);
  }
  return rows.sort(compareAlarms);
}

function matches(alarm: AlarmView, filter: AlarmFilter, search: string): boolean {
  const { states } = filter;
  if (states.length > 0 ? !states.includes(alarm.state) : alarm.state === 'closed') return false;
  if (filter.priorities.length > 0 && !filter.priorities.includes(alarm.priority)) return false;
  if (filter.kinds.length > 0 && !filter.kinds.includes(alarm.kind)) return false;
  if (filter.districts.length > 0 && !liesIn(alarm.district, filter.districts)) return false;
  if (filter.firms.length > 0 && !filter.firms.includes(alarm.firm ?? '')) return false;
  if (search === '') return true;
  const { subject } = alarm;
  const about = subject?.type === 'indicator' ? subject.scope.id : (subject?.host ?? null);
  const fields = [alarm.rescueCode, alarm.lift, alarm.address, about];
  return fields.some((field) => field?.toLowerCase().includes(search) === true);
}

function liesIn(district: string | null, prefixes: readonly string[]): boolean {
  return district !== null && prefixes.some((prefix) => district.startsWith(prefix));
}

/** A total order, so that rows never swap places without a reason. */
export function compareAlarms(a: AlarmView, b: AlarmView): number {
  const closed = Number(a.state === 'closed') - Number(b.state === 'closed');
  if (closed !== 0) return closed;
  const priority = PRIORITY_ORDER.indexOf(a.priority) - PRIORITY_ORDER.indexOf(b.priority);
  if (priority !== 0) return priority;
  if (a.raisedAtMs !== b.raisedAtMs) return b.raisedAtMs - a.raisedAtMs;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Of all open alarms, whatever the filter: the header must not lie because somebody filtered. */
export function countByPriority(alarms: Iterable<AlarmView>): Readonly<Record<Priority, PriorityCount>> {
  const counts = {
    critical: { open: 0, waiting: 0 },
    high: { open: 0, waiting: 0 },
    medium: { open: 0, waiting: 0 },
    low: { open: 0, waiting: 0 },
  };
  for (const alarm of alarms) {
    if (alarm.state === 'closed') continue;
    counts[alarm.priority].open += 1;
    if (isWaiting(alarm)) counts[alarm.priority].waiting += 1;
  }
  return counts;
}

/** Critical alarms nobody has acknowledged that the filter keeps from view. */
export function countHiddenCritical(alarms: Iterable<AlarmView>, rows: readonly AlarmView[]): number {
  const waiting = (alarm: AlarmView) => alarm.priority === 'critical' && isWaiting(alarm);
  let total = 0;
  for (const alarm of alarms) total += Number(waiting(alarm));
  return total - rows.filter(waiting).length;
}

/** The districts that occur, by code, with their names. */
export function districtsOf(alarms: Iterable<AlarmView>): { code: string; name: string }[] {
  const names = new Map<string, string>();
  for (const alarm of alarms) {
    const { district, districtName } = alarm;
    // A rate's alarm knows no name: one of a lift there may.
    if (district !== null) names.set(district, districtName ?? names.get(district) ?? district);
  }
  return [...names].map(([code, name]) => ({ code, name })).sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** The ids of the firms that occur. */
export function firmsOf(alarms: Iterable<AlarmView>): string[] {
  const firms = new Set<string>();
  for (const { firm } of alarms) if (firm !== null) firms.add(firm);
  return [...firms].sort();
}
