import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule, ApiKeys, type Role, type Scope } from '#access';
import { FleetModule } from '#fleet';
import { EventLogStrategy, type NewLogEvent, Records, SqlRecords } from '#records';
import { Clock, Metrics } from '#runtime';
import { DuckDbSeriesStore, SeriesStore } from '#series';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { INDICATORS_CONSUMER, IndicatorApiModule, IndicatorMonitorModule } from './index.js';
import { HandClock } from './indicator-rig.fixture.js';
import { RuleClock } from './rule-clock.js';

/** What an answer may carry. */
export type Answer = Readonly<Record<string, never>> & {
  readonly items: readonly Readonly<Record<string, never>>[];
};

/** Fleet and indicators over embedded stores, with HTTP, the log's consumer and a clock moved by hand. */
export class IndicatorsApp {
  private constructor(
    readonly app: INestApplication,
    readonly records: SqlRecords,
    readonly clock: HandClock,
    private readonly base: string,
    private readonly keys: Map<string, string>,
    private readonly undo: readonly (() => Promise<unknown>)[],
  ) {}

  static async start(at: number): Promise<IndicatorsApp> {
    Logger.overrideLogger(false);
    const folder = await mkdtemp(join(tmpdir(), 'indicators-app-'));
    await copyEmptyDatabase(join(folder, 'records'));
    const [clock, metrics] = [new HandClock(at), new Metrics()];
    const records = new SqlRecords({ folder: join(folder, 'records'), clock, metrics });
    await records.open();
    const series = new DuckDbSeriesStore({ file: join(folder, 'series.duckdb') });
    await series.open();
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: clock },
        { provide: Metrics, useValue: metrics },
        { provide: SeriesStore, useValue: series },
      ],
      exports: [Records, Clock, Metrics, SeriesStore],
    })
    class Surroundings {}
    const module = await Test.createTestingModule({
      imports: [Surroundings, AccessModule, FleetModule, IndicatorMonitorModule, IndicatorApiModule],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    app.connectMicroservice({
      strategy: new EventLogStrategy({ consumer: INDICATORS_CONSUMER, records, clock, metrics }),
    });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const undo = [
      () => app.close(),
      () => series.close(),
      () => records.close(),
      () => rm(folder, { recursive: true }),
    ];
    const started = new IndicatorsApp(app, records, clock, `${await app.getUrl()}/api/v1`, new Map(), undo);
    await started.makeKey('admin', 'admin', { kind: 'all' });
    return started;
  }

  async makeKey(label: string, role: Role, scope: Scope): Promise<void> {
    this.keys.set(label, (await this.app.get(ApiKeys).create({ label, role, scope })).text);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    who = 'admin',
  ): Promise<{ status: number; body: Answer }> {
    const isText = typeof body === 'string';
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.keys.get(who)}`,
        ...(body !== undefined && { 'content-type': isText ? 'text/csv' : 'application/json' }),
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer };
  }

  /** The body of a good answer. */
  async good(method: string, path: string, body?: unknown, who = 'admin'): Promise<Answer> {
    const answer = await this.call(method, path, body, who);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  append(...events: readonly NewLogEvent[]): Promise<void> {
    return this.records.write(async () => ({ result: undefined, events }));
  }

  /** Until the consumer has handled all that was committed before; then the rules' clock ticks. */
  async settle(): Promise<void> {
    const head = await this.records.headEventId();
    for (;;) {
      const row = await this.records.db
        .selectFrom('consumer_cursor')
        .select('position')
        .where('consumer', '=', INDICATORS_CONSUMER)
        .executeTakeFirst();
      if (head === 0 || (row?.position ?? 0) >= head) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await this.app.get(RuleClock).tick();
  }

  /** `indicator.*` events so far. */
  async said(): Promise<
    readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]
  > {
    const rows = await this.records.db
      .selectFrom('event_log')
      .select(['type', 'data'])
      .where('type', 'like', 'indicator.%')
      .orderBy('id')
      .execute();
    return rows;
  }

  async stop(): Promise<void> {
    for (const each of this.undo) await each();
  }
}
