import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import {
  EdgeBrokerStrategy,
  type EdgeTls,
  ShardConsumerStrategy,
  TerminalAccess,
  type TerminalDownlink,
} from '#mqtt';
import { Clock, type Config, ConfigError, Interludes, Metrics } from '#runtime';
import type { BROKER_VARIABLES } from './variables.js';

type BrokerConfig = Config<typeof BROKER_VARIABLES>;

/** Throws a `ConfigError` when the broker's variables contradict each other. */
export function checkBroker(config: BrokerConfig): void {
  if (config.MQTTS_PORT !== null && (config.TLS_CERT === null || config.TLS_KEY === null)) {
    throw new ConfigError(
      'MQTTS_PORT is set: it wants TLS_CERT and TLS_KEY, the files of certificate and key',
    );
  }
  if (config.MQTT_URL !== null && config.MQTTS_PORT !== null) {
    throw new ConfigError(
      'MQTT_URL and MQTTS_PORT are both set: with an external broker no edge broker runs',
    );
  }
}

/**
 * The transport by which terminals' messages come in: the external broker's consumer, or the edge broker.
 * `onDownlink` gets the way back to the terminals.
 */
export function brokerTransport(
  app: INestApplication,
  config: BrokerConfig,
  onDownlink: (downlink: TerminalDownlink) => void,
): CustomTransportStrategy {
  const clock = app.get(Clock);
  const metrics = app.get(Metrics);
  if (config.MQTT_URL !== null) {
    const consumer = new ShardConsumerStrategy({ url: config.MQTT_URL, clock, metrics });
    onDownlink(consumer.downlink);
    return consumer;
  }
  const tls = edgeTls(config);
  const broker = new EdgeBrokerStrategy({
    host: config.MQTT_HOST,
    port: config.MQTT_PORT,
    ...(tls === null ? {} : { tls }),
    access: app.get(TerminalAccess, { strict: false }),
    clock,
    metrics,
    interludes: app.get(Interludes),
  });
  onDownlink(broker.downlink);
  return broker;
}

function edgeTls({ MQTTS_PORT, TLS_CERT, TLS_KEY }: BrokerConfig): EdgeTls | null {
  if (MQTTS_PORT === null || TLS_CERT === null || TLS_KEY === null) return null;
  return { port: MQTTS_PORT, cert: readPem('TLS_CERT', TLS_CERT), key: readPem('TLS_KEY', TLS_KEY) };
}

function readPem(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `${name} is ${JSON.stringify(file)}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
