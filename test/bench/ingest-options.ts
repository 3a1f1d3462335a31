export type StoreName = 'duckdb' | 'influx';
export type BrokerName = 'edge' | 'mosquitto';

/** What `npm run bench -- ingest` is asked for. */
export interface IngestBenchOptions {
  readonly store: StoreName;
  readonly broker: BrokerName;
  /** Messages a second; null = as fast as windows allow. */
  readonly rate: number | null;
  /** Measured seconds of each round. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly rounds: number;
  readonly terminals: number;
  readonly qos: 1 | 2;
  readonly seed: number;
  /** InfluxDB is stopped while the flood is measured, and started again behind it. */
  readonly outage: boolean;
  /** Niceness of InfluxDB's process, 0 to 19: greater gives way more when processors are short. */
  readonly influxNice: number;
}
