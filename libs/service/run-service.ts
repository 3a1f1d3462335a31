import { type DynamicModule, type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConfigError, DataDirLock, DataDirLockedError, keepAnswersYoung } from '#runtime';
import { hardenHttp } from './harden-http.js';
import { ServiceLogger } from './service.logger.js';

const STOP_MS = 15_000;

/** What every service's configuration holds: `STORAGE_VARIABLES` and `HTTP_VARIABLES`. */
export interface ServiceConfig {
  readonly DATA_DIR: string;
  readonly LOG_FORMAT: 'text' | 'json';
  readonly HTTP_PORT: number;
  readonly HTTP_HOST: string;
  readonly TRUST_PROXY: readonly string[] | null;
}

export interface Service<C extends ServiceConfig> {
  readonly name: string;
  /** Parses the environment; throws a `ConfigError` when a variable is bad or they contradict each other. */
  readonly read: (env: NodeJS.ProcessEnv) => C;
  readonly module: (config: C) => DynamicModule;
  /** The Nest transports of this service, by role. */
  readonly transports: (app: INestApplication, config: C) => readonly CustomTransportStrategy[];
  /** Folder of the page's files; null for a service without a page. */
  readonly page: string | null;
  /** Before anything listens. */
  readonly prepare?: (app: INestApplication, config: C) => Promise<void>;
}

/**
 * Starts a service and stops it in order on SIGTERM or SIGINT. What a person can mend (a bad variable, a
 * folder in use, a port taken, a store that does not open) ends the process with one line and exit code 1.
 */
export async function runService<C extends ServiceConfig>(service: Service<C>): Promise<void> {
  keepAnswersYoung();
  let lock: DataDirLock | null = null;
  try {
    const config = service.read(process.env);
    lock = DataDirLock.acquire(config.DATA_DIR);
    await start(service, config, lock);
  } catch (error) {
    lock?.release();
    process.stderr.write(`${service.name}: ${oneLine(error)}\n`);
    process.exit(1);
  }
}

async function start<C extends ServiceConfig>(
  service: Service<C>,
  config: C,
  lock: DataDirLock,
): Promise<void> {
  const logger = new ServiceLogger({
    json: config.LOG_FORMAT === 'json',
    logLevels: ['log', 'warn', 'error', 'fatal'],
  });
  const app = await NestFactory.create<NestExpressApplication>(service.module(config), {
    logger,
    abortOnError: false,
    forceCloseConnections: true,
  });
  hardenHttp(app, config.TRUST_PROXY);
  if (service.page !== null) app.useStaticAssets(service.page, { redirect: false });
  for (const strategy of service.transports(app, config)) app.connectMicroservice({ strategy });
  await app.init();
  await service.prepare?.(app, config);
  await app.startAllMicroservices();
  await app.listen(config.HTTP_PORT, config.HTTP_HOST);
  stopOnSignal(service.name, app, lock);
  new Logger(service.name).log(`Listens on ${await app.getUrl()}`);
}

/**
 * Stops in order on the first signal and exits with 0: broker and HTTP first, then the readers of the
 * journal, then the stores. A second signal, or a stop that hangs, ends it at once; what was acknowledged is
 * in the journal either way.
 */
function stopOnSignal(name: string, app: INestApplication, lock: DataDirLock): void {
  const log = new Logger(name);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.log(`${signal}: stopping`);
    setTimeout(() => {
      log.error(`Did not stop within ${STOP_MS / 1_000} s; ends now.`);
      process.exit(1);
    }, STOP_MS).unref();
    app
      .close()
      .then(() => {
        lock.release();
        process.exit(0);
      })
      .catch((error: unknown) => {
        log.error(`Did not stop in order: ${oneLine(error)}`);
        process.exit(1);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function oneLine(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DataDirLockedError) return error.message;
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is in use: stop what listens there, or choose another port`;
  return String(message ?? error).replaceAll(/\s*\n\s*/g, ' ');
}
