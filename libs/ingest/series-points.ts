import { mapTerminalTime } from '#domain';
import type { JournalBatch, MessageEntry } from '#journal';
import { ORDINALS_A_MESSAGE, type SeriesPoint } from '#series';
import { decodedEntry } from './decoded-entry.js';

export interface BatchPoints {
  readonly points: readonly SeriesPoint[];
  /** `entries[i]` is the message that `points[i]` came in. */
  readonly entries: readonly MessageEntry[];
}

/** The points of a batch: every sample that is no duplicate. */
export function seriesPoints(batch: JournalBatch): BatchPoints {
  const points: SeriesPoint[] = [];
  const entries: MessageEntry[] = [];
  for (const { lsn, entry } of batch.entries) {
    if (entry.kind !== 'message' || entry.refusal !== null) continue;
    const { terminal, lift, district } = entry.source;
    if (terminal === null || lift === null) continue;
    const decoded = decodedEntry(entry);
    if (!decoded.ok) continue;
    const { items } = decoded;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (item?.type !== 'sample' || entry.duplicates.includes(index)) continue;
      const time = mapTerminalTime(item.origin, entry.receivedAt, entry.clockOffsetMs);
      entries.push(entry);
      points.push({
        lift,
        district: district ?? '',
        terminal,
        boot: item.origin.boot,
        seq: item.origin.seq,
        at: Math.round(time.occurredAt),
        terminalAt: item.origin.at,
        receivedAt: entry.receivedAt,
        clockSuspect: time.clockSuspect,
        sample: item.sample,
        ordinal: lsn * ORDINALS_A_MESSAGE + index,
      });
    }
  }
  return { points, entries };
}
