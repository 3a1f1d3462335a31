import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { alarmApiModule, alarmMonitorModule, MONITOR_CONSUMER } from '#alarms';
import { FleetModule } from '#fleet';
import {
  INDICATORS_CONSUMER,
  INDICATORS_PAGE_MAX,
  IndicatorApiModule,
  IndicatorMonitorModule,
} from '#indicators';
import { IngestModule, TerminalReplies } from '#ingest';
import { EventLogStrategy, Records } from '#records';
import { Clock, type Config, Metrics, readConfig } from '#runtime';
import {
  BROKER_VARIABLES,
  brokerTransport,
  checkBroker,
  checkSeries,
  HTTP_VARIABLES,
  ServiceModule,
  STORAGE_VARIABLES,
} from '#service';
import { telemetryModule } from '#telemetry';
import {
  NOTIFIER_CONSUMER,
  WEBHOOK_VARIABLES,
  webhookApiModule,
  webhookGroundModule,
  webhookNotifierModule,
} from '#webhooks';

export const PLATFORM_VARIABLES = {
  ...HTTP_VARIABLES,
  ...BROKER_VARIABLES,
  ...STORAGE_VARIABLES,
  ...WEBHOOK_VARIABLES,
};

type PlatformConfig = Config<typeof PLATFORM_VARIABLES>;

/** All roles in one process: the default. */
@Module({})
export class PlatformModule {
  static register(config: PlatformConfig): DynamicModule {
    const ingest = IngestModule.register({ folder: config.DATA_DIR, imports: [FleetModule] });
    return {
      module: PlatformModule,
      imports: [
        ServiceModule.register(config),
        FleetModule,
        ingest,
        alarmMonitorModule([FleetModule]),
        alarmApiModule([FleetModule, ingest]),
        telemetryModule([FleetModule]),
        IndicatorMonitorModule,
        IndicatorApiModule,
        webhookGroundModule(config),
        webhookNotifierModule([FleetModule]),
        webhookApiModule([FleetModule]),
      ],
    };
  }
}

/** Parses the environment. Throws a `ConfigError` that names the variable. */
export function readPlatformConfig(env: NodeJS.ProcessEnv): PlatformConfig {
  const config = readConfig(PLATFORM_VARIABLES, env);
  checkBroker(config);
  checkSeries(config);
  return config;
}

/** Terminals' messages come in by a broker; the monitor follows the event log. */
export function platformTransports(
  app: INestApplication,
  config: PlatformConfig,
): readonly CustomTransportStrategy[] {
  const [clock, metrics, records] = [app.get(Clock), app.get(Metrics), app.get(Records)];
  const replies = app.get(TerminalReplies, { strict: false });
  return [
    new EventLogStrategy({ consumer: MONITOR_CONSUMER, records, clock, metrics }),
    new EventLogStrategy({
      consumer: INDICATORS_CONSUMER,
      records,
      clock,
      metrics,
      pageMax: INDICATORS_PAGE_MAX,
    }),
    new EventLogStrategy({ consumer: NOTIFIER_CONSUMER, records, clock, metrics }),
    brokerTransport(app, config, (downlink) => replies.sendThrough(downlink)),
  ];
}
