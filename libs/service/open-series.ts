import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type Config, ConfigError, type Metrics } from '#runtime';
import { DuckDbSeriesStore, type InfluxSeriesOptions, InfluxSeriesStore, type SeriesStore } from '#series';
import type { STORAGE_VARIABLES } from './variables.js';

export type StorageConfig = Config<typeof STORAGE_VARIABLES>;

const GENERATIONS = { '1': 1, '2': 2, '3': 3 } as const;

/** Throws a `ConfigError` when the series' variables contradict each other. */
export function checkSeries(config: StorageConfig): void {
  if (config.INFLUX_URL === null || config.INFLUX_VERSION === '1') return;
  if (config.INFLUX_TOKEN === null) {
    throw new ConfigError(`INFLUX_TOKEN is not set: InfluxDB ${config.INFLUX_VERSION}.x wants an API token`);
  }
  if (config.INFLUX_VERSION === '2' && config.INFLUX_ORG === null) {
    throw new ConfigError('INFLUX_ORG is not set: InfluxDB 2.x wants the name of an organisation');
  }
}

/** The series store that the variables name, open. */
export async function openSeries(
  config: StorageConfig,
  clock: Clock,
  metrics: Metrics,
): Promise<SeriesStore> {
  const folder = join(config.DATA_DIR, 'series');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const influx = influxOptions(config, folder, clock, metrics);
  const series =
    influx === null
      ? new DuckDbSeriesStore({ file: join(folder, 'series.duckdb') })
      : new InfluxSeriesStore(influx);
  await series.open();
  return series;
}

function influxOptions(
  config: StorageConfig,
  folder: string,
  clock: Clock,
  metrics: Metrics,
): InfluxSeriesOptions | null {
  if (config.INFLUX_URL === null) return null;
  return {
    url: config.INFLUX_URL,
    version: GENERATIONS[config.INFLUX_VERSION],
    bucket: config.INFLUX_BUCKET,
    states: config.INFLUX_STATES,
    ...(config.INFLUX_TOKEN === null ? {} : { token: config.INFLUX_TOKEN }),
    ...(config.INFLUX_ORG === null ? {} : { org: config.INFLUX_ORG }),
    positionFile: join(folder, 'influx-position.json'),
    clock,
    metrics,
  };
}
