import { join } from 'node:path';
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Records, SqlRecords } from '#records';
import { Clock, Interludes, Metrics, Readiness, SystemClock } from '#runtime';
import { SeriesStore } from '#series';
import { openSeries, type StorageConfig } from './open-series.js';

/**
 * What every service stands on: time, metrics, readiness, the records and the series. Opened before anything
 * else.
 */
@Global()
@Module({})
export class StorageModule implements OnApplicationShutdown {
  constructor(@Inject(SeriesStore) private readonly series: SeriesStore) {}

  static register(config: StorageConfig): DynamicModule {
    return {
      module: StorageModule,
      providers: [
        { provide: Clock, useClass: SystemClock },
        Metrics,
        Readiness,
        Interludes,
        {
          provide: Records,
          useFactory: async (clock: Clock, metrics: Metrics, interludes: Interludes) => {
            const folder = join(config.DATA_DIR, 'records');
            const databaseUrl = config.DATABASE_URL ?? undefined;
            const records = new SqlRecords({ databaseUrl, folder, clock, metrics, interludes });
            await records.open();
            return records;
          },
          inject: [Clock, Metrics, Interludes],
        },
        {
          provide: SeriesStore,
          useFactory: (clock: Clock, metrics: Metrics) => openSeries(config, clock, metrics),
          inject: [Clock, Metrics],
        },
      ],
      exports: [Clock, Interludes, Metrics, Readiness, Records, SeriesStore],
    };
  }

  /** Nest shuts the deepest modules down last, so the readers of the journal have stopped. */
  async onApplicationShutdown(): Promise<void> {
    await this.series.close();
  }
}
