import { dayStart, type MonthPart, monthParts, type Period, shanghaiDay } from '#domain';
import { type DayChange, type ExposureSums, exposureSums } from './exposure-sums.js';
import type { Measure } from './spans.js';

type Window = Pick<Period, 'from' | 'to'>;

const HALF_DAY_MS = 43_200_000;

/** A window that ends with some part of a day. */
interface Cut extends Window {
  readonly parts: readonly MonthPart[];
}

/** Windows cut by months: the same of all scopes, so that each day is cut once. */
export class DayCuts {
  private last: { readonly from: number; readonly day: number; readonly cuts: readonly [Cut, Cut] } | null =
    null;

  /** The windows from `from` to the middle and the end of `day`. */
  of(from: number, day: number): readonly [mid: Cut, end: Cut] {
    if (this.last === null || this.last.from !== from || this.last.day !== day) {
      const cut = (halves: number): Cut => {
        const window = { from, to: dayStart(day) + halves * HALF_DAY_MS };
        return { ...window, parts: monthParts(window) };
      };
      this.last = { from, day, cuts: [cut(1), cut(2)] };
    }
    return this.last.cuts;
  }
}

/** The exposure of one scope over windows that move on with the time. */
export class ExposureMemory {
  /** By day; those before the window are added up in `before` and gone. */
  private readonly changes: readonly DayChange[];
  private readonly before = new Map<Measure, DayChange>();
  /** Places in `changes` of the window's first change and of the first one after its last day. */
  private first = 0;
  private past = 0;
  private lines: {
    readonly day: number;
    readonly from: number;
    readonly mid: ExposureSums;
    readonly end: ExposureSums;
  } | null = null;

  constructor(
    changes: readonly DayChange[],
    private readonly cuts: DayCuts,
  ) {
    this.changes = [...changes].sort((one, other) => one.day - other.day);
  }

  /**
   * The exposure of `period`, whose ends never go back. Within a day lift-time grows in a straight line: two
   * readings of the day give every other.
   */
  at(period: Window): ExposureSums {
    const day = shanghaiDay(period.to - 1);
    if (this.lines === null || this.lines.day !== day || this.lines.from !== period.from) {
      const changes = this.changesIn(shanghaiDay(period.from), day);
      const [mid, end] = this.cuts.of(period.from, day);
      this.lines = {
        day,
        from: period.from,
        mid: exposureSums(changes, mid, mid.parts),
        end: exposureSums(changes, end, end.parts),
      };
    }
    const { mid, end } = this.lines;
    const part = (period.to - dayStart(day)) / HALF_DAY_MS - 1;
    const length = (at: number) => dayStart(day) + at * HALF_DAY_MS - period.from;
    const between = (one: number, other: number) => one + (other - one) * part;
    const present = between(mid.exposure['lifts.mean'] * length(1), end.exposure['lifts.mean'] * length(2));
    return {
      exposure: {
        'lifts.at-period-end': end.exposure['lifts.at-period-end'],
        'lifts.mean': period.to > period.from ? present / (period.to - period.from) : 0,
        'lift-months.in-service': between(
          mid.exposure['lift-months.in-service'],
          end.exposure['lift-months.in-service'],
        ),
        'lift-months.monitored': between(
          mid.exposure['lift-months.monitored'],
          end.exposure['lift-months.monitored'],
        ),
      },
      metrics: {
        'lifts.with-terminal': end.metrics['lifts.with-terminal'],
        'lifts.with-rescue-code': end.metrics['lifts.with-rescue-code'],
        'terminals.bound-ms': between(mid.metrics['terminals.bound-ms'], end.metrics['terminals.bound-ms']),
        'terminals.online-ms': between(
          mid.metrics['terminals.online-ms'],
          end.metrics['terminals.online-ms'],
        ),
      },
    };
  }

  /** Those of days up to `last`; what was before `first` as one change a measure. */
  private changesIn(first: number, last: number): readonly DayChange[] {
    for (let next = this.changes[this.first]; next !== undefined && next.day < first; ) {
      const { lifts = 0, offsetMs = 0 } = this.before.get(next.measure) ?? {};
      this.before.set(next.measure, {
        measure: next.measure,
        day: next.day,
        lifts: lifts + next.lifts,
        offsetMs: offsetMs + next.offsetMs,
      });
      this.first += 1;
      next = this.changes[this.first];
    }
    while ((this.changes[this.past]?.day ?? Number.POSITIVE_INFINITY) <= last) this.past += 1;
    return [...this.before.values(), ...this.changes.slice(this.first, this.past)];
  }
}
