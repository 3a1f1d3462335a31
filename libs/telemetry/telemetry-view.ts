import {
  dateTime,
  flag,
  integer,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  type SchemaOf,
  text,
  unionOf,
} from '#access';
import { LIVE_SCHEMA, type LiveView, liveView } from '#fleet';
import {
  type Bucket,
  NUMERIC_FIELDS,
  type NumericField,
  type SeriesPoint,
  STATE_FIELDS,
  type StateChange,
  type StateChanges,
  type StateField,
} from '#series';
import type { TimeRange } from './telemetry.query.js';

/** Units of the numeric fields; null for a count. */
const UNITS: Readonly<Record<NumericField, string | null>> = {
  speed: 'm/s',
  levelErrorMm: 'mm',
  loadPercent: '%',
  tripCount: null,
  doorCycleCount: null,
  temperature: '°C',
  vibration: 'm/s²',
};

/** Times are ISO 8601 in UTC. */
export type BucketView = Omit<Bucket, 'at'> & { readonly at: string };
export type ChangeView = Omit<StateChange, 'at'> & { readonly at: string };

export interface NumericSeriesView {
  readonly field: NumericField;
  readonly unit: string | null;
  readonly from: string;
  readonly to: string;
  readonly bucketMs: number;
  readonly buckets: readonly BucketView[];
}

export interface StateSeriesView {
  readonly field: StateField;
  readonly from: string;
  readonly to: string;
  readonly changes: readonly ChangeView[];
  readonly truncated: boolean;
  readonly until: string;
}

export type SeriesView = NumericSeriesView | StateSeriesView;

const iso = (ms: number) => new Date(ms).toISOString();

export function numericSeriesView(
  field: NumericField,
  { from, to }: TimeRange,
  bucketMs: number,
  buckets: readonly Bucket[],
): NumericSeriesView {
  const views = buckets.map((bucket) => ({ ...bucket, at: iso(bucket.at) }));
  return { field, unit: UNITS[field], from: iso(from), to: iso(to), bucketMs, buckets: views };
}

export function stateSeriesView(
  field: StateField,
  { from, to }: TimeRange,
  { changes, restFrom }: StateChanges,
): StateSeriesView {
  return {
    field,
    from: iso(from),
    to: iso(to),
    changes: changes.map((change) => ({ ...change, at: iso(change.at) })),
    truncated: restFrom !== null,
    until: iso(restFrom ?? to),
  };
}

const BUCKET_SCHEMA = objectOf<BucketView>('SeriesBucket', {
  at: dateTime('Beginning of the bucket; the first may begin before `from`.'),
  min: number(),
  mean: number(),
  max: number(),
  count: integer('Readings that had a value.'),
});

const CHANGE_SCHEMA = objectOf<ChangeView>('StateChange', {
  at: dateTime(),
  value: { json: { type: ['string', 'boolean', 'null'] }, named: {} },
});

export const SERIES_SCHEMA = unionOf<SeriesView>('Series', [
  objectOf<NumericSeriesView>('NumericSeries', {
    field: oneOf(NUMERIC_FIELDS),
    unit: nullable(text('Unit of the values; null for a count.')),
    from: dateTime(),
    to: dateTime(),
    bucketMs: integer('Width of a bucket; buckets begin at its multiples since 1970 UTC.'),
    buckets: listOf(BUCKET_SCHEMA, 'In order of time; one without a value is left out.'),
  }),
  objectOf<StateSeriesView>('StateSeries', {
    field: oneOf(STATE_FIELDS),
    from: dateTime(),
    to: dateTime(),
    changes: listOf(
      CHANGE_SCHEMA,
      'The first reading of the range and each other value after it; null = the terminal does not say.',
    ),
    truncated: flag('There is more from `until` on.'),
    until: dateTime('The answer is whole up to here; the next request asks `from` here.'),
  }),
]);

export interface StateView {
  readonly lift: string;
  readonly live: LiveView | null;
}

export function stateView(lift: string, point: SeriesPoint | undefined): StateView {
  return { lift, live: point === undefined ? null : liveView(point) };
}

export const STATE_SCHEMA = objectOf<StateView>('LiftState', {
  lift: text('Registration code.'),
  live: nullable(LIVE_SCHEMA),
});

export interface StatesView {
  readonly items: readonly StateView[];
}

export const STATES_SCHEMA = objectOf<StatesView>('LiftStates', {
  items: listOf(
    STATE_SCHEMA,
    'In the order asked for; lifts that are not in the scope of the key are left out.',
  ),
});

export interface SourceView {
  readonly terminal: string;
  readonly boot: string | null;
  readonly points: number;
  readonly seqs: readonly (readonly [number, number])[];
}

export interface SourcesView {
  readonly items: readonly SourceView[];
}

const RANGE_SCHEMA: SchemaOf<readonly [number, number]> = {
  json: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
  named: {},
};

export const SOURCES_SCHEMA = objectOf<SourcesView>('LiftSources', {
  items: listOf(
    objectOf<SourceView>('LiftSource', {
      terminal: text(),
      boot: nullable(text('Start of the terminal; null where it does not say.')),
      points: integer('Points stored.'),
      seqs: listOf(RANGE_SCHEMA, 'First and last `seq` of each unbroken range, ascending.'),
    }),
    'Ordered by terminal and boot.',
  ),
});
