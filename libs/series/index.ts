export { type DuckDbSeriesOptions, DuckDbSeriesStore } from './duckdb-series.store.js';
export { INFLUX_VERSIONS, type InfluxVersion } from './influx-http.js';
export { type InfluxSeriesOptions, InfluxSeriesStore } from './influx-series.store.js';
export {
  type AppendResult,
  type FaultPoint,
  type KeepRefused,
  type RefusedPoint,
  type SeriesPoint,
  SeriesStore,
  type SourceCount,
} from './series.store.js';
