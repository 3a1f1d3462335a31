import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Records, SqlRecords } from '#records';
import { Clock, Metrics, Readiness, SystemClock } from '#runtime';
import { DuckDbSeriesStore, SeriesStore } from '#series';

export interface StorageOptions {
  /** The locked data folder. */
  readonly dataDir: string;
  /** Null = PGlite in the data folder. */
  readonly databaseUrl: string | null;
}

/**
 * What every service stands on: time, metrics, readiness, the records and the series. Opened before anything
 * else.
 */
@Global()
@Module({})
export class StorageModule implements OnApplicationShutdown {
  constructor(@Inject(SeriesStore) private readonly series: SeriesStore) {}

  static register(options: StorageOptions): DynamicModule {
    return {
      module: StorageModule,
      providers: [
        { provide: Clock, useClass: SystemClock },
        Metrics,
        Readiness,
        {
          provide: Records,
          useFactory: async (clock: Clock, metrics: Metrics) => {
            const folder = join(options.dataDir, 'records');
            const databaseUrl = options.databaseUrl ?? undefined;
            const records = new SqlRecords({ databaseUrl, folder, clock, metrics });
            await records.open();
            return records;
          },
          inject: [Clock, Metrics],
        },
        {
          provide: SeriesStore,
          useFactory: async () => {
            const folder = join(options.dataDir, 'series');
            mkdirSync(folder, { recursive: true, mode: 0o700 });
            const series = new DuckDbSeriesStore({ file: join(folder, 'series.duckdb') });
            await series.open();
            return series;
          },
        },
      ],
      exports: [Clock, Metrics, Readiness, Records, SeriesStore],
    };
  }

  /** Nest shuts the deepest modules down last, so the readers of the journal have stopped. */
  async onApplicationShutdown(): Promise<void> {
    await this.series.close();
  }
}
