import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FleetModule } from '#fleet';
import { IngestModule, TerminalReplies } from '#ingest';
import { type Config, ConfigError, readConfig } from '#runtime';
import {
  BROKER_VARIABLES,
  brokerTransport,
  checkBroker,
  checkSeries,
  HTTP_VARIABLES,
  ServiceModule,
  STORAGE_VARIABLES,
} from '#service';

export const INGEST_VARIABLES = { ...HTTP_VARIABLES, ...BROKER_VARIABLES, ...STORAGE_VARIABLES };

type IngestConfig = Config<typeof INGEST_VARIABLES>;

/**
 * Alone, ingest shares its faults with the other services through PostgreSQL: PGlite belongs to one process.
 */
export function readIngestConfig(env: NodeJS.ProcessEnv): IngestConfig {
  const config = readConfig(INGEST_VARIABLES, env);
  checkBroker(config);
  checkSeries(config);
  if (config.DATABASE_URL === null) {
    throw new ConfigError(
      'DATABASE_URL is not set: started alone, ingest needs PostgreSQL; PGlite is for platform only',
    );
  }
  if (config.INFLUX_URL === null) {
    throw new ConfigError(
      'INFLUX_URL is not set: started alone, ingest needs InfluxDB; DuckDB is for platform only',
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
        ServiceModule.register(config),
        IngestModule.register({ folder: config.DATA_DIR, imports: [FleetModule] }),
      ],
    };
  }
}

/** Terminals' messages come in by a broker. */
export function ingestTransports(
  app: INestApplication,
  config: IngestConfig,
): readonly CustomTransportStrategy[] {
  const replies = app.get(TerminalReplies, { strict: false });
  return [brokerTransport(app, config, (downlink) => replies.sendThrough(downlink))];
}
