import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule, AdminKeyBootstrap } from '#access';
import { Records, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { SeriesStore } from '#series';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { FleetModule } from './fleet.module.js';
import { type Answer, OneLiftSeries } from './fleet-http.fixture.js';

/** The fleet's routes on a free port, over an embedded database of their own, and an admin's key. */
export class FleetApp {
  private constructor(
    readonly app: INestApplication,
    readonly records: SqlRecords,
    readonly base: string,
    readonly admin: string,
    private readonly folder: string,
  ) {}

  static async start(): Promise<FleetApp> {
    Logger.overrideLogger(false);
    const folder = await mkdtemp(join(tmpdir(), 'fleet-books-'));
    await copyEmptyDatabase(join(folder, 'records'));
    const clock = new SystemClock();
    const metrics = new Metrics();
    const records = new SqlRecords({ folder: join(folder, 'records'), clock, metrics });
    await records.open();
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: clock },
        { provide: Metrics, useValue: metrics },
        { provide: SeriesStore, useValue: new OneLiftSeries() },
      ],
      exports: [Records, Clock, SeriesStore, Metrics],
    })
    class Surroundings {}
    const module = await Test.createTestingModule({
      imports: [Surroundings, AccessModule, FleetModule],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const admin = (await app.get(AdminKeyBootstrap).ensure(folder)) ?? '';
    return new FleetApp(app, records, `http://127.0.0.1:${port}/api/v1`, admin, folder);
  }

  /** A request with a JSON body. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return await this.send(method, path, text, { 'content-type': 'application/json', ...headers });
  }

  /** A file to an import. */
  csv(kind: string, file: string | Uint8Array, type = 'text/csv'): Promise<Answer> {
    return this.send('POST', `/imports/${kind}`, file, { 'content-type': type });
  }

  /** Every event of the log after `after`. */
  async events(after = 0): Promise<readonly { readonly type: string; readonly id: number }[]> {
    return await this.records.readEvents(after, 500);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.records.close();
    await rm(this.folder, { recursive: true });
  }

  private async send(
    method: string,
    path: string,
    body: string | Uint8Array | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.admin}`, ...headers },
      ...(body !== undefined && { body: body as string }),
    });
    const text = await response.text();
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
    return { status: response.status, body: parsed as Record<string, unknown>, headers: response.headers };
  }
}
