import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Records, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { AccessModule } from './access.module.js';
import { ApiKeys } from './api-keys.js';
import type { NewKey } from './key-rows.js';

/** Real time that a test may move on; like time itself it never goes back. */
export class ShiftedClock extends SystemClock {
  private shiftMs = 0;

  pass(ms: number): void {
    this.shiftMs += ms;
  }

  override now(): number {
    return super.now() + this.shiftMs;
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.shiftMs;
  }
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** One process with the access module: its own caches and limits over records that others share. */
export class AccessProcess {
  private constructor(
    readonly app: INestApplication,
    readonly metrics: Metrics,
    private readonly base: string,
  ) {}

  static async start(records: Records, clock: Clock): Promise<AccessProcess> {
    const metrics = new Metrics();
    @Global()
    @Module({
      providers: [
        { provide: Records, useValue: records },
        { provide: Clock, useValue: clock },
        { provide: Metrics, useValue: metrics },
      ],
      exports: [Records, Clock, Metrics],
    })
    class Ground {}
    const module = await Test.createTestingModule({ imports: [Ground, AccessModule] }).compile();
    const app = module.createNestApplication({ logger: false, forceCloseConnections: true });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new AccessProcess(app, metrics, `http://127.0.0.1:${port}/api/v1`);
  }

  get keys(): ApiKeys {
    return this.app.get(ApiKeys);
  }

  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: unknown,
  ): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: response.status, body: parsed, headers: response.headers };
  }

  /** By API key. */
  byKey(key: string, method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, { authorization: `Bearer ${key}` }, body);
  }

  async signIn(key: string): Promise<Browser> {
    const answer = await this.send('POST', '/session', {}, { key });
    if (answer.status !== 201) throw new Error(`sign-in: ${answer.status} ${JSON.stringify(answer.body)}`);
    return new Browser(this, answer);
  }
}

/** A browser that has signed in: it keeps its cookie, and may turn to another process with it. */
export class Browser {
  readonly setCookie: string;
  readonly cookie: string;
  readonly csrf: string;

  constructor(
    private readonly process: AccessProcess,
    readonly answer: Answer,
  ) {
    this.setCookie = answer.headers.get('set-cookie') ?? '';
    this.cookie = this.setCookie.split(';')[0] ?? '';
    this.csrf = String(answer.body.csrfToken);
  }

  send(method: string, path: string, body?: unknown, process = this.process): Promise<Answer> {
    return process.send(method, path, { cookie: this.cookie, 'x-csrf-token': this.csrf }, body);
  }
}

/** Records for the tests of one file. */
export class AccessGround {
  readonly clock = new ShiftedClock();
  private readonly undo: (() => Promise<unknown>)[] = [];
  private opened: SqlRecords | null = null;

  async open(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'access-'));
    this.undo.unshift(() => rm(folder, { recursive: true }));
    await copyEmptyDatabase(folder);
    this.opened = new SqlRecords({ folder, clock: this.clock, metrics: new Metrics() });
    await this.opened.open();
    this.undo.unshift(() => this.records.close());
  }

  get records(): SqlRecords {
    if (this.opened === null) throw new Error('call open() first');
    return this.opened;
  }

  async process(): Promise<AccessProcess> {
    const started = await AccessProcess.start(this.records, this.clock);
    this.undo.unshift(() => started.app.close());
    return started;
  }

  async close(): Promise<void> {
    for (const undo of this.undo) await undo();
  }
}

export const ADMIN: NewKey = { label: 'first', role: 'admin', scope: { kind: 'all' } };
export const COUNTY: NewKey = {
  label: 'county',
  role: 'regulator',
  scope: { kind: 'district', prefix: '330922' },
};

/** Polls until `look` holds; throws with `what` after 5 s, the longest that a lost right may live. */
export async function within5s(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`5 s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
