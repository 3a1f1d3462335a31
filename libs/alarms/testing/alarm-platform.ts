import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ApiKeys, type Role, type Scope } from '#access';
import { EventLogStrategy, type NewLogEvent, Records, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { copyEmptyDatabase } from '../../../test/harness/pglite-template.js';
import type { AlarmView } from '../alarm-view.js';
import { alarmApiModule, alarmMonitorModule, LiftFacts, MONITOR_CONSUMER } from '../index.js';
import type { LiftFact } from '../lift-facts.js';
import type { LiftEffect } from './fault-effects.js';
import { Follower } from './follower.js';

/** Real time, but the 5 s timers beat when the test says so. */
class SteppedClock extends SystemClock {
  private readonly timers = new Set<() => void>();

  override every(_intervalMs: number, run: () => void): () => void {
    this.timers.add(run);
    return () => this.timers.delete(run);
  }

  beat(): void {
    for (const run of this.timers) run();
  }
}

/** Lifts of a firm; every other lift has none. */
const FIRM_OF: Readonly<Record<string, string>> = { LA: 'firm-a', LB: 'firm-b' };

@Injectable()
class KnownLifts extends LiftFacts {
  async facts(_db: unknown, lifts: readonly string[]): Promise<ReadonlyMap<string, LiftFact>> {
    return new Map(
      lifts.map((lift) => [
        lift,
        {
          rescueCode: '330001',
          address: `${lift} Road 1`,
          district: '330922001',
          districtName: '菜园镇',
          firm: FIRM_OF[lift] ?? null,
        },
      ]),
    );
  }
}

/** What an answer may carry: an alarm, a page or a problem. */
type Answer = Partial<AlarmView> & {
  readonly items: readonly (Partial<AlarmView> & { readonly id: string })[];
  readonly next: string | null;
};

/** Monitor and API over the embedded database, with an HTTP port and a key for each kind of caller. */
export class AlarmPlatform {
  readonly clock = new SteppedClock();
  readonly metrics = new Metrics();
  private readonly keys = new Map<string, { readonly id: string; readonly text: string }>();
  private readonly undo: (() => Promise<unknown>)[] = [];
  private started: {
    readonly records: SqlRecords;
    readonly app: INestApplication;
    readonly url: string;
  } | null = null;

  async start(): Promise<void> {
    const { clock, metrics } = this;
    const folder = await mkdtemp(join(tmpdir(), 'alarms-'));
    this.undo.unshift(() => rm(folder, { recursive: true }));
    await copyEmptyDatabase(folder);
    const records = new SqlRecords({ folder, clock, metrics });
    await records.open();
    this.undo.unshift(() => records.close());
    const app = await this.compose(records);
    this.undo.unshift(() => app.close());
    app.connectMicroservice({
      strategy: new EventLogStrategy({ consumer: MONITOR_CONSUMER, records, clock, metrics }),
    });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.started = { records, app, url: `${await app.getUrl()}/api/v1` };
    await this.makeKey('admin', 'admin', { kind: 'all' });
    await this.makeKey('county', 'regulator', { kind: 'district', prefix: '330922' });
    await this.makeKey('elsewhere', 'regulator', { kind: 'district', prefix: '4201' });
    await this.makeKey('a', 'firm', { kind: 'firm', firm: 'firm-a' });
    await this.makeKey('b', 'firm', { kind: 'firm', firm: 'firm-b' });
    await this.makeKey('tester', 'tester', { kind: 'district', prefix: '330922' });
  }

  async stop(): Promise<void> {
    for (const undo of this.undo) await undo();
  }

  get records(): SqlRecords {
    return this.running.records;
  }

  get url(): string {
    return this.running.url;
  }

  async makeKey(label: string, role: Role, scope: Scope): Promise<void> {
    const { facts, text } = await this.running.app.get(ApiKeys).create({ label, role, scope });
    this.keys.set(label, { id: facts.id, text });
  }

  revoke(label: string): Promise<string> {
    return this.running.app.get(ApiKeys).revoke(this.key(label).id);
  }

  key(label: string): { readonly id: string; readonly text: string } {
    const key = this.keys.get(label);
    if (!key) throw new Error(`No key "${label}" was made`);
    return key;
  }

  /** GET, or POST with `body`. */
  async call(who: string, path: string, body?: object): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${this.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${this.key(who).text}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  }

  /** The faults of the alarms that `who` finds. */
  async faults(who: string, query = ''): Promise<readonly (string | null | undefined)[]> {
    const { body } = await this.call(who, `/alarms?${query}`);
    return body.items.map((alarm) => alarm.faultId);
  }

  follow(who: string, lastEventId?: string): Promise<Follower> {
    return Follower.open(`${this.url}/alarms/stream`, this.key(who).text, lastEventId);
  }

  /** What ingest commits. */
  async commit(...effects: readonly LiftEffect[]): Promise<void> {
    const events = effects.map(({ effect, lift }) => ({
      type: effect.type,
      lift,
      district: '330922001',
      firm: FIRM_OF[lift] ?? null,
      data: { ...effect },
    }));
    await this.tell(...events);
  }

  /** What others commit to the log. */
  async tell(...events: readonly NewLogEvent[]): Promise<void> {
    await this.records.write(async () => ({ result: null, events }));
  }

  /** What the monitor left alone, as the metrics' text. */
  ignored(): Promise<string> {
    return this.metrics.registry.getSingleMetricAsString('liftwarden_alarm_inputs_ignored_total');
  }

  private get running() {
    if (!this.started) throw new Error('Not started: call start() first');
    return this.started;
  }

  private async compose(records: SqlRecords): Promise<INestApplication> {
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: this.clock },
        { provide: Metrics, useValue: this.metrics },
        { provide: LiftFacts, useClass: KnownLifts },
      ],
      exports: [Records, Clock, Metrics, LiftFacts],
    })
    class Ground {}

    const module = await Test.createTestingModule({
      imports: [Ground, alarmMonitorModule(), alarmApiModule()],
    }).compile();
    return module.createNestApplication({ logger: false });
  }
}
