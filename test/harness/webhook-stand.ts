import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal } from '#access';
import { type NewLogEvent, SqlRecords } from '#records';
import { Metrics, SystemClock } from '#runtime';
import { allowedNetworks } from '../../libs/webhooks/address-rules.js';
import type { NewEndpointDto } from '../../libs/webhooks/endpoint.dto.js';
import { SecretBox } from '../../libs/webhooks/secret-box.js';
import { SenderWakes } from '../../libs/webhooks/sender-wakes.js';
import { WebhookEndpoints } from '../../libs/webhooks/webhook-endpoints.js';
import { WebhookSettings } from '../../libs/webhooks/webhook-settings.js';
import { freePort, until } from './platform-process.js';
import { PostgresServer } from './postgres-server.js';
import { PROJECT_ROOT } from './project-root.js';

const MAIN = join(PROJECT_ROOT, 'dist/apps/notifier/main.js');
const START_MS = 120_000;
const ALLOWED = '127.0.0.0/8';

export interface StandEndpoint {
  readonly id: string;
  readonly secret: string;
}

/** PostgreSQL with lifts and webhooks in it, and notifier processes that share it. */
export class WebhookStand {
  private readonly notifiers = new Set<NotifierProcess>();

  private constructor(
    readonly postgres: PostgresServer,
    readonly records: SqlRecords,
    private readonly endpoints: WebhookEndpoints,
    private readonly key: Buffer,
  ) {}

  static async start(): Promise<WebhookStand> {
    const postgres = await PostgresServer.start();
    const [clock, metrics, key] = [new SystemClock(), new Metrics(), randomBytes(32)];
    const records = new SqlRecords({ databaseUrl: postgres.url(), folder: '', clock, metrics });
    await records.open();
    const settings = new WebhookSettings(new SecretBox(key, randomBytes), allowedNetworks([ALLOWED]));
    const endpoints = new WebhookEndpoints(records, settings, new SenderWakes(), clock);
    await records.db.insertInto('district').values({ code: '330922104', name: 'Xicheng' }).execute();
    return new WebhookStand(postgres, records, endpoints, key);
  }

  /** Registers lifts, each of a firm, with the firms. */
  async addLifts(lifts: readonly { readonly lift: string; readonly firm: string }[]): Promise<void> {
    const firms = [...new Set(lifts.map(({ firm }) => firm))].map((id) => ({ id, name: id }));
    await this.records.db.insertInto('firm').values(firms).execute();
    const rows = lifts.map(({ lift, firm }) => ({
      ...{ registration_code: lift, firm, district: '330922104', address: `Road of ${lift}` },
      created_at: new Date(new SystemClock().now()),
    }));
    await this.records.db.insertInto('lift').values(rows).execute();
  }

  /** A webhook of a firm. */
  async addEndpoint(
    firm: string,
    url: string,
    choices: Partial<NewEndpointDto> = {},
  ): Promise<StandEndpoint> {
    const by: Principal = { keyId: 'stand', role: 'firm', scope: { kind: 'firm', firm }, label: 'stand' };
    const made = await this.endpoints.create({ label: firm, url, ...choices }, by);
    if (!made.ok) throw new Error(`webhook of ${firm} at ${url}: ${made.reason}`);
    return made.value.view;
  }

  async disable(endpoint: StandEndpoint): Promise<void> {
    const by: Principal = { keyId: 'stand', role: 'admin', scope: { kind: 'all' }, label: 'stand' };
    await this.endpoints.change(endpoint.id, { enabled: false }, null, by);
  }

  append(...events: readonly NewLogEvent[]): Promise<null> {
    return this.records.write(async () => ({ result: null, events }));
  }

  /** Another notifier on this database. */
  async notifier(): Promise<NotifierProcess> {
    const notifier = await NotifierProcess.create({
      DATABASE_URL: this.postgres.url(),
      WEBHOOK_KEY: this.key.toString('base64'),
      WEBHOOK_ALLOW: ALLOWED,
    });
    this.notifiers.add(notifier);
    await notifier.start();
    return notifier;
  }

  async dispose(): Promise<void> {
    for (const notifier of this.notifiers) await notifier.dispose();
    await this.records.close();
    await this.postgres.dispose();
  }
}

/** The built notifier, in a folder of its own. Started, stopped and killed by its pid. */
export class NotifierProcess {
  private child: ChildProcess | null = null;
  private log = '';

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly variables: NodeJS.ProcessEnv,
  ) {}

  static async create(variables: NodeJS.ProcessEnv): Promise<NotifierProcess> {
    if (!existsSync(MAIN)) throw new Error('dist/apps/notifier is missing: run `npm run build` first');
    return new NotifierProcess(await mkdtemp(join(tmpdir(), 'notifier-')), await freePort(), variables);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async start(): Promise<void> {
    const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, NODE_ENV: _env, ...env } = process.env;
    const child = spawn(process.execPath, [MAIN], {
      cwd: PROJECT_ROOT,
      env: { ...env, DATA_DIR: this.folder, HTTP_PORT: String(this.port), ...this.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const keep = (piece: Buffer) => {
      this.log = (this.log + piece.toString()).slice(-20_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await until(
      'the notifier to be ready',
      async () => {
        if (child.exitCode !== null)
          throw new Error(`the notifier ended with ${child.exitCode}:\n${this.log}`);
        const answer = await fetch(`http://127.0.0.1:${this.port}/health/ready`).catch(() => null);
        return answer?.ok;
      },
      START_MS,
    );
  }

  /** As a crash would. */
  kill(): Promise<number | null> {
    return this.end('SIGKILL');
  }

  /** As an operator would; answers the exit code. */
  stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return exited;
  }
}

/** `fault.raised` of an entrapment, as ingest writes it. */
export function entrapment(id: string, lift: string, firm: string): NewLogEvent {
  const fault = {
    ...{ id, lift, kind: 'entrapment', priority: 'critical', terminal: 'T-1', evidence: 'inferred' },
    ...{ reason: 'occupied-and-still', raisedAt: 1_777_000_000_000, receivedAt: 1_777_000_000_100 },
    ...{ profile: null, code: null, clockSuspect: false, detail: { floor: '7' } },
  };
  return { type: 'fault.raised', lift, district: '330922104', firm, data: { type: 'fault.raised', fault } };
}
