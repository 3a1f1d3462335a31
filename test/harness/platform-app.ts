import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiKeys, type KeyFacts, type NewKey } from '#access';
import { Records } from '#records';
import { SeriesStore } from '#series';
import { type ApiRoute, hardenHttp, RouteCatalogue } from '#service';
import { PlatformModule, readPlatformConfig } from '../../apps/platform/platform.module.js';
import { copyEmptyDatabase } from './pglite-template.js';
import { until } from './platform-process.js';

export interface AppAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** The platform's modules in this process, from the sources, with HTTP and without a broker. */
export class PlatformApp {
  private constructor(
    private readonly app: NestExpressApplication,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start(): Promise<PlatformApp> {
    const folder = await mkdtemp(join(tmpdir(), 'platform-'));
    await copyEmptyDatabase(join(folder, 'records'));
    Logger.overrideLogger(false);
    const config = readPlatformConfig({ DATA_DIR: folder, HTTP_PORT: '0' });
    const app = await NestFactory.create<NestExpressApplication>(PlatformModule.register(config), {
      logger: false,
      abortOnError: false,
      forceCloseConnections: true,
    });
    hardenHttp(app, config.TRUST_PROXY);
    await app.listen(0, '127.0.0.1');
    // A busy test may pause longer than the usual 5 s, and then meet a connection that is just being closed.
    app.getHttpServer().keepAliveTimeout = 60_000;
    return new PlatformApp(app, folder, await app.getUrl());
  }

  get records(): Records {
    return this.app.get(Records);
  }

  get series(): SeriesStore {
    return this.app.get(SeriesStore);
  }

  get routes(): readonly ApiRoute[] {
    return this.app.get(RouteCatalogue).list();
  }

  makeKey(key: NewKey): Promise<{ readonly facts: KeyFacts; readonly text: string }> {
    return this.app.get(ApiKeys).create(key);
  }

  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: unknown,
  ): Promise<AppAnswer> {
    const limit = new AbortController();
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: limit.signal,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const live = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const text = live ? await firstOf(response) : await response.text();
    limit.abort();
    return { status: response.status, text, headers: response.headers };
  }

  /** A live stream of alarms; resolves once it has begun. */
  async listen(headers: Readonly<Record<string, string>>): Promise<OpenStream> {
    const response = await fetch(`${this.url}/api/v1/alarms/stream`, { headers });
    if (response.status !== 200 || response.body === null) throw new Error(`stream: ${response.status}`);
    const stream = new OpenStream(response.body);
    await stream.heard('event: hello', 5_000);
    return stream;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A live stream, read as it comes. */
export class OpenStream {
  text = '';
  isOpen = true;

  constructor(body: ReadableStream<Uint8Array>) {
    this.read(body).catch(() => undefined);
  }

  /** Throws when `what` does not come within `ms`. */
  heard(what: string, ms: number): Promise<unknown> {
    return until(what, () => this.text.includes(what), ms);
  }

  ended(ms: number): Promise<unknown> {
    return until('the stream to end', () => !this.isOpen, ms);
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const piece of body) this.text += Buffer.from(piece).toString();
    } finally {
      this.isOpen = false;
    }
  }
}

/** The first piece of an answer that goes on. */
async function firstOf(response: Response): Promise<string> {
  const piece = await response.body?.getReader().read();
  return Buffer.from(piece?.value ?? []).toString();
}
