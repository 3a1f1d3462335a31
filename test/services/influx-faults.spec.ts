import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Metrics, SystemClock } from '#runtime';
import { InfluxSeriesStore, type InfluxVersion } from '#series';
import { append, point, SILENT } from '../../libs/series/series-points.fixture.js';
import { InfluxServer } from '../harness/influx-server.js';

const STORED = { ok: true, refused: [], outsideRetention: 0 };
const clock = new SystemClock();

Logger.overrideLogger(['error']);

describe('InfluxSeriesStore when the server fails', () => {
  let server: InfluxServer;
  let folder: string;

  beforeAll(async () => {
    server = await InfluxServer.start({ maxValuesPerTag: 10, maxBodyBytes: 20_000 });
    folder = await mkdtemp(join(tmpdir(), 'influx-position-'));
  }, 60_000);
  afterAll(async () => {
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  function storeOn(url: string, bucket: string, more: { version?: InfluxVersion; timeoutMs?: number } = {}) {
    const positionFile = join(folder, `${bucket}.json`);
    return new InfluxSeriesStore({
      url,
      version: 1,
      bucket,
      states: 'changes',
      positionFile,
      clock,
      metrics: new Metrics(),
      ...more,
    });
  }

  it('answers retryable while the server is gone, killed or stopped, and stores the batch when it is back', async () => {
    const store = storeOn(server.url, 'stopped');
    await store.open();
    for (const [position, signal] of [
      [1, 'SIGTERM'],
      [2, 'SIGKILL'],
    ] as const) {
      await server.stop(signal);
      const batch = [point('L1', position, { seq: position })];
      expect(await append(store, batch, position)).toEqual({
        ok: false,
        retryable: true,
        message: expect.stringMatching(/^InfluxDB at http:\/\/127\.0\.0\.1:\d+ cannot be reached: ECONN/),
      });
      await expect(store.latest(['L9'])).rejects.toThrow(/InfluxDB at .* cannot be reached/);
      expect(await store.position()).toBe(position - 1);
      await server.start();
      expect(await append(store, batch, position)).toEqual(STORED);
      expect(await store.count()).toBe(position);
    }
    await store.close();
    expect(JSON.parse(await readFile(join(folder, 'stopped.json'), 'utf8'))).toEqual({
      format: 1,
      position: 2,
    });
  }, 60_000);

  it('cuts a batch that is too large for the server until it fits', async () => {
    const store = storeOn(server.url, 'large');
    await store.open();
    const points = Array.from({ length: 400 }, (_, seq) => point('L1', seq, { seq }));
    const huge = point('L1', 1_000, { sample: { ...SILENT, floor: 'x'.repeat(21_000) } });
    expect(await append(store, [...points, huge], 1)).toEqual({
      ok: true,
      refused: [{ point: huge, reason: expect.stringContaining('413') }],
      outsideRetention: 0,
    });
    expect(await store.count()).toBe(400);
    await store.close();
  });

  it('reports the lifts above max-values-per-tag, and says at the start how near they are', async () => {
    const store = storeOn(server.url, 'many');
    await store.open();
    const points = Array.from({ length: 13 }, (_, lift) => point(`L${lift}`, 0));
    expect(await append(store, points.slice(0, 10), 1)).toEqual(STORED);
    const result = await append(store, points, 2);
    if (!result.ok) throw new Error(result.message);
    expect(result.refused.map((each) => each.point.lift)).toEqual(['L10', 'L11', 'L12']);
    expect(result.refused[0]?.reason).toMatch(/max-values-per-tag limit exceeded/);
    expect(await store.count()).toBe(10);
    await store.close();
    const said: unknown[] = [];
    const logger = { log: said.push.bind(said), warn: said.push.bind(said), error: said.push.bind(said) };
    Logger.overrideLogger(logger);
    await storeOn(server.url, 'many').open();
    Logger.overrideLogger(['error']);
    expect(said.join('\n')).toMatch(
      /Samples go to http.*InfluxDB 1\.\d.*, database many, retention autogen for ever, 10 lifts of max-values-per-tag 10; position 2/,
    );
    expect(said.join('\n')).toMatch(/raise it/);
  });

  it('refuses to open with one line that names the URL and what to do', async () => {
    await expect(storeOn('http://127.0.0.1:9', 'x').open()).rejects.toThrow(
      /^InfluxDB at http:\/\/127\.0\.0\.1:9 cannot be reached: ECONNREFUSED.* Start it, or mend INFLUX_URL\.$/,
    );
    await expect(storeOn(server.url, 'x', { version: 2 }).open()).rejects.toThrow(
      /version 1\.\d.*, but INFLUX_VERSION is 2\. Set INFLUX_VERSION=1/,
    );
    await expect(storeOn('127.0.0.1', 'x').open()).rejects.toThrow(/INFLUX_URL is not a URL/);
    await writeFile(join(folder, 'damaged.json'), '{"format":1');
    await expect(storeOn(server.url, 'damaged').open()).rejects.toThrow(
      /damaged\.json is damaged\. Delete it/,
    );
  });

  it('answers retryable when the database is dropped, and goes on when it is made again', async () => {
    const store = storeOn(server.url, 'dropped');
    await store.open();
    await server.query('DROP DATABASE "dropped"');
    expect(await append(store, [point('L1', 1)], 1)).toMatchObject({
      ok: false,
      retryable: true,
      message: expect.stringMatching(/404: database not found.*missing/),
    });
    await server.query('CREATE DATABASE "dropped"');
    expect(await append(store, [point('L1', 1)], 1)).toEqual(STORED);
    await store.close();
  });

  it('sends nothing to quarantine when a proxy answers 400 to all, and gives up on one that does not answer', async () => {
    let mode: 'refuse' | 'silent' = 'refuse';
    const proxy = createServer((request, response) => {
      request.resume();
      if (request.url?.startsWith('/write') === true) {
        if (mode === 'refuse') response.writeHead(400).end('{"error":"unable to parse"}');
        return;
      }
      void fetch(`${server.url}${request.url}`, { method: request.method ?? 'GET' }).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const store = storeOn(url, 'proxied', { timeoutMs: 200 });
    await store.open();
    const batch = Array.from({ length: 10 }, (_, seq) => point('L1', seq, { seq }));
    expect(await append(store, batch, 1)).toMatchObject({
      ok: false,
      retryable: true,
      message: expect.stringMatching(/refuses even a check point: answered 400/),
    });
    mode = 'silent';
    expect(await append(store, batch, 1)).toMatchObject({
      ok: false,
      retryable: true,
      message: expect.stringContaining('no answer within 200 ms'),
    });
    await store.close();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    const direct = storeOn(server.url, 'proxied');
    await direct.open();
    expect(await append(direct, batch, 1)).toEqual(STORED);
    expect(await direct.count()).toBe(10);
    await direct.close();
  });
});
