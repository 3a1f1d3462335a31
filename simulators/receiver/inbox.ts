import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WallClock } from '../clock.js';
import type { Rng } from '../random.js';
import { type Manners, statusFor } from './bad-endpoint.js';
import { type Verdict, verifyWebhook } from './verify-webhook.js';

/** Bytes of a message: those of Standard Webhooks are smaller than 20 kB. */
const BODY_BYTES_MAX = 64 * 1_024;
/** Ids remembered, to tell a repetition. */
const IDS_MAX = 100_000;

/** One message, as it is shown. */
export interface Arrival {
  readonly nth: number;
  readonly verdict: Verdict;
  /** Came before, by its webhook-id. */
  readonly repeated: boolean;
  readonly status: number;
  readonly body: string;
}

export interface InboxOptions {
  /** `whsec_…` or `whpk_…`. */
  readonly key: string;
  readonly manners: Manners;
  readonly rng: Rng;
  readonly clock: WallClock;
  readonly onArrival: (arrival: Arrival) => void;
}

/** A webhook's receiver: verifies, tells, answers as well or badly as it was asked to. */
export class WebhookInbox {
  private readonly ids = new Set<string>();
  private count = 0;

  private constructor(
    private readonly options: InboxOptions,
    private readonly server: Server,
  ) {}

  static async open(options: InboxOptions, port: number, host: string): Promise<WebhookInbox> {
    const server = createServer((request, response) => inbox.take(request, response));
    const inbox = new WebhookInbox(options, server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    return inbox;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST' }).end();
      return;
    }
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= BODY_BYTES_MAX) pieces.push(piece);
    });
    request.on('end', () => {
      if (length > BODY_BYTES_MAX) response.writeHead(413).end();
      else this.judge(request, Buffer.concat(pieces), response);
    });
  }

  private judge(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { key, manners, rng, clock, onArrival } = this.options;
    const nth = ++this.count;
    const verdict = verifyWebhook(key, request.headers, body, clock());
    const status = statusFor(manners, verdict.ok, nth, rng);
    const repeated = verdict.ok && this.ids.has(verdict.id);
    if (verdict.ok) this.remember(verdict.id);
    onArrival({ nth, verdict, repeated, status, body: body.toString('utf8') });
    const answer = () => response.writeHead(status).end();
    if (manners.slowMs === 0) answer();
    else setTimeout(answer, manners.slowMs).unref();
  }

  private remember(id: string): void {
    this.ids.add(id);
    const [oldest] = this.ids;
    if (this.ids.size > IDS_MAX && oldest !== undefined) this.ids.delete(oldest);
  }
}
