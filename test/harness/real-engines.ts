import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyProxy } from './faulty-proxy.js';
import { InfluxServer } from './influx-server.js';
import { MosquittoServer } from './mosquitto-server.js';
import { PlatformProcess } from './platform-process.js';
import { PostgresServer } from './postgres-server.js';
import { type Registered, register } from './test-terminal.js';

/** InfluxDB behind a proxy that can spoil writes, PostgreSQL, Mosquitto, and the platform on the three. */
export class RealEngines {
  private constructor(
    readonly platform: PlatformProcess,
    readonly influx: InfluxServer,
    readonly proxy: FaultyProxy,
    readonly postgres: PostgresServer,
    readonly mosquitto: MosquittoServer,
  ) {}

  static async start(): Promise<RealEngines> {
    const influx = await InfluxServer.start();
    const proxy = await FaultyProxy.start(influx.url);
    const postgres = await PostgresServer.start();
    const mosquitto = await MosquittoServer.start({ terminals: {} });
    const platform = await PlatformProcess.create(
      {
        INFLUX_URL: proxy.url,
        INFLUX_VERSION: '1',
        INFLUX_BUCKET: 'liftwarden',
        DATABASE_URL: postgres.url(),
        MQTT_URL: mosquitto.url(),
      },
      mosquitto.terminalsUrl,
    );
    await platform.start();
    return new RealEngines(platform, influx, proxy, postgres, mosquitto);
  }

  /** Registers terminals and hands their secrets' hashes to Mosquitto, as an operator does. */
  async register(serials: readonly string[]): Promise<Registered[]> {
    const terminals: Registered[] = [];
    for (const serial of serials) terminals.push(await register(this.platform, serial));
    const answer = await this.platform.raw('GET', '/mosquitto/password-file');
    await writeFile(join(this.mosquitto.folder, 'terminals.passwd'), await answer.text());
    await this.mosquitto.stop();
    await this.mosquitto.startAgain();
    return terminals;
  }

  async dispose(): Promise<void> {
    await this.platform.dispose();
    await this.mosquitto.remove();
    await this.postgres.dispose();
    await this.proxy.close();
    await this.influx.destroy();
  }
}
