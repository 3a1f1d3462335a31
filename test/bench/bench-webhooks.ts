import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NewLogEvent } from '#records';
import { until } from '../harness/platform-process.js';
import { entrapment, WebhookStand } from '../harness/webhook-stand.js';
import { cpuMicros, rssMb } from './process-usage.js';
import { rounded } from './spread.js';

/** Endpoints of a firm that has many: one event in fifty is for such a firm. */
const MANY = 10;
const ONE_IN = 50;
/** Every tenth endpoint accepts a message and never answers. */
const HANGS = 10;
/** Events of so long are written together. */
const BATCH_MS = 20;
/** The first events meet code that was never run; they are reported apart. */
const COLD_SECONDS = 2;

export interface WebhookBenchOptions {
  readonly endpoints: number;
  /** Alarms a second. */
  readonly rate: number;
  readonly seconds: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface WebhookBenchResult extends WebhookBenchOptions {
  readonly bench: 'webhooks';
  readonly events: number;
  readonly deliveries: number;
  /** From before the event's transaction to its first attempt, ms; `well` = at endpoints that answer. */
  readonly firstAttemptMs: { readonly all: Percentiles; readonly well: Percentiles };
  /** The slowest of the first two seconds. */
  readonly coldMaxMs: number;
  /** The part of it that is the writing of the event: the baseline. */
  readonly commitMs: Percentiles;
  readonly notifierCpuShare: number;
  readonly notifierRssMb: number;
}

interface Firm {
  readonly id: string;
  readonly lift: string;
  readonly places: readonly number[];
}

/** Endpoints by firms: one in fifty of the firms' turns goes to one with ten endpoints. */
function firmsOf(endpoints: number): { readonly single: readonly Firm[]; readonly many: readonly Firm[] } {
  const groups = Math.max(1, Math.floor(endpoints / MANY / 5));
  const firm = (name: string, places: readonly number[]) => ({ id: `f-${name}`, lift: `L-${name}`, places });
  const many = Array.from({ length: groups }, (_, index) =>
    firm(
      `many-${index}`,
      Array.from({ length: MANY }, (_each, place) => index * MANY + place),
    ),
  );
  const rest = endpoints - groups * MANY;
  const single = Array.from({ length: rest }, (_, index) => firm(`one-${index}`, [groups * MANY + index]));
  return { single, many };
}

/** Receives for all endpoints: the path says which. */
class Receivers {
  /** When the first attempt of an event came to an endpoint: `place event` → ms. */
  readonly firstAt = new Map<string, number>();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receivers> {
    const server = createServer((request, response) => {
      const at = performance.now();
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const place = Number(request.url?.slice(1));
        const { data } = JSON.parse(Buffer.concat(pieces).toString()) as { data: { faultId: string } };
        const key = `${place} ${data.faultId}`;
        if (!receivers.firstAt.has(key)) receivers.firstAt.set(key, at);
        if (place % HANGS !== 0) response.writeHead(204).end();
      });
    });
    const receivers = new Receivers(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
    return receivers;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Alarms to endpoints by a notifier of its own on PostgreSQL. Throws when a first attempt does not come. */
export async function benchWebhooks(
  options: WebhookBenchOptions,
  say: (text: string) => void,
): Promise<WebhookBenchResult> {
  const receivers = await Receivers.open();
  const stand = await WebhookStand.start();
  try {
    const { single, many } = firmsOf(options.endpoints);
    await stand.addLifts([...single, ...many].map(({ id, lift }) => ({ firm: id, lift })));
    for (const { id, places } of [...single, ...many]) {
      for (const place of places) await stand.addEndpoint(id, `${receivers.url}/${place}`);
    }
    say(`${options.endpoints} endpoints made`);
    const notifier = await stand.notifier();
    const pid = notifier.pid ?? 0;
    const [cpuBefore, began] = [cpuMicros(pid), performance.now()];
    const sent = await writeEvents(stand, options, single, many);
    await until(
      'every first attempt',
      () => sent.every(({ keys }) => keys.every((key) => receivers.firstAt.has(key))),
      60_000,
    );
    const elapsed = performance.now() - began;
    const cold = Math.min(COLD_SECONDS * options.rate, sent.length - 1);
    const waits = (wanted: (place: number) => boolean, of = sent.slice(cold)) =>
      of.flatMap(({ keys, at }) =>
        keys.flatMap((key) =>
          wanted(Number.parseInt(key, 10)) ? [(receivers.firstAt.get(key) ?? Number.NaN) - at] : [],
        ),
      );
    return {
      bench: 'webhooks',
      ...options,
      events: sent.length,
      deliveries: sent.reduce((sum, { keys }) => sum + keys.length, 0),
      firstAttemptMs: {
        all: percentiles(waits(() => true)),
        well: percentiles(waits((place) => place % HANGS !== 0)),
      },
      coldMaxMs: percentiles(waits(() => true, sent.slice(0, cold))).max,
      commitMs: percentiles(sent.slice(cold).map(({ at, committedAt }) => committedAt - at)),
      notifierCpuShare: rounded((cpuMicros(pid) - cpuBefore) / 1_000 / elapsed, 2),
      notifierRssMb: rssMb(pid),
    };
  } finally {
    await stand.dispose();
    await receivers.close();
  }
}

interface Sent {
  readonly keys: readonly string[];
  readonly at: number;
  committedAt: number;
}

/** Every 20 ms one transaction with the events of that time, as ingest and monitor write them. */
async function writeEvents(
  stand: WebhookStand,
  { rate, seconds }: WebhookBenchOptions,
  single: readonly Firm[],
  many: readonly Firm[],
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const writes: Promise<void>[] = [];
  const began = performance.now();
  while (sent.length < rate * seconds) {
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - began) / 1_000) * rate));
    const batch: { readonly each: Sent; readonly event: NewLogEvent }[] = [];
    for (let n = sent.length; n < due; n++) {
      const { id, lift, places } = firmOf(n, single, many);
      const fault = `f-${n}`;
      const keys = places.map((place) => `${place} ${fault}`);
      const each: Sent = { keys, at: performance.now(), committedAt: Number.NaN };
      sent.push(each);
      batch.push({ each, event: entrapment(fault, lift, id) });
    }
    if (batch.length === 0) continue;
    const written = stand.append(...batch.map(({ event }) => event)).then(() => {
      for (const { each } of batch) each.committedAt = performance.now();
    });
    writes.push(written);
  }
  await Promise.all(writes);
  return sent;
}

function firmOf(n: number, single: readonly Firm[], many: readonly Firm[]): Firm {
  const isMany = n % ONE_IN === 0;
  const firms = isMany ? many : single;
  const firm = firms[(isMany ? n / ONE_IN : n) % firms.length];
  if (firm === undefined) throw new Error('no firm to send to: give more endpoints');
  return firm;
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => rounded(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN, 1);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
