import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { StorageModule, type StorageOptions } from './storage.module.js';

/** The part of every service that is not its own: storage, keys, health, metrics. */
@Module({})
export class ServiceModule {
  static register(options: StorageOptions): DynamicModule {
    return {
      module: ServiceModule,
      imports: [StorageModule.register(options), AccessModule],
      controllers: [HealthController, MetricsController],
      exports: [AccessModule],
    };
  }
}
