import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { LiftTelemetryController } from './lift-telemetry.controller.js';
import { LiftsInScope } from './lifts-in-scope.js';
import { SeriesQueries } from './series-queries.js';
import { StateController } from './state.controller.js';
import { StatisticsController } from './statistics.controller.js';

@Module({})
class TelemetryModule {}

/**
 * What terminals told of lifts, by HTTP: newest state, series, counts by day, and what is stored of each
 * terminal. Needs Records, SeriesStore, Clock and Metrics; `imports` gives `LiftFacts` (the fleet).
 */
export function telemetryModule(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
  return {
    module: TelemetryModule,
    imports,
    controllers: [LiftTelemetryController, StateController, StatisticsController],
    providers: [LiftsInScope, SeriesQueries],
  };
}
