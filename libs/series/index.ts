export { type DuckDbSeriesOptions, DuckDbSeriesStore } from './duckdb-series.store.js';
export { INFLUX_VERSIONS, type InfluxVersion } from './influx-http.js';
export { type InfluxSeriesOptions, InfluxSeriesStore } from './influx-series.store.js';
export {
  type AppendResult,
  type BatchSource,
  type FaultPoint,
  ORDINALS_A_MESSAGE,
  type Refused,
  type SeriesBatch,
  type SeriesPoint,
  SeriesStore,
  type SourceCount,
  storedBy,
} from './series.store.js';
export {
  type Bucket,
  type BucketQuery,
  type ChangeQuery,
  type HistoryRange,
  NUMERIC_FIELDS,
  type NumericField,
  SeriesHistory,
  type SourceQuery,
  type SourceRanges,
  type SourcesResult,
  STATE_FIELDS,
  type StateChange,
  type StateChanges,
  type StateField,
} from './series-history.js';
