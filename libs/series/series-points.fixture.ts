import fc from 'fast-check';
import {
  CONTACT_STATES,
  DIRECTIONS,
  DOOR_STATES,
  type LiftSample,
  POWER_STATES,
  SERVICE_MODES,
} from '#protocol';
import type { AppendResult, FaultPoint, Refused, SeriesPoint, SeriesStore } from './series.store.js';

export const SILENT: LiftSample = {
  mode: null,
  direction: null,
  moving: null,
  floor: null,
  doorState: null,
  inDoorZone: null,
  doorLock: null,
  safetyLoop: null,
  occupied: null,
  speed: null,
  levelErrorMm: null,
  loadPercent: null,
  powerState: null,
  tripCount: null,
  doorCycleCount: null,
  temperature: null,
  vibration: null,
  extra: null,
};

/** Ms since 1970 UTC of a point's `at` that names none. */
export const BASE = 1_700_000_000_000;

export function point(lift: string, at: number, fields: Partial<SeriesPoint> = {}): SeriesPoint {
  return {
    lift,
    district: '411330',
    terminal: `t-${lift}`,
    boot: 'b1',
    seq: 1,
    at: BASE + at,
    terminalAt: BASE + at + 5,
    receivedAt: BASE + at + 40,
    clockSuspect: false,
    sample: SILENT,
    ...fields,
  };
}

export function fault(id: string, fields: Partial<FaultPoint> = {}): FaultPoint {
  return {
    id,
    lift: 'L1',
    district: '411330',
    kind: 'entrapment',
    evidence: 'reported',
    priority: 'critical',
    state: 'open',
    raisedAt: BASE,
    clearedAt: null,
    reason: 'reported',
    profile: 'native-v1',
    code: 'E1',
    ...fields,
  };
}

const words = <W extends string>(list: readonly W[]) => fc.option(fc.constantFrom(...list));
const flag = fc.option(fc.boolean());
/** InfluxDB has one zero. */
const number = fc.option(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);
/** Whatever a terminal may send, the characters that mean something in line protocol among it. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(' ', ',', '=', '"', "'", '\\', '\n', '\r', '\t', '\0', '#', '梯', '𝕃', 'a'),
    maxLength: 12,
  }),
);
/** What a tag can hold. */
export const tagText = hostileText
  .map((value) => value.replace(/[\p{Cc}\\]/gu, ''))
  .filter((value) => value !== '');
const clock = fc.option(
  fc.oneof(
    fc.maxSafeInteger(),
    number.map((value) => value ?? 0),
  ),
);

export const sample: fc.Arbitrary<LiftSample> = fc.record({
  mode: words(SERVICE_MODES),
  direction: words(DIRECTIONS),
  moving: flag,
  floor: fc.option(hostileText),
  doorState: words(DOOR_STATES),
  inDoorZone: flag,
  doorLock: words(CONTACT_STATES),
  safetyLoop: words(CONTACT_STATES),
  occupied: flag,
  speed: number,
  levelErrorMm: number,
  loadPercent: number,
  powerState: words(POWER_STATES),
  tripCount: fc.option(fc.nat()),
  doorCycleCount: number,
  temperature: number,
  vibration: number,
  extra: fc.option(
    fc.dictionary(hostileText, fc.oneof(hostileText, fc.integer(), fc.boolean(), fc.constant(null)), {
      noNullPrototype: true,
    }),
  ),
});

/** Any point that InfluxDB can store. */
export const anyPoint: fc.Arbitrary<SeriesPoint> = fc.record({
  lift: tagText,
  district: fc.oneof(tagText, fc.constant('')),
  terminal: hostileText,
  boot: fc.option(hostileText),
  seq: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  at: fc.integer({ min: -BASE, max: 9_000_000_000_000 }),
  terminalAt: clock,
  receivedAt: fc.maxSafeInteger(),
  clockSuspect: fc.boolean(),
  sample,
});

/**
 * All of `points` as one batch, refused ones by the point. `keep` as `BatchSource.keepRefused`, by the point
 * too.
 */
export async function append(
  store: SeriesStore,
  points: readonly SeriesPoint[],
  position: number,
  keep: (refused: readonly RefusedPoint[]) => Promise<void> = () => Promise.resolve(),
): Promise<Appended> {
  const byPoint = (refused: readonly Refused[]) =>
    refused.map(({ index, reason }) => {
      const point = points[index];
      if (point === undefined) throw new Error(`There is no point ${index}: ${reason}`);
      return { point, reason };
    });
  const batch = store.begin();
  batch.add(points);
  const source = {
    keepRefused: (refused: readonly Refused[]) => keep(byPoint(refused)),
    reread: () => Promise.resolve(points),
  };
  const result = await batch.store(position, source);
  return result.ok ? { ...result, refused: byPoint(result.refused) } : result;
}

/** An `AppendResult` that names refused points themselves. */
export type Appended =
  | Extract<AppendResult, { ok: false }>
  | (Omit<Extract<AppendResult, { ok: true }>, 'refused'> & { readonly refused: readonly RefusedPoint[] });

export interface RefusedPoint {
  readonly point: SeriesPoint;
  readonly reason: string;
}
