import { preview } from '../../failure.js';
import { numberOf } from '../../field-map.js';
import type { RunStatistics } from '../../message.js';
import { CHINA_CLOCK, localTimeMs } from '../../vendor-time.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * `RunStatistics` → what was counted in its period. A string says why there is no period: counts of nobody
 * knows when are of no use. A count that is none is null. `RunMileage` beside `RunMeters` is nowhere
 * explained: it stays raw.
 */
export function runStatistics(value: Fields): RunStatistics | string {
  const periodStart = momentOf(value.StartTime);
  if (periodStart === null) {
    const sent = preview(value.StartTime);
    return `Params.Value.StartTime is ${sent}; allowed: a local time such as 2021/4/14 00:00:00`;
  }
  const periodEnd = momentOf(value.EndTime);
  return {
    periodStart,
    periodEnd: periodEnd !== null && periodEnd > periodStart ? periodEnd : null,
    runs: countOf(value.RunCount),
    runMinutes: countOf(value.RunMins),
    runMetres: countOf(value.RunMeters),
    doorCycles: countOf(value.DoorToggleCount),
    raw: value,
  };
}

function momentOf(sent: unknown): number | null {
  const ms = typeof sent === 'string' ? localTimeMs(sent, CHINA_CLOCK) : null;
  return ms !== null && ms >= 0 ? ms : null;
}

function countOf(sent: unknown): number | null {
  const count = numberOf(sent);
  return count !== null && count >= 0 ? count : null;
}
