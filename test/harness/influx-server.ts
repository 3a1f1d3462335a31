import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from './platform-process.js';

const BINARY = '/usr/bin/influxd';
const START_MS = 30_000;
const STOP_MS = 10_000;

export interface InfluxServerOptions {
  /** 1.x's `max-values-per-tag`; its own default is 100,000. */
  readonly maxValuesPerTag?: number;
  /** Largest body of a write, in bytes; its own default is 25 MB. */
  readonly maxBodyBytes?: number;
  /** Niceness of its process, 0 to 19; default 0. */
  readonly nice?: number;
}

/**
 * A real InfluxDB 1.x (Debian's `influxdb`) in a temporary folder, on ports nobody else listens on. Stopped
 * and killed by its pid; it can be started again on the same folder and port.
 */
export class InfluxServer {
  private child: ChildProcess | null = null;
  private output = '';

  private constructor(
    readonly folder: string,
    private readonly port: number,
    private readonly nice: number,
  ) {}

  /** Starts a server with no databases. Throws when there is none on this machine. */
  static async start(options: InfluxServerOptions = {}): Promise<InfluxServer> {
    if (!existsSync(BINARY)) {
      throw new Error(
        `${BINARY} is missing: install the Debian package influxdb (apt-get install influxdb).`,
      );
    }
    const folder = await mkdtemp(join(tmpdir(), 'influx-'));
    const server = new InfluxServer(folder, await freePort(), options.nice ?? 0);
    await writeFile(
      join(folder, 'influxdb.conf'),
      configuration(folder, server.port, await freePort(), options),
    );
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it again after {@link stop}. */
  async start(): Promise<void> {
    // `nice` becomes what it starts: the process id is InfluxDB's own.
    const command = ['-n', String(this.nice), BINARY, '-config', join(this.folder, 'influxdb.conf')];
    const child = spawn('nice', command, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let gone: string | null = null;
    child.once('error', (error) => {
      gone = String(error);
    });
    child.once('exit', (code, signal) => {
      gone ??= `exit ${code ?? signal}`;
    });
    const keep = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await until(
      `InfluxDB at ${this.url}`,
      async () => {
        if (gone !== null) throw new Error(`influxd did not start (${gone}): ${this.output}`);
        const answer = await fetch(`${this.url}/ping`).catch(() => null);
        return answer?.status === 204;
      },
      START_MS,
    );
  }

  /** Stops it orderly; kills it when it does not go. With `SIGKILL`, kills it at once. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(killer);
  }

  /** Stops it and deletes its folder. */
  async destroy(): Promise<void> {
    await this.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Runs InfluxQL as an administrator; answers the JSON of `/query`. Throws what the server says is wrong.
   */
  async query(statement: string, database = ''): Promise<unknown> {
    const query = new URLSearchParams({ db: database, q: statement });
    const answer = await fetch(`${this.url}/query?${query}`, { method: 'POST' });
    const body = await answer.text();
    if (!answer.ok || body.includes('"error"')) throw new Error(`${statement}: ${answer.status} ${body}`);
    return JSON.parse(body);
  }

  /** Writes raw line protocol. */
  async write(database: string, lines: string): Promise<void> {
    const answer = await fetch(`${this.url}/write?db=${encodeURIComponent(database)}&precision=ns`, {
      method: 'POST',
      body: lines,
    });
    if (answer.status !== 204) throw new Error(`write: ${answer.status} ${await answer.text()}`);
  }
}

function configuration(folder: string, port: number, rpcPort: number, options: InfluxServerOptions): string {
  const { maxValuesPerTag = 100_000, maxBodyBytes = 25_000_000 } = options;
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
  max-values-per-tag = ${maxValuesPerTag}
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = ${maxBodyBytes}
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "error"
  suppress-logo = true
`;
}
