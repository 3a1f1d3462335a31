import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyEmptyDatabase } from './pglite-template.js';
import { PROJECT_ROOT } from './project-root.js';

const MAIN = join(PROJECT_ROOT, 'dist/apps/platform/main.js');
/**
 * As `npm start` and the image start it. In a flood some 25,000 decoded messages wait for their series; a
 * young generation of the usual 16 MB copies each of them twice, a tenth of the thread's time.
 */
export const PLATFORM_FLAGS = ['--max-semi-space-size=64'];
const START_MS = 60_000;
const STOP_MS = 20_000;

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Polls until `look` answers something. Throws with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A process run to its end. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a built program to its end; `args[0]` is its file below `dist`. */
export async function runBuilt(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [file = '', ...rest] = args;
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dist', file), ...rest], {
    cwd: PROJECT_ROOT,
    env: { ...cleanEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = gather(child);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, ...output() };
}

/** The environment without Jest's own switches. */
function cleanEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, NODE_ENV: _env, ...rest } = process.env;
  return rest;
}

function gather(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return () => ({ stdout, stderr });
}

/** The built platform in a folder of its own, on ports of its own. Started, stopped and killed by its pid. */
export class PlatformProcess {
  private child: ChildProcess | null = null;
  private output: () => { stdout: string; stderr: string } = () => ({ stdout: '', stderr: '' });

  private constructor(
    readonly dataDir: string,
    readonly httpPort: number,
    readonly mqttPort: number,
    private readonly variables: NodeJS.ProcessEnv,
    private readonly terminalsUrl: string | undefined,
  ) {}

  /**
   * `variables` are added to those of the ports and the folder: real engines by their URLs. `terminalsUrl` is
   * where terminals connect when that is an external broker.
   */
  static async create(variables: NodeJS.ProcessEnv = {}, terminalsUrl?: string): Promise<PlatformProcess> {
    if (!existsSync(MAIN)) throw new Error('dist/apps/platform is missing: run `npm run build` first');
    const dataDir = await mkdtemp(join(tmpdir(), 'liftwarden-e2e-'));
    if (variables.DATABASE_URL === undefined) await copyEmptyDatabase(join(dataDir, 'records'));
    return new PlatformProcess(dataDir, await freePort(), await freePort(), variables, terminalsUrl);
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  /** Where terminals connect. */
  get mqttUrl(): string {
    return this.terminalsUrl ?? `mqtt://127.0.0.1:${this.mqttPort}`;
  }

  get adminKey(): string {
    return readFileSync(join(this.dataDir, 'admin.key'), 'utf8').trim();
  }

  get log(): string {
    const { stdout, stderr } = this.output();
    return stdout + stderr;
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [...PLATFORM_FLAGS, MAIN], {
      cwd: PROJECT_ROOT,
      env: {
        ...cleanEnv(),
        DATA_DIR: this.dataDir,
        HTTP_PORT: String(this.httpPort),
        MQTT_PORT: String(this.mqttPort),
        ...this.variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.output = gather(child);
    await until(
      'the platform to be ready',
      async () => {
        if (child.exitCode !== null)
          throw new Error(`the platform ended with ${child.exitCode}:\n${this.log}`);
        const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
        return answer?.ok && existsSync(join(this.dataDir, 'admin.key'));
      },
      START_MS,
    );
  }

  /** As a crash or the kernel would: no handler runs. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** As an operator would; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** Stops it if it runs, and removes its folder. */
  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** One request of the API with the admin key, or another. */
  async api<T>(method: string, path: string, body?: unknown, key = this.adminKey): Promise<T> {
    const response = await this.raw(method, path, body, key);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  raw(method: string, path: string, body?: unknown, key: string | null = this.adminKey): Promise<Response> {
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Every item of a list. */
  async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    const glue = path.includes('?') ? '&' : '?';
    for (let next: string | null = null, first = true; first || next !== null; first = false) {
      const cursor: string = next === null ? '' : `&cursor=${encodeURIComponent(next)}`;
      const page: { items: T[]; next: string | null } = await this.api(
        'GET',
        `${path}${glue}limit=100${cursor}`,
      );
      items.push(...page.items);
      next = page.next;
    }
    return items;
  }

  /** Everything it says of itself, in the text form of Prometheus. */
  async metrics(): Promise<string> {
    const response = await fetch(`${this.url}/metrics`, {
      headers: { authorization: `Bearer ${this.adminKey}` },
    });
    return response.text();
  }

  /** The sum of a counter over its labels that match. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = await this.metrics();
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((pair) => line.includes(pair)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const code = await exited;
    clearTimeout(timer);
    return code;
  }
}
