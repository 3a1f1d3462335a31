export { type DuckDbSeriesOptions, DuckDbSeriesStore, type SourceCount } from './duckdb-series.store.js';
export { type AppendResult, type SeriesPoint, SeriesStore } from './series.store.js';
