import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '#access';
import { ContractController } from './contract/contract.controller.js';
import { RouteCatalogue } from './contract/route-catalogue.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import type { StorageConfig } from './open-series.js';
import { StorageModule } from './storage.module.js';

/** The part of every service that is not its own: storage, keys, health, metrics, contracts. */
@Module({})
export class ServiceModule {
  static register(config: StorageConfig): DynamicModule {
    return {
      module: ServiceModule,
      imports: [StorageModule.register(config), AccessModule, DiscoveryModule],
      controllers: [HealthController, MetricsController, ContractController],
      providers: [RouteCatalogue],
      exports: [AccessModule, RouteCatalogue],
    };
  }
}
