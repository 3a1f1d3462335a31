import { LOW_DIGITS } from './line-protocol.js';
import type { SeriesPoint } from './series.store.js';
import { STATE_FIELDS } from './series-history.js';

/**
 * A run is this long at most, in time of its points: so much earlier than a point, at most, all states of its
 * lift are said.
 */
export const RUN_MAX_MS = 60_000;
/** And so many points. */
export const RUN_MAX_POINTS = 30;
/** Lifts whose newest point is kept: some 40 MB of points. */
const LIFTS_MAX = 100_000;

interface Run {
  newest: SeriesPoint;
  /** Of the point it began with, which said everything. */
  readonly beganAt: number;
  points: number;
}

/**
 * Which points may leave out what has not changed. A point continues the one that its terminal sent right
 * before it, when that is also the lift's newest; it is then written with those of its states that differ. A
 * reader finds the rest in the points before it, with the same terminal and boot, down by one `seq` each.
 *
 * Whatever is out of the ordinary begins a new run with a point that says everything: a gap in `seq` (what is
 * missing may come later, and would stand in between), a clock set back, a reading that has fallen silent
 * (absence means "as before" within a run, and "does not say" at its beginning).
 */
export class PointRuns {
  private readonly runs = new Map<string, Run>();

  /** Points are asked about in the order they are written. Null: it is to say everything. */
  continued(point: SeriesPoint): SeriesPoint | null {
    const run = this.runs.get(point.lift);
    if (run === undefined) return this.begin(point);
    const { newest } = run;
    if (run.points < RUN_MAX_POINTS && point.at - run.beganAt < RUN_MAX_MS && follows(newest, point)) {
      run.newest = point;
      run.points += 1;
      return newest;
    }
    // One that comes late stands alone, and the newest may be continued.
    return comesAfter(newest, point) ? this.begin(point) : null;
  }

  /** It is not stored: nothing may continue it. */
  forget(lift: string): void {
    this.runs.delete(lift);
  }

  /** Nobody knows what is stored. */
  clear(): void {
    this.runs.clear();
  }

  private begin(point: SeriesPoint): null {
    if (point.seq === null || point.boot === null) {
      this.runs.delete(point.lift);
      return null;
    }
    if (this.runs.size >= LIFTS_MAX && !this.runs.has(point.lift)) {
      const [longest] = this.runs.keys();
      if (longest !== undefined) this.runs.delete(longest);
    }
    this.runs.set(point.lift, { newest: point, beganAt: point.at, points: 1 });
    return null;
  }
}

function follows(before: SeriesPoint, point: SeriesPoint): boolean {
  return (
    before.seq !== null &&
    point.seq === before.seq + 1 &&
    point.boot === before.boot &&
    point.terminal === before.terminal &&
    point.district === before.district &&
    point.clockSuspect === before.clockSuspect &&
    comesAfter(before, point) &&
    !fellSilent(before, point)
  );
}

/** By the time that they are stored under. */
function comesAfter(before: SeriesPoint, point: SeriesPoint): boolean {
  if (point.at !== before.at) return point.at > before.at;
  return (point.seq ?? 0) % LOW_DIGITS > (before.seq ?? 0) % LOW_DIGITS;
}

function fellSilent({ sample: before }: SeriesPoint, { sample }: SeriesPoint): boolean {
  for (const field of STATE_FIELDS) if (sample[field] === null && before[field] !== null) return true;
  return false;
}
