import type { SeriesPoint } from './series.store.js';

const LIFTS_MAX = 100_000;
/** How long a read answer stands in a process that does not write. */
const READ_VALID_MS = 2_000;

interface Known {
  readonly point: SeriesPoint | null;
  readonly readAtMs: number;
}

/** Keeps the newest point of each lift; of two with one time the later wins. */
export function noteNewest(newest: Map<string, SeriesPoint>, point: SeriesPoint): void {
  const known = newest.get(point.lift);
  if (known === undefined || point.at >= known.at) newest.set(point.lift, point);
}

/**
 * The newest point of lifts that were asked for. What the store answered is kept, and what is appended after
 * that is compared with it: so in the process that writes (there is one) it stays true; in any other it
 * stands for 2 s. At most 100,000 lifts; the one learnt first goes first. Times are monotonic milliseconds.
 */
export class NewestPoints {
  private readonly known = new Map<string, Known>();
  private appends = 0;

  /** Undefined when the store must be asked; null when the lift has no point. */
  get(lift: string, nowMs: number): SeriesPoint | null | undefined {
    const known = this.known.get(lift);
    if (known === undefined) return undefined;
    return this.appends > 0 || nowMs - known.readAtMs <= READ_VALID_MS ? known.point : undefined;
  }

  /** A mark to hand to {@link learn}: take it before asking the store. */
  get mark(): number {
    return this.appends;
  }

  /** Keeps what the store answered, unless points were appended meanwhile: it may not have seen them. */
  learn(lift: string, point: SeriesPoint | null, mark: number, nowMs: number): void {
    if (mark !== this.appends) return;
    this.known.delete(lift);
    this.known.set(lift, { point, readAtMs: nowMs });
    if (this.known.size <= LIFTS_MAX) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }

  /** Points that are now stored; of two with one time the later wins. */
  appended(points: readonly SeriesPoint[]): void {
    // What was read before the first append is of unknown age.
    if (this.appends === 0) this.known.clear();
    this.appends += 1;
    for (const point of points) {
      const known = this.known.get(point.lift);
      if (known === undefined || (known.point !== null && known.point.at > point.at)) continue;
      this.known.set(point.lift, { ...known, point });
    }
  }
}
