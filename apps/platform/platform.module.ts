import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { alarmApiModule, alarmMonitorModule, MONITOR_CONSUMER } from '#alarms';
import { FleetModule } from '#fleet';
import { IngestModule } from '#ingest';
import { EdgeBrokerStrategy, TerminalAccess } from '#mqtt';
import { EventLogStrategy, Records } from '#records';
import { Clock, type Config, Metrics } from '#runtime';
import { EDGE_VARIABLES, HTTP_VARIABLES, ServiceModule, STORAGE_VARIABLES } from '#service';

export const PLATFORM_VARIABLES = { ...HTTP_VARIABLES, ...EDGE_VARIABLES, ...STORAGE_VARIABLES };

type PlatformConfig = Config<typeof PLATFORM_VARIABLES>;

/** All roles in one process: the default. */
@Module({})
export class PlatformModule {
  static register(config: PlatformConfig): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        ServiceModule.register({ dataDir: config.DATA_DIR, databaseUrl: config.DATABASE_URL }),
        FleetModule,
        IngestModule.register({ folder: config.DATA_DIR, imports: [FleetModule] }),
        alarmMonitorModule([FleetModule]),
        alarmApiModule([FleetModule]),
      ],
    };
  }
}

/** Terminals come in by the edge broker; the monitor follows the event log. */
export function platformTransports(
  app: INestApplication,
  config: PlatformConfig,
): readonly CustomTransportStrategy[] {
  const clock = app.get(Clock);
  const metrics = app.get(Metrics);
  return [
    new EventLogStrategy({ consumer: MONITOR_CONSUMER, records: app.get(Records), clock, metrics }),
    new EdgeBrokerStrategy({
      host: config.MQTT_HOST,
      port: config.MQTT_PORT,
      access: app.get(TerminalAccess),
      clock,
      metrics,
    }),
  ];
}
