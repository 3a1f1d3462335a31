import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateFleet } from '../../simulators/fleet/generate-fleet.js';
import { type FleetPlan, planFleet } from '../../simulators/fleet/plan-fleet.js';
import { PlatformApi } from '../../simulators/fleet/platform-api.js';
import { InfluxServer } from '../harness/influx-server.js';
import { MosquittoServer } from '../harness/mosquitto-server.js';
import { PlatformProcess } from '../harness/platform-process.js';
import { type Registered, register } from '../harness/test-terminal.js';
import type { BrokerName, StoreName } from './ingest-options.js';
import { childWith, processIn } from './process-usage.js';

/** Serials of the probes' lifts; the fleet's lie elsewhere by their dates. */
const FIRST_PROBE_SERIAL = 9_000;

/** The invented fleet of a bench: the same each time. */
export function benchFleet(lifts: number): FleetPlan {
  return planFleet({ lifts, districts: 5, seed: 1, profile: 'native-v1', prefix: 'BENCH-' });
}

/** The platform on the engines asked for, each a process of its own, with a fleet registered. */
export class IngestStand {
  private constructor(
    readonly platform: PlatformProcess,
    private readonly influx: InfluxServer | null,
    private readonly mosquitto: MosquittoServer | null,
  ) {}

  /** `influxNice`: niceness of InfluxDB's process. */
  static async start(store: StoreName, broker: BrokerName, influxNice = 0): Promise<IngestStand> {
    const influx = store === 'influx' ? await InfluxServer.start({ nice: influxNice }) : null;
    const mosquitto = broker === 'mosquitto' ? await MosquittoServer.start({ terminals: {} }) : null;
    const series =
      influx === null ? {} : { INFLUX_URL: influx.url, INFLUX_VERSION: '1', INFLUX_BUCKET: 'liftwarden' };
    const platform = await PlatformProcess.create(
      { ...series, ...(mosquitto === null ? {} : { MQTT_URL: mosquitto.url() }) },
      mosquitto?.terminalsUrl,
    );
    const stand = new IngestStand(platform, influx, mosquitto);
    try {
      await platform.start();
      return stand;
    } catch (error) {
      await stand.dispose();
      throw error;
    }
  }

  /** Process ids by what they are; `platform` is always there. */
  pids(): { readonly platform: number; readonly store: number | null; readonly broker: number | null } {
    return {
      platform: processIn(this.platform.dataDir),
      store: this.influx?.pid ?? null,
      broker: this.mosquitto === null ? null : childWith(this.mosquitto.folder),
    };
  }

  /** Registers the fleet, writes its file, and answers the terminals of the alarm probe. */
  async register(plan: FleetPlan, file: string, probes: number): Promise<readonly Registered[]> {
    const { platform, mosquitto } = this;
    await generateFleet({
      api: new PlatformApi(platform.url, platform.adminKey),
      ...{ plan, profile: 'native-v1', out: file },
      clock: () => Date.now(),
      onProgress: () => undefined,
    });
    const terminals: Registered[] = [];
    for (let n = 0; n < probes; n++) terminals.push(await register(platform, String(FIRST_PROBE_SERIAL + n)));
    if (mosquitto !== null) {
      const answer = await platform.raw('GET', '/mosquitto/password-file');
      await writeFile(join(mosquitto.folder, 'terminals.passwd'), await answer.text());
      await mosquitto.stop();
      await mosquitto.startAgain();
    }
    return terminals;
  }

  /** As `kill -TERM` would; what it acknowledged is there when it is started again. */
  async stopStore(): Promise<void> {
    await this.influx?.stop();
  }

  async startStore(): Promise<void> {
    await this.influx?.start();
  }

  /** Copies what platform and InfluxDB hold, what the platform said and its metrics, to look into a loss. */
  async copyTo(folder: string): Promise<void> {
    const { platform, influx } = this;
    await writeFile(join(folder, 'platform.log'), platform.log);
    await writeFile(join(folder, 'metrics.txt'), await platform.metrics());
    await platform.stop();
    await cp(platform.dataDir, join(folder, 'platform'), { recursive: true });
    if (influx === null) return;
    await influx.stop();
    await cp(influx.folder, join(folder, 'influx'), { recursive: true });
  }

  async dispose(): Promise<void> {
    await this.platform.dispose();
    await this.mosquitto?.remove();
    await this.influx?.destroy();
  }
}
