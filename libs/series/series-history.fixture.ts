import type { SeriesPoint } from './series.store.js';
import type {
  Bucket,
  BucketQuery,
  ChangeQuery,
  SourceQuery,
  SourceRanges,
  StateChange,
  StateChanges,
} from './series-history.js';
import { BASE, point, SILENT } from './series-points.fixture.js';

/** What the two stores must answer, written as plainly as can be. `points` are in order of time. */
export function expectedBuckets(points: readonly SeriesPoint[], query: BucketQuery): Bucket[] {
  const { lift, field, from, to, bucketMs } = query;
  const values = new Map<number, number[]>();
  for (const each of points) {
    const value = each.sample[field];
    if (each.lift !== lift || each.at < from || each.at >= to || value === null) continue;
    const at = Math.floor(each.at / bucketMs) * bucketMs;
    values.set(at, [...(values.get(at) ?? []), value]);
  }
  return [...values].map(([at, list]) => ({
    at,
    min: Math.min(...list),
    mean: list.reduce((sum, value) => sum + value, 0) / list.length,
    max: Math.max(...list),
    count: list.length,
  }));
}

export function expectedChanges(points: readonly SeriesPoint[], query: ChangeQuery): StateChanges {
  const { lift, field, from, to, changesMax, pointsMax } = query;
  const own = points.filter((each) => each.lift === lift && each.at >= from && each.at < to);
  const changes: StateChange[] = [];
  for (const [index, each] of own.entries()) {
    const value = each.sample[field];
    const changed = index === 0 || value !== own[index - 1]?.sample[field];
    if (index === pointsMax || (changed && changes.length === changesMax)) {
      return { changes, restFrom: each.at };
    }
    if (changed) changes.push({ at: each.at, value });
  }
  return { changes, restFrom: null };
}

export function expectedSources(points: readonly SeriesPoint[], { lift, from }: SourceQuery): SourceRanges[] {
  const own = points.filter((each) => each.lift === lift && each.at >= (from ?? 0));
  const keys = [
    ...new Set(own.map(({ terminal, boot }) => JSON.stringify([terminal, boot ?? '\uffff']))),
  ].sort();
  return keys.map((key) => {
    const [terminal, mark] = JSON.parse(key) as [string, string];
    const boot = mark === '\uffff' ? null : mark;
    const these = own.filter((each) => each.terminal === terminal && each.boot === boot);
    const seqs: [number, number][] = [];
    for (const seq of these.flatMap((each) => each.seq ?? []).sort((a, b) => a - b)) {
      const last = seqs.at(-1);
      if (last !== undefined && seq <= last[1] + 1) last[1] = seq;
      else seqs.push([seq, seq]);
    }
    return { terminal, boot, points: these.length, seqs };
  });
}

const DOORS = ['closed', 'closed', 'open', null] as const;

/**
 * Three lifts' points of some minutes: two boots and a terminal without `seq`, readings that leave fields
 * out, several of one millisecond, and gaps in `seq`. The same every time.
 */
export function history(): SeriesPoint[] {
  return Array.from({ length: 900 }, (_, index) => {
    const lift = `L${index % 3}`;
    const vendor = lift === 'L2';
    return point(lift, Math.floor(index / 4) * 700, {
      terminal: index < 600 ? `t-${lift}` : 'exchanged',
      boot: vendor ? null : index < 300 ? 'b1' : 'b2',
      seq: vendor ? null : Math.floor(index / 3) + (index > 400 ? 10 : 0),
      ordinal: (index + 1) * 1_024,
      sample: {
        ...SILENT,
        speed: index % 5 === 0 ? null : ((index * 37) % 250) / 100,
        levelErrorMm: index % 2 ? (index % 31) - 15 : null,
        tripCount: index,
        doorState: DOORS[(index * 7) % 4] ?? null,
        occupied: index % 40 < 20 ? index % 20 < 9 : null,
        floor: index % 100 < 50 ? '-2B' : "1'",
      },
    });
  });
}

/** The questions that both stores are asked about {@link history}. */
const HOUR = { from: BASE, to: BASE + 3_600_000 };
export const BUCKET_QUERIES: readonly BucketQuery[] = [
  { ...HOUR, lift: 'L0', field: 'speed', bucketMs: 1_000 },
  { ...HOUR, lift: 'L1', field: 'levelErrorMm', bucketMs: 60_000 },
  { lift: 'L1', from: BASE + 1_234, to: BASE + 7_001, field: 'speed', bucketMs: 500 },
  { ...HOUR, lift: 'L2', field: 'tripCount', bucketMs: 86_400_000 },
  { ...HOUR, lift: 'L0', field: 'temperature', bucketMs: 1_000 },
  { ...HOUR, lift: "L0' OR 1=1 --", field: 'speed', bucketMs: 1_000 },
  { ...HOUR, lift: 'new\nline', field: 'speed', bucketMs: 1_000 },
  { lift: 'L0', from: 0, to: 1, field: 'speed', bucketMs: 1 },
];
const ALL = { changesMax: 1_000, pointsMax: 10_000 };
export const CHANGE_QUERIES: readonly ChangeQuery[] = [
  { ...HOUR, ...ALL, lift: 'L0', field: 'doorState' },
  { ...HOUR, ...ALL, lift: 'L1', field: 'occupied' },
  { ...HOUR, ...ALL, lift: 'L2', field: 'floor' },
  { ...HOUR, ...ALL, lift: 'L0', field: 'mode' },
  { ...HOUR, ...ALL, lift: 'none', field: 'mode' },
  { ...HOUR, ...ALL, lift: 'L0', field: 'doorState', changesMax: 3 },
  { ...HOUR, ...ALL, lift: 'L0', field: 'occupied', pointsMax: 7 },
  { ...HOUR, ...ALL, lift: 'L0', field: 'mode', pointsMax: 300 },
  { ...HOUR, ...ALL, lift: 'L0', field: 'mode', pointsMax: 299 },
  { lift: 'L1', from: BASE + 700, to: BASE + 5_600, field: 'doorState', ...ALL },
];
export const SOURCE_QUERIES: readonly SourceQuery[] = [
  { lift: 'L0', from: null, rangesMax: 1_000 },
  { lift: 'L1', from: BASE + 50_001, rangesMax: 1_000 },
  { lift: 'L2', from: 0, rangesMax: 1_000 },
  { lift: 'none', from: null, rangesMax: 1_000 },
];
