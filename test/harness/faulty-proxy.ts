import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does to a write. Everything that is not a write passes. */
export type WriteFault =
  /** Answers 503 and forwards nothing. */
  | 'unavailable'
  /** Answers 400 and forwards nothing. */
  | 'refused'
  /**
   * Adds a line that the server must refuse, so that the server itself stores the rest and answers "partial
   * write".
   */
  | 'partial';

/** A line whose field has another type than the one every sample wrote before. */
const CONFLICTING_LINE =
  '\nlift_sample,lift=conflict,district=000000 moving="not a boolean" 1700000000000000000';

/** Stands in front of a real InfluxDB and spoils the next writes on demand. */
export class FaultyProxy {
  /** Writes spoiled so far, by fault. */
  readonly spoiled: Record<WriteFault, number> = { unavailable: 0, refused: 0, partial: 0 };
  private queue: WriteFault[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async start(target: string): Promise<FaultyProxy> {
    const server = createServer();
    const proxy = new FaultyProxy(server, new URL(target));
    server.on('request', (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = 'GET', url = '/', headers } = incoming;
        proxy.handle(method, url, headers, Buffer.concat(chunks), outgoing);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Spoils the next `count` writes. */
  spoil(fault: WriteFault, count: number): void {
    this.queue.push(...Array<WriteFault>(count).fill(fault));
  }

  get waiting(): number {
    return this.queue.length;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(
    method: string,
    url: string,
    headers: NodeJS.Dict<string | string[]>,
    body: Buffer,
    outgoing: ServerResponse,
  ): void {
    const fault = /^\/(api\/v2\/)?write/.test(url) ? this.queue.shift() : undefined;
    if (fault !== undefined) this.spoiled[fault] += 1;
    if (fault === 'unavailable' || fault === 'refused') {
      outgoing.writeHead(fault === 'unavailable' ? 503 : 400, { 'content-type': 'application/json' });
      outgoing.end('{"error":"spoiled by the test"}');
      return;
    }
    const payload = fault === 'partial' ? Buffer.concat([body, Buffer.from(CONFLICTING_LINE)]) : body;
    const forwarded = request(
      new URL(url, this.target),
      { method, headers: { ...headers, host: this.target.host, 'content-length': payload.length } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end(payload);
  }
}
