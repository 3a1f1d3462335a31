import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule, ApiKeys, type NewKey } from '#access';
import { LiftFacts } from '#alarms';
import { SqlLiftFacts } from '#fleet';
import { EventLogStrategy, type NewLogEvent, Records, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { NOTIFIER_CONSUMER } from './notifier.controller.js';
import { webhookApiModule, webhookGroundModule, webhookNotifierModule } from './webhooks.module.js';

@Module({ providers: [{ provide: LiftFacts, useClass: SqlLiftFacts }], exports: [LiftFacts] })
class LiftFactsModule {}

/** A clock that can be set ahead; timers run by the real one. */
export class AheadClock extends SystemClock {
  aheadMs = 0;
  override now(): number {
    return super.now() + this.aheadMs;
  }
}

export interface RigOptions {
  /** PostgreSQL instead of the embedded database. */
  readonly databaseUrl?: string;
  /** Networks that may be reached; this machine when not given. */
  readonly allow?: readonly string[] | null;
  /** What several rigs on one database share. */
  readonly key?: Buffer;
}

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** Webhooks whole: notifier, sender and API over a database, as the platform puts them together. */
export class WebhookRig {
  private constructor(
    readonly app: INestApplication,
    readonly records: SqlRecords,
    readonly clock: AheadClock,
    readonly metrics: Metrics,
    readonly base: string,
    private readonly folder: string,
  ) {}

  static async start(options: RigOptions = {}): Promise<WebhookRig> {
    Logger.overrideLogger(false);
    const folder = await mkdtemp(join(tmpdir(), 'webhooks-'));
    if (options.databaseUrl === undefined) await copyEmptyDatabase(join(folder, 'records'));
    const [clock, metrics] = [new AheadClock(), new Metrics()];
    const { databaseUrl } = options;
    const records = new SqlRecords({ databaseUrl, folder: join(folder, 'records'), clock, metrics });
    await records.open();
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: clock },
        { provide: Metrics, useValue: metrics },
      ],
      exports: [Records, Clock, Metrics],
    })
    class Surroundings {}
    const allow = options.allow === undefined ? ['127.0.0.0/8'] : options.allow;
    const config = { DATA_DIR: folder, WEBHOOK_KEY: options.key ?? null, WEBHOOK_ALLOW: allow };
    const module = await Test.createTestingModule({
      imports: [
        Surroundings,
        AccessModule,
        webhookGroundModule(config),
        webhookNotifierModule([LiftFactsModule]),
        webhookApiModule([LiftFactsModule]),
      ],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    const strategy = new EventLogStrategy({ consumer: NOTIFIER_CONSUMER, records, clock, metrics });
    app.connectMicroservice({ strategy });
    await app.init();
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new WebhookRig(app, records, clock, metrics, `http://127.0.0.1:${port}/api/v1`, folder);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.records.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A key of its own. */
  async key(key: Omit<NewKey, 'label'>): Promise<string> {
    return (await this.app.get(ApiKeys).create({ label: 'test', ...key })).text;
  }

  async call<T = Record<string, unknown>>(
    key: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as T,
      headers: response.headers,
    };
  }

  append(...events: readonly NewLogEvent[]): Promise<null> {
    return this.records.write(async () => ({ result: null, events }));
  }

  /** Two districts, two firms, and a lift of each. */
  async seedFleet(): Promise<void> {
    const { db } = this.records;
    const districts = [
      { code: '330922104', name: 'Xicheng' },
      { code: '420102001', name: 'Jiangan' },
    ];
    await db.insertInto('district').values(districts).execute();
    await db
      .insertInto('firm')
      .values([
        { id: 'firm-a', name: 'A' },
        { id: 'firm-b', name: 'B' },
      ])
      .execute();
    const created_at = new Date(this.clock.now());
    const lift = (registration_code: string, district: string, firm: string) => ({
      ...{ registration_code, district, firm, created_at, address: `Road of ${registration_code}` },
      rescue_code: registration_code === 'LIFT-A' ? '100237' : null,
    });
    await db
      .insertInto('lift')
      .values([lift('LIFT-A', '330922104', 'firm-a'), lift('LIFT-B', '420102001', 'firm-b')])
      .execute();
  }
}

/** `fault.raised` as ingest writes it. */
export function faultRaised(id: string, lift = 'LIFT-A', kind = 'entrapment', firm = 'firm-a'): NewLogEvent {
  const priority = kind === 'entrapment' ? 'critical' : 'medium';
  const fault = {
    ...{ id, lift, kind, priority, terminal: 'T-1', evidence: 'inferred', reason: 'occupied-and-still' },
    ...{ raisedAt: 1_777_000_000_000, receivedAt: 1_777_000_000_100, profile: null, code: null },
    ...{ clockSuspect: false, detail: { floor: '7' } },
  };
  return { type: 'fault.raised', lift, district: '330922104', firm, data: { type: 'fault.raised', fault } };
}

/** `alarm.*` as the monitor writes it. */
export function alarmEvent(
  type: 'alarm.raised' | 'alarm.acknowledged' | 'alarm.cleared' | 'alarm.closed',
  id: string,
  lift = 'LIFT-A',
  priority = 'critical',
): NewLogEvent {
  const at = '2026-05-01T08:00:00.000Z';
  const state = { 'alarm.raised': 'raised', 'alarm.acknowledged': 'acknowledged' }[type as string];
  const alarm = {
    ...{ id, faultId: `f-${id}`, lift, kind: 'entrapment', priority, evidence: 'inferred' },
    ...{
      state: state ?? (type === 'alarm.closed' ? 'closed' : 'cleared'),
      reason: 'fault-raised',
      raisedAt: at,
    },
    ...{ recordedAt: at, acknowledgedAt: null, acknowledgedBy: null, clearedAt: null, closedAt: null },
    ...{ closedBy: null, note: null, attachments: 0, clockSuspect: false, version: 1, recorded: true },
  };
  return { type, lift, district: '330922104', firm: 'firm-a', data: { alarm, reason: 'fault-raised' } };
}

/** What came to an inbox. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the test's own stop watch, ms. */
  readonly at: number;
}

type Reply = (request: Received, response: ServerResponse, nth: number) => void;

/** An endpoint of a firm: keeps what comes and answers as the test wants. */
export class Inbox {
  readonly received: Received[] = [];
  reply: Reply = (_request, response) => response.writeHead(204).end();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<Inbox> {
    const server = createServer((request, response) => inbox.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const inbox = new Inbox(server, `http://127.0.0.1:${port}`);
    return inbox;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What came to one path. */
  at(path: string): readonly Received[] {
    return this.received.filter((each) => each.path === path);
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const received: Received = {
        path: request.url ?? '',
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(pieces).toString(),
        at: performance.now(),
      };
      this.received.push(received);
      this.reply(received, response, this.received.length);
    });
  }
}
