import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from '../harness/platform-process.js';
import type { BrokerName } from './ingest-options.js';

const MOSQUITTO = '/usr/sbin/mosquitto';

/** A broker that does nothing but acknowledge: no authentication, nobody subscribed. Ended by its pid. */
export class BareBroker {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  /** aedes as the edge broker's baseline, Mosquitto as that of an external one. `env` is for aedes. */
  static async start(broker: BrokerName, env: NodeJS.ProcessEnv = {}): Promise<BareBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'liftwarden-bare-'));
    const port = await freePort();
    const child = broker === 'edge' ? aedes(port, env) : await mosquitto(port, folder);
    const bare = new BareBroker(child, folder, `mqtt://127.0.0.1:${port}`);
    await until(`the bare ${broker} broker`, () => {
      if (child.exitCode !== null) throw new Error(`the bare ${broker} broker ended with ${child.exitCode}`);
      return accepts(port);
    });
    return bare;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

function aedes(port: number, env: NodeJS.ProcessEnv): ChildProcess {
  const program = join(import.meta.dirname, 'bare-aedes.js');
  return spawn(process.execPath, [program, String(port)], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
}

async function mosquitto(port: number, folder: string): Promise<ChildProcess> {
  if (!existsSync(MOSQUITTO))
    throw new Error(`${MOSQUITTO} is missing: install the Debian package mosquitto`);
  const file = join(folder, 'mosquitto.conf');
  const account = process.getuid?.() === 0 ? 'user root\n' : '';
  await writeFile(file, `${account}listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n`);
  return spawn(MOSQUITTO, ['-c', file], { stdio: 'ignore' });
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
