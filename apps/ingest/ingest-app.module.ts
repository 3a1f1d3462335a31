import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FleetModule } from '#fleet';
import { IngestModule } from '#ingest';
import { EdgeBrokerStrategy, TerminalAccess } from '#mqtt';
import { Clock, type Config, ConfigError, Metrics, readConfig } from '#runtime';
import { EDGE_VARIABLES, HTTP_VARIABLES, ServiceModule, STORAGE_VARIABLES } from '#service';

export const INGEST_VARIABLES = { ...HTTP_VARIABLES, ...EDGE_VARIABLES, ...STORAGE_VARIABLES };

type IngestConfig = Config<typeof INGEST_VARIABLES>;

/**
 * Alone, ingest shares its faults with the other services through PostgreSQL: PGlite belongs to one process.
 */
export function readIngestConfig(env: NodeJS.ProcessEnv): IngestConfig {
  const config = readConfig(INGEST_VARIABLES, env);
  if (config.DATABASE_URL === null) {
    throw new ConfigError(
      'DATABASE_URL is not set: started alone, ingest needs PostgreSQL; embedded records are for platform only',
    );
  }
  return config;
}

/** Broker, journal, detection; no alarms and no page. */
@Module({})
export class IngestAppModule {
  static register(config: IngestConfig): DynamicModule {
    return {
      module: IngestAppModule,
      imports: [
        ServiceModule.register({ dataDir: config.DATA_DIR, databaseUrl: config.DATABASE_URL }),
        IngestModule.register({ folder: config.DATA_DIR, imports: [FleetModule] }),
      ],
    };
  }
}

export function ingestTransports(
  app: INestApplication,
  config: IngestConfig,
): readonly CustomTransportStrategy[] {
  return [
    new EdgeBrokerStrategy({
      host: config.MQTT_HOST,
      port: config.MQTT_PORT,
      access: app.get(TerminalAccess, { strict: false }),
      clock: app.get(Clock),
      metrics: app.get(Metrics),
    }),
  ];
}
