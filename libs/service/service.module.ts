import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import type { StorageConfig } from './open-series.js';
import { StorageModule } from './storage.module.js';

/** The part of every service that is not its own: storage, keys, health, metrics. */
@Module({})
export class ServiceModule {
  static register(config: StorageConfig): DynamicModule {
    return {
      module: ServiceModule,
      imports: [StorageModule.register(config), AccessModule],
      controllers: [HealthController, MetricsController],
      exports: [AccessModule],
    };
  }
}
