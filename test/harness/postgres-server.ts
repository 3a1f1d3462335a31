import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, until } from './platform-process.js';

const VERSIONS = '/usr/lib/postgresql';
const PASSWORD = 'only-for-this-test';

/** Who runs it: PostgreSQL refuses to run as root. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** Debian's PostgreSQL in a folder and on a port of its own, with its durability left on. */
export class PostgresServer {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly bin: string,
    private readonly folder: string,
    readonly port: number,
    private readonly account: Account,
  ) {}

  /** Makes the cluster and starts it. Throws with the Debian package when PostgreSQL is missing. */
  static async start(): Promise<PostgresServer> {
    const bin = newestBin();
    const account = ownAccount();
    const folder = await mkdtemp(join(tmpdir(), 'liftwarden-postgres-'));
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, PASSWORD);
    const { uid, gid } = account;
    if (uid !== undefined && gid !== undefined)
      for (const path of [folder, passwordFile]) chownSync(path, uid, gid);
    const data = join(folder, 'data');
    execFileSync(
      join(bin, 'initdb'),
      [
        '-D',
        data,
        '-U',
        'liftwarden',
        '-A',
        'scram-sha-256',
        '-E',
        'UTF8',
        '--locale=C',
        `--pwfile=${passwordFile}`,
      ],
      { ...account, cwd: folder, stdio: 'pipe' },
    );
    const server = new PostgresServer(bin, folder, await freePort(), account);
    await server.resume();
    return server;
  }

  /** `DATABASE_URL` of one of its databases. */
  url(database = 'postgres'): string {
    return `postgres://liftwarden:${PASSWORD}@127.0.0.1:${this.port}/${database}`;
  }

  /** Starts it again on the same folder and port. */
  async resume(): Promise<void> {
    const data = join(this.folder, 'data');
    const args = ['-D', data, '-p', String(this.port), '-h', '127.0.0.1', '-k', this.folder];
    this.child = spawn(join(this.bin, 'postgres'), args, {
      ...this.account,
      cwd: this.folder,
      stdio: 'ignore',
    });
    await until('PostgreSQL to accept connections', () => this.accepts(), 30_000);
  }

  /** Fast shutdown: connections are cut, what is committed stays. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await exited;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Answers a query: the port is open some time before, and says that the system is starting up. */
  private async accepts(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function newestBin(): string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const newest = versions
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => b - a)[0];
  const bin = join(VERSIONS, String(newest), 'bin');
  if (newest === undefined || !existsSync(join(bin, 'initdb'))) {
    throw new Error(`no PostgreSQL server in ${VERSIONS}: install the Debian package "postgresql"`);
  }
  return bin;
}

function ownAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
