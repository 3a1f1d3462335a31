import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { LiftFacts } from '#alarms';
import { SqlLiftFacts } from '#fleet';
import { EventLogStrategy, Records } from '#records';
import { Clock, type Config, ConfigError, Metrics, readConfig } from '#runtime';
import { checkSeries, HTTP_VARIABLES, ServiceModule, STORAGE_VARIABLES } from '#service';
import { NOTIFIER_CONSUMER, WEBHOOK_VARIABLES, webhookGroundModule, webhookNotifierModule } from '#webhooks';

export const NOTIFIER_VARIABLES = { ...HTTP_VARIABLES, ...STORAGE_VARIABLES, ...WEBHOOK_VARIABLES };

type NotifierConfig = Config<typeof NOTIFIER_VARIABLES>;

/** Alone, the notifier shares its queue and the secrets' key with the other services. */
export function readNotifierConfig(env: NodeJS.ProcessEnv): NotifierConfig {
  const config = readConfig(NOTIFIER_VARIABLES, env);
  checkSeries(config);
  if (config.DATABASE_URL === null) {
    throw new ConfigError(
      'DATABASE_URL is not set: started alone, the notifier needs PostgreSQL; PGlite is for platform only',
    );
  }
  if (config.WEBHOOK_KEY === null) {
    throw new ConfigError(
      'WEBHOOK_KEY is not set: started alone, the notifier needs the key of the service that makes ' +
        'webhooks (webhook.key in its DATA_DIR)',
    );
  }
  return config;
}

/** Where a lift is and whose, from the tables, without the fleet's API. */
@Module({ providers: [{ provide: LiftFacts, useClass: SqlLiftFacts }], exports: [LiftFacts] })
class LiftFactsModule {}

/** The event log to webhooks; any number of them share one database. */
@Module({})
export class NotifierAppModule {
  static register(config: NotifierConfig): DynamicModule {
    return {
      module: NotifierAppModule,
      imports: [
        ServiceModule.register(config),
        webhookGroundModule(config),
        webhookNotifierModule([LiftFactsModule]),
      ],
    };
  }
}

export function notifierTransports(app: INestApplication): readonly CustomTransportStrategy[] {
  const [records, clock, metrics] = [app.get(Records), app.get(Clock), app.get(Metrics)];
  return [new EventLogStrategy({ consumer: NOTIFIER_CONSUMER, records, clock, metrics })];
}
