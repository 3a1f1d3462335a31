import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'mqtt-packet';
import { type FleetTerminal, readFleet } from '../../simulators/fleet/fleet-file.js';
import { generateFleet } from '../../simulators/fleet/generate-fleet.js';
import { PlatformApi } from '../../simulators/fleet/platform-api.js';
import { AckParser, CONNACK } from '../../simulators/load/ack-parser.js';
import { ConnectionStorm, type StormResult } from '../../simulators/load/connection-storm.js';
import { dialler } from '../../simulators/load/dial-socket.js';
import { openFilesMax, requireOpenFiles } from '../../simulators/load/open-files.js';
import { PlatformProcess } from '../harness/platform-process.js';
import { BareBroker } from './bare-broker.js';
import { benchFleet } from './ingest-stand.js';
import { askableEnv, type Memory, memoryOf } from './measured-memory.js';
import { processIn } from './process-usage.js';

/** Connections before the count begins: what a server allocates once is then there. */
const FIRST = 200;
/** What is being sent or freed when the last CONNACK comes. */
const SETTLE_MS = 2_000;
/** Longer than the bench: an idle terminal's pings are not what is measured. */
const KEEPALIVE_S = 1_800;

export interface ConnectionsOptions {
  /** Idle terminals, 1,000 to 19,000 (`ulimit -n`). */
  readonly connections: number;
  /** Connections opened a second. */
  readonly rate: number;
}

/** What one server showed. */
interface Held extends StormResult {
  /** Bytes a connection, resident and on the JavaScript heap with its buffers, after garbage collection. */
  readonly rssBytes: number;
  readonly heapBytes: number;
}

/** Idle terminals on a bare aedes and on the platform, each authenticated there, one after the other. */
export async function benchConnections(options: ConnectionsOptions) {
  requireOpenFiles(options.connections, openFilesMax());
  const folder = await mkdtemp(join(tmpdir(), 'liftwarden-connections-'));
  const memoryFile = join(folder, 'memory.json');
  const platform = await PlatformProcess.create(askableEnv(memoryFile));
  try {
    await platform.start();
    const out = join(folder, 'fleet.json');
    await generateFleet({
      api: new PlatformApi(platform.url, platform.adminKey),
      ...{ plan: benchFleet(options.connections + FIRST), profile: 'native-v1', out },
      clock: () => Date.now(),
      onProgress: () => undefined,
    });
    const fleet = await readFleet(out);
    // A fresh process: what the registration left resident would hide what connections add.
    await platform.stop();
    await platform.start();
    const measure = (url: string, pid: number) => hold(url, fleet, options, () => memoryOf(pid, memoryFile));
    const ours = await measure(platform.mqttUrl, processIn(platform.dataDir));
    await platform.stop();
    const broker = await BareBroker.start('edge', askableEnv(memoryFile));
    const bare = await measure(broker.url, broker.pid).finally(() => broker.stop());
    const ratio = (a: number, b: number) => Number((a / b).toFixed(2));
    return {
      connections: options.connections,
      offeredPerSecond: options.rate,
      acceptedPerSecond: ours.perSecond,
      connectMs: ours.connectMs,
      bareAcceptedPerSecond: bare.perSecond,
      ...{
        rssBytes: ours.rssBytes,
        bareRssBytes: bare.rssBytes,
        rssRatio: ratio(ours.rssBytes, bare.rssBytes),
      },
      heapBytes: ours.heapBytes,
      bareHeapBytes: bare.heapBytes,
      heapRatio: ratio(ours.heapBytes, bare.heapBytes),
    };
  } finally {
    await platform.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function hold(
  url: string,
  fleet: readonly FleetTerminal[],
  { rate }: ConnectionsOptions,
  memory: () => Promise<Memory>,
): Promise<Held> {
  const { hostname, port } = new URL(url);
  const dial = dialler({ host: hostname, port: Number(port), tls: null });
  const open: IdleConnection[] = [];
  const connectAll = async (terminals: readonly FleetTerminal[]): Promise<StormResult> => {
    const made = terminals.map((terminal) => new IdleConnection(terminal, dial));
    open.push(...made);
    const storm = new ConnectionStorm(made, rate);
    for (const each of made) each.storm = storm;
    const result = await storm.all(new AbortController().signal);
    await sleep(SETTLE_MS);
    return result;
  };
  try {
    await connectAll(fleet.slice(0, FIRST));
    const before = await memory();
    const measured = fleet.slice(FIRST);
    const result = await connectAll(measured);
    const after = await memory();
    const each = (bytes: number) => Math.round(bytes / measured.length);
    const lost = open.filter((connection) => !connection.up).length;
    if (lost > 0) throw new Error(`${lost} of ${open.length} idle connections were lost at ${url}`);
    return {
      ...result,
      rssBytes: each(after.rss - before.rss),
      heapBytes: each(after.heapUsed + after.external - before.heapUsed - before.external),
    };
  } finally {
    for (const connection of open) connection.end();
  }
}

/** A terminal that connects and says nothing more. */
class IdleConnection {
  storm: ConnectionStorm | null = null;
  up = false;
  private socket: Socket | null = null;

  constructor(
    private readonly terminal: FleetTerminal,
    private readonly open: ReturnType<typeof dialler>,
  ) {}

  dial(): void {
    const began = performance.now();
    const parser = new AckParser((type, word) => {
      if (type !== CONNACK) return;
      const code = word & 0xff;
      this.up = code === 0;
      if (this.up) this.storm?.admitted(this, performance.now() - began);
      else this.storm?.refused(this.terminal.id, code);
    });
    const socket = this.open((bytes, buffer) => parser.take(buffer, bytes));
    this.socket = socket;
    socket.on('error', (error) => this.storm?.lost(error.message));
    socket.on('close', () => {
      this.up = false;
    });
    const { id, secret } = this.terminal;
    socket.write(
      generate({
        ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true },
        ...{ clientId: id, username: id, password: Buffer.from(secret), keepalive: KEEPALIVE_S },
      }),
    );
  }

  end(): void {
    this.socket?.destroy();
  }
}
