import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from './project-root.js';

const DEPLOY = join(PROJECT_ROOT, 'deploy');
const BINARIES = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'];
const START_MS = 10_000;
const STOP_MS = 20_000;

/** The doors of one broker. `secure` and `webSocket` belong to Liftwarden, like `services`. */
export interface MosquittoPorts {
  readonly terminals: number;
  readonly services: number;
  readonly secure: number;
  readonly webSocket: number;
  readonly secureWebSocket: number;
}

export interface MosquittoOptions {
  /** User name → secret of each terminal. */
  readonly terminals: Readonly<Record<string, string>>;
  /** Settings that replace those of the same name in deploy/mosquitto.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Debian's Mosquitto with deploy/mosquitto.conf, in a folder and on ports of its own; ended by its pid. */
export class MosquittoServer {
  static readonly SERVICE_PASSWORD = 'only for this test: %/@:';
  private child: ChildProcess | null = null;
  private log = '';

  private constructor(
    readonly folder: string,
    readonly ports: MosquittoPorts,
    /** PEM of the self-signed certificate for `localhost` and 127.0.0.1. */
    readonly ca: string,
  ) {}

  /**
   * Makes folder, certificate and passwords, and starts. Throws with the package's name without Mosquitto.
   */
  static async start(options: MosquittoOptions): Promise<MosquittoServer> {
    mosquittoBinary();
    const folder = await mkdtemp(join(tmpdir(), 'liftwarden-mosquitto-'));
    const [terminals = 0, services = 0, secure = 0, webSocket = 0, secureWebSocket = 0] = await freePorts(5);
    const ports = { terminals, services, secure, webSocket, secureWebSocket };
    await mkdir(join(folder, 'data'));
    const ca = await selfSigned(folder);
    await writeFile(join(folder, 'terminals.passwd'), passwordFile(options.terminals));
    const service = { liftwarden: MosquittoServer.SERVICE_PASSWORD };
    await writeFile(join(folder, 'services.passwd'), passwordFile(service));
    for (const file of ['terminals.acl', 'services.acl'])
      await copyFile(join(DEPLOY, file), join(folder, file));
    await writeFile(join(folder, 'mosquitto.conf'), await adapted(folder, ports, options.settings ?? {}));
    const server = new MosquittoServer(folder, ports, ca);
    await server.startAgain();
    return server;
  }

  /** `MQTT_URL` of Liftwarden by each way in. */
  url(way: 'tcp' | 'tls' | 'ws' | 'wss' = 'tcp'): string {
    const { services, secure, webSocket, secureWebSocket } = this.ports;
    const account = `liftwarden:${encodeURIComponent(MosquittoServer.SERVICE_PASSWORD)}`;
    switch (way) {
      case 'tcp':
        return `mqtt://${account}@127.0.0.1:${services}`;
      case 'tls':
        return `mqtts://${account}@localhost:${secure}`;
      case 'ws':
        return `ws://${account}@127.0.0.1:${webSocket}/mqtt`;
      case 'wss':
        return `wss://${account}@localhost:${secureWebSocket}/mqtt`;
    }
  }

  get terminalsUrl(): string {
    return `mqtt://127.0.0.1:${this.ports.terminals}`;
  }

  /** The last lines Mosquitto wrote. */
  get output(): string {
    return this.log.slice(-4_000);
  }

  /** Resident memory, MiB. */
  get memoryMiB(): number {
    const pages = readFileSync(`/proc/${this.child?.pid}/statm`, 'utf8').split(' ')[1];
    return (Number(pages) * 4096) / 2 ** 20;
  }

  /** Starts on the same folder and ports; resolves when it accepts connections. */
  async startAgain(): Promise<void> {
    if (this.child !== null) throw new Error('Mosquitto runs already; stop or kill it first.');
    const child = spawn(mosquittoBinary(), ['-c', join(this.folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const keep = (chunk: Buffer) => {
      this.log = (this.log + chunk.toString()).slice(-20_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const deadline = performance.now() + START_MS;
    while (!(await accepts(this.ports.services))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        await this.kill();
        throw new Error(`Mosquitto did not start (exit ${child.exitCode}):\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** SIGTERM: Mosquitto saves and ends. */
  async stop(): Promise<void> {
    await this.signal('SIGTERM');
  }

  /** SIGKILL: what was not saved is lost. */
  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Saves now, as autosave does. */
  saveNow(): void {
    this.child?.kill('SIGUSR1');
  }

  /** Ends it and deletes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(name);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  }
}

function mosquittoBinary(): string {
  const found = BINARIES.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error('Mosquitto is not installed: these tests need the Debian package `mosquitto`.');
  }
  return found;
}

/** deploy/mosquitto.conf with this folder's paths and ports, and the doors that only the tests open. */
async function adapted(
  folder: string,
  ports: MosquittoPorts,
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  let conf = await readFile(join(DEPLOY, 'mosquitto.conf'), 'utf8');
  const replace = (what: RegExp, by: string) => {
    if (!what.test(conf))
      throw new Error(`deploy/mosquitto.conf has no line ${what}; adapt the test harness.`);
    conf = conf.replaceAll(new RegExp(what.source, 'gm'), by);
  };
  replace(/^persistence_location .*$/m, `persistence_location ${folder}/data/`);
  replace(/^(password_file|acl_file) \/etc\/mosquitto\//m, `$1 ${folder}/`);
  replace(/^listener 1883$/m, `listener ${ports.terminals} 127.0.0.1`);
  replace(/^listener 1884 /m, `listener ${ports.services} `);
  for (const [name, value] of Object.entries(settings)) {
    if (new RegExp(`^${name} `, 'm').test(conf)) replace(new RegExp(`^${name} .*$`, 'm'), `${name} ${value}`);
    else conf = `${name} ${value}\n${conf}`;
  }
  // Started by root, as in a container, it would change to a user who may not write here.
  if (process.getuid?.() === 0) conf = `user root\n${conf}`;
  const access = [
    'allow_anonymous false',
    `password_file ${folder}/services.passwd`,
    `acl_file ${folder}/services.acl`,
  ];
  const tls = [`certfile ${folder}/server.pem`, `keyfile ${folder}/server.key`];
  const doors = [
    [`listener ${ports.secure} 127.0.0.1`, ...access, ...tls],
    [`listener ${ports.webSocket} 127.0.0.1`, 'protocol websockets', 'socket_domain ipv4', ...access],
    [
      `listener ${ports.secureWebSocket} 127.0.0.1`,
      'protocol websockets',
      'socket_domain ipv4',
      ...access,
      ...tls,
    ],
  ];
  return `${conf}\n${doors.flat().join('\n')}\n`;
}

/** Mosquitto's `$7$`: PBKDF2-SHA512 with 101 iterations. */
function passwordFile(accounts: Readonly<Record<string, string>>): string {
  return Object.entries(accounts)
    .map(([user, secret]) => {
      const salt = randomBytes(12);
      const hash = pbkdf2Sync(secret, salt, 101, 64, 'sha512');
      return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`;
    })
    .join('');
}

/** Writes server.pem and server.key into `folder`; answers the certificate. Needs Debian's `openssl`. */
export async function selfSigned(folder: string): Promise<string> {
  const certificate = join(folder, 'server.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', join(folder, 'server.key'), '-out', certificate],
  ]);
  return readFile(certificate, 'utf8');
}

/** Held open together, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
