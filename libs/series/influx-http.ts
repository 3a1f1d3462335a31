import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB, type Transport } from '@influxdata/influxdb-client';
import type { Clock } from '#runtime';
import { failureReason, outcomeOfError, type WriteOutcome } from './influx-outcome.js';
import { type InfluxRow, rowsOf } from './influxql.js';

/** Generations of InfluxDB, which differ in how they are written to and who may. */
export const INFLUX_VERSIONS = [1, 2, 3] as const;
export type InfluxVersion = (typeof INFLUX_VERSIONS)[number];

export interface InfluxTarget {
  /** `http://host:8086` or `https://…`; a path in front of InfluxDB's own may follow. */
  readonly url: string;
  readonly version: InfluxVersion;
  /** 2.x and 3.x: an API token. 1.x: `user:password`. Left out where the server asks for none. */
  readonly token?: string;
  /** 2.x: name of the organization. */
  readonly org?: string;
  /** Bucket; in 1.x and 3.x the database. */
  readonly bucket: string;
  /** For one whole request, milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /**
   * Bodies larger than so many bytes are sent gzipped; default never (on a fast network it only costs CPU).
   */
  readonly gzipAboveBytes?: number;
}

const TIMEOUT_MS = 30_000;
const SOCKETS_MAX = 8;

interface RequestOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly gzipThreshold?: number;
  readonly signal?: AbortSignal;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * InfluxDB's HTTP interface by the official client's transport, never by its write buffer, which drops what
 * it cannot write (PITFALLS 21–25): one request, one result.
 */
export class InfluxHttp {
  /** The URL without a password in it, for messages. */
  readonly name: string;
  private readonly agent: HttpAgent;
  private readonly transport: Transport;

  /** Throws when the URL is none. `transport` is for tests. */
  constructor(
    private readonly target: InfluxTarget,
    private readonly clock: Clock,
    transport?: Transport,
  ) {
    const url = new URL(target.url);
    this.name = `${url.protocol}//${url.host}${url.pathname}`.replace(/\/$/, '');
    const settings = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.agent = url.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings);
    this.transport =
      transport ?? new InfluxDB({ url: this.name, transportOptions: { agent: this.agent } }).transport;
  }

  /** Writes lines with times in nanoseconds in one request. Never rejects. */
  async write(lines: Buffer): Promise<WriteOutcome> {
    const { version, bucket, org, gzipAboveBytes } = this.target;
    const path =
      version === 1
        ? `/write${queryOf({ db: bucket, precision: 'ns' })}`
        : `/api/v2/write${queryOf({ org, bucket, precision: 'ns' })}`;
    try {
      // The transport takes text only; of ASCII, which lines are for the most part, both ways are copies.
      await this.request(path, lines.toString(), {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        ...(gzipAboveBytes === undefined ? {} : { gzipThreshold: gzipAboveBytes }),
      });
      return { kind: 'stored' };
    } catch (error) {
      return outcomeOfError(error);
    }
  }

  /**
   * Runs one InfluxQL statement. `epoch` ms gives `time` as a number, else it is RFC 3339 with all nine
   * digits. Rejects with one line that names the server, and when `signal` aborts: then 1.x stops working on
   * it.
   */
  async query(
    statement: string,
    options: { epoch?: 'ms'; method?: 'GET' | 'POST'; signal?: AbortSignal } = {},
  ): Promise<InfluxRow[]> {
    const { epoch, method = 'GET', signal } = options;
    const path = `/query${queryOf({ db: this.target.bucket, epoch, q: statement })}`;
    try {
      const headers = { accept: 'application/json' };
      return rowsOf(await this.request(path, '', { method, headers, ...(signal && { signal }) }));
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** A request whose answer is JSON. Rejects with the transport's error. */
  json(
    method: 'GET' | 'POST',
    path: string,
    body: string,
    seen?: (headers: Headers) => void,
  ): Promise<unknown> {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    return this.request(path, body, { method, headers }, seen);
  }

  failed(error: unknown): Error {
    return new Error(`InfluxDB at ${this.name} ${failureReason(error)}`, { cause: error });
  }

  close(): void {
    this.agent.destroy();
  }

  /** The transport's own timeout is one of silence and leaves the request open; this one ends it. */
  private async request(
    path: string,
    body: string,
    options: RequestOptions,
    seen?: (headers: Headers) => void,
  ): Promise<unknown> {
    const { timeoutMs = TIMEOUT_MS } = this.target;
    const overdue = new AbortController();
    const answered = new AbortController();
    let late = false;
    void this.clock.sleep(timeoutMs, answered.signal).then(() => {
      if (answered.signal.aborted) return;
      late = true;
      overdue.abort();
    });
    const headers = { ...this.authorization(), ...options.headers };
    const signal = options.signal ? AbortSignal.any([options.signal, overdue.signal]) : overdue.signal;
    try {
      return await this.transport.request(path, body, { ...options, headers, signal }, seen);
    } catch (error) {
      throw late ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : error;
    } finally {
      answered.abort();
    }
  }

  /** 1.x before 1.8 knows Basic only; 2.x wants `Token`, 3.x `Bearer` on all of its paths. */
  private authorization(): Record<string, string> {
    const { token, version } = this.target;
    if (token === undefined || token === '') return {};
    if (version === 1) return { authorization: `Basic ${Buffer.from(token).toString('base64')}` };
    return { authorization: `${version === 2 ? 'Token' : 'Bearer'} ${token}` };
  }
}

/** `?a=b&…` of the parameters that are there. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return `?${pairs.join('&')}`;
}
