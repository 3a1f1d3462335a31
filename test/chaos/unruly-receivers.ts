import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Rng } from '../../simulators/random.js';
import { verifyWebhook } from '../../simulators/receiver/verify-webhook.js';

/**
 * How an endpoint receives. `flaky`, `drops`, `redirects` and `lies` do so for some first attempts and then
 * take the message; `gone` says 410 to the tenth message and all later ones.
 */
export type Behaviour = 'well' | 'flaky' | 'slow' | 'drops' | 'lies' | 'huge' | 'redirects' | 'gone';

const SLOW_MS = 150;
const HUGE_BYTES = 100 * 1_024 * 1_024;
const GONE_FROM = 10;
/** Refusals of one message at most: its retries stay within the first seconds. */
const REFUSALS_MAX = 2;

export interface Taken {
  requests: number;
  /** Messages that did not verify. */
  unsigned: number;
  /** Faults whose message was answered as taken. */
  readonly taken: Set<string>;
}

interface Place extends Taken {
  readonly behaviour: Behaviour;
  readonly secret: string;
  /** Refusals so far, by webhook-id. */
  readonly refused: Map<string, number>;
}

/** Endpoints of one server, by path, each with manners of its own. */
export class UnrulyReceivers {
  private readonly places = new Map<string, Place>();

  private constructor(
    private readonly server: Server,
    private readonly rng: Rng,
  ) {}

  static async open(rng: Rng): Promise<UnrulyReceivers> {
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const place = receivers.places.get(request.url ?? '');
        if (place === undefined) response.writeHead(404).end();
        else receivers.take(place, request.headers, Buffer.concat(pieces), response);
      });
    });
    const receivers = new UnrulyReceivers(server, rng);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receivers;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  play(path: string, behaviour: Behaviour, secret: string): void {
    const counts = { requests: 0, unsigned: 0, taken: new Set<string>(), refused: new Map<string, number>() };
    this.places.set(path, { behaviour, secret, ...counts });
  }

  of(path: string): Taken {
    const place = this.places.get(path);
    if (place === undefined) throw new Error(`nobody receives at ${path}`);
    return place;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(
    place: Place,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Buffer,
    response: ServerResponse,
  ): void {
    place.requests += 1;
    const verdict = verifyWebhook(place.secret, headers, body, performance.timeOrigin + performance.now());
    if (!verdict.ok) {
      place.unsigned += 1;
      response.writeHead(401).end();
      return;
    }
    if (this.refuses(place, verdict.id, response)) return;
    const { data } = JSON.parse(body.toString()) as { data: { faultId: string } };
    place.taken.add(data.faultId);
    accept(place.behaviour, response);
  }

  /** True when the answer was a refusal. */
  private refuses(place: Place, id: string, response: ServerResponse): boolean {
    const { behaviour, refused, requests } = place;
    if (behaviour === 'gone') {
      if (requests >= GONE_FROM) response.writeHead(410).end();
      return requests >= GONE_FROM;
    }
    const before = refused.get(id) ?? 0;
    if (
      !['flaky', 'drops', 'redirects'].includes(behaviour) ||
      before >= REFUSALS_MAX ||
      !this.rng.chance(0.3)
    )
      return false;
    refused.set(id, before + 1);
    if (behaviour === 'drops') response.destroy();
    else if (behaviour === 'redirects') response.writeHead(307, { location: `${this.url}/well-0` }).end();
    else response.writeHead(500).end('no');
    return true;
  }
}

function accept(behaviour: Behaviour, response: ServerResponse): void {
  if (behaviour === 'slow') setTimeout(() => response.writeHead(200).end(), SLOW_MS);
  else if (behaviour === 'lies') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('short');
    setTimeout(() => response.destroy(), 20);
  } else if (behaviour === 'huge') pour(response);
  else response.writeHead(204).end();
}

function pour(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': String(HUGE_BYTES) });
  const piece = Buffer.alloc(64 * 1_024, 'x');
  let left = HUGE_BYTES;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return;
    }
    response.end();
  };
  response.on('drain', more);
  more();
}
