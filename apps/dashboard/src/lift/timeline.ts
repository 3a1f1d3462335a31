import type { AlarmView } from '../alarm-view.js';
import type { FaultView } from '../fault-view.js';

/** One thing that happened to a lift: a fault, its alarm, or both. */
export interface TimelineEntry {
  readonly key: string;
  readonly atMs: number;
  readonly fault: FaultView | null;
  readonly alarm: AlarmView | null;
}

/** A list read so far, newest first; `complete`: there is nothing older. */
export interface ReadSoFar<T> {
  readonly items: readonly T[];
  readonly complete: boolean;
}

/**
 * Faults with their alarms, newest first. What is older than the oldest of a list that goes on is left out:
 * an alarm without its fault would only mean that the fault has not been read yet.
 */
export function timelineOf(
  faults: ReadSoFar<FaultView>,
  alarms: ReadSoFar<AlarmView>,
): readonly TimelineEntry[] {
  const alarmOf = new Map(alarms.items.map((alarm) => [alarm.faultId, alarm]));
  const entries: TimelineEntry[] = faults.items.map((fault) => ({
    key: fault.id,
    atMs: fault.raisedAtMs,
    fault,
    alarm: alarmOf.get(fault.id) ?? null,
  }));
  const faultIds = new Set(faults.items.map(({ id }) => id));
  for (const alarm of alarms.items) {
    if (alarm.faultId !== null && faultIds.has(alarm.faultId)) continue;
    entries.push({ key: alarm.id, atMs: alarm.raisedAtMs, fault: null, alarm });
  }
  const from = Math.max(
    horizon(faults, ({ raisedAtMs }) => raisedAtMs),
    horizon(alarms, ({ raisedAtMs }) => raisedAtMs),
  );
  return entries
    .filter(({ atMs }) => atMs >= from)
    .sort((a, b) => b.atMs - a.atMs || (a.key < b.key ? -1 : 1));
}

function horizon<T>({ items, complete }: ReadSoFar<T>, at: (item: T) => number): number {
  if (complete || items.length === 0) return Number.NEGATIVE_INFINITY;
  return Math.min(...items.map(at));
}
