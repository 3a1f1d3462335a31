import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { Rng } from '../random.js';
import { dialler } from './dial-socket.js';
import { LedgerWriter, readLedger } from './ledger.js';
import { LoadLedger } from './load-ledger.js';
import { type LoadResult, LoadRun } from './load-run.js';
import { recordMorning } from './morning.js';
import { PublishFrames, type Qos } from './publish-frames.js';
import { countOf, holdsSeq } from './seq-ranges.js';
import { WriteSlab } from './write-slab.js';

/** A bare broker that keeps what it took, and can lose its connections or refuse new ones. */
class Broker {
  /** Payloads by terminal, boot and seq, as often as they came. */
  readonly taken = new Map<string, string[]>();
  port = 0;
  /** Takes messages and answers none. */
  deaf = false;
  private aedes: Aedes | null = null;
  private server: Server | null = null;
  private readonly sockets = new Set<Socket>();

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    aedes.authenticate = (_client, _name, password, done) => done(null, password?.toString() === 'right');
    aedes.authorizePublish = (client, { payload }, done) => {
      const text = payload.toString();
      const { boot, seq } = JSON.parse(text) as { boot: string; seq: number };
      const key = `${client?.id} ${boot} ${seq}`;
      this.taken.set(key, [...(this.taken.get(key) ?? []), text]);
      if (!this.deaf) done(null);
    };
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    this.port = address !== null && typeof address === 'object' ? address.port : 0;
    this.aedes = aedes;
    this.server = server;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const { aedes, server } = this;
    await new Promise<void>((resolve) => (aedes ? aedes.close(() => resolve()) : resolve()));
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  }
}

const folder = mkdtempSync(join(tmpdir(), 'load-'));
const terminals = Array.from({ length: 5 }, (_, n) => ({ id: `T${n}`, floors: ['1', '2', '3', '4', '5'] }));
const morning = recordMorning(terminals, 3);
const broker = new Broker();
let runs = 0;

beforeAll(() => broker.start());
afterAll(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => broker.taken.clear());

async function load(
  given: { qos?: Qos; rate?: number | null; secret?: string; window?: number },
  meanwhile: () => void = () => undefined,
): Promise<LoadResult & { ledger: string }> {
  const { qos = 1, rate = null, secret = 'right', window = 20 } = given;
  const frames = new PublishFrames({ morning, terminals, qos, startAt: 1.79e12 + runs, payloadBytes: 0 });
  const ledger = join(folder, `${++runs}.ledger`);
  const run = new LoadRun({
    accounts: terminals.map(({ id }) => ({ id, secret })),
    wire: {
      ...{ frames, qos, window, slab: new WriteSlab(), plain: true, rng: new Rng(1) },
      dial: dialler({ host: '127.0.0.1', port: broker.port, tls: null }),
    },
    ...{ rate, seconds: 0.4, warmupSeconds: 0.1, connectRate: 1_000, signal: new AbortController().signal },
    ledger: qos === 0 ? null : new LoadLedger(new LedgerWriter(ledger, 0), frames, terminals.length),
    onPhase: ({ phase }) => {
      if (phase === 'measuring') meanwhile();
    },
    onSecond: () => undefined,
  });
  return { ...(await run.run()), ledger };
}

function acknowledged(path: string): { inAll: number; has: (key: string) => boolean } {
  const ledger = readLedger(path);
  const all = [...ledger.values()].flatMap((boots) => [...boots.values()]);
  return {
    inAll: all.reduce((sum, ranges) => sum + countOf(ranges), 0),
    has: (key) => {
      const [terminal = '', boot = '', seq] = key.split(' ');
      return holdsSeq(ledger.get(terminal)?.get(boot) ?? [], Number(seq));
    },
  };
}

describe('a load run', () => {
  it.each<[Qos, number | null]>([
    [1, null],
    [1, 500],
    [2, null],
    [2, 500],
  ])('QoS %i at %p a second: the ledger holds just what the broker took', async (qos, rate) => {
    const result = await load({ qos, rate });
    const acked = acknowledged(result.ledger);
    expect(acked.inAll).toBe(result.ackedInAll);
    expect([...broker.taken.keys()].filter((key) => !acked.has(key))).toEqual([]);
    expect(broker.taken.size).toBe(acked.inAll);
    expect(result).toMatchObject({ unacknowledged: 0, resent: 0, strayAcks: 0, reconnects: 0 });
    expect(result.pubackMs?.count).toBeGreaterThanOrEqual(result.acked);
    if (rate === null) expect(result.ackedInAll).toBeGreaterThan(terminals.length * 20);
    else expect(result.ackedInAll + result.dueNotSent).toBeGreaterThan(rate * 0.5 - terminals.length);
  });

  it('QoS 0 sends and keeps no ledger', async () => {
    const result = await load({ qos: 0, rate: 400 });
    expect(result).toMatchObject({ pubackMs: null, unacknowledged: 0 });
    expect(result.ackedInAll).toBeGreaterThan(100);
    // Nobody waited for them: the last are on their way still, and must not count for the next test.
    const deadline = performance.now() + 10_000;
    while (broker.taken.size < result.ackedInAll && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(broker.taken.size).toBe(result.ackedInAll);
  });

  it.each<Qos>([1, 2])(
    'QoS %i: comes back and sends again, byte for byte, what got no answer',
    async (qos) => {
      const result = await load({ qos, rate: 2_000 }, () => {
        broker.deaf = true;
        setTimeout(() => {
          broker.deaf = false;
          broker.cut();
        }, 30);
      });
      expect(result.reconnects).toBe(terminals.length);
      expect(result.resent).toBeGreaterThan(0);
      expect(result.unacknowledged).toBe(0);
      const acked = acknowledged(result.ledger);
      expect([...broker.taken.keys()].filter((key) => !acked.has(key))).toEqual([]);
      const repeated = [...broker.taken.values()].filter(({ length }) => length > 1);
      expect(repeated.length).toBeGreaterThan(0);
      expect(repeated.filter((payloads) => new Set(payloads).size > 1)).toEqual([]);
    },
  );

  it('counts what was due and never sent as late', async () => {
    const result = await load({ rate: 1_000, window: 1 }, () => {
      broker.deaf = true;
      setTimeout(() => {
        broker.deaf = false;
        broker.cut();
      }, 350);
    });
    expect(result.dueNotSent).toBeGreaterThan(100);
    expect(result.pubackMs?.p50).toBeGreaterThan(50);
  });

  it('ends at once when the broker knows the terminals not', async () => {
    await expect(load({ secret: 'wrong' })).rejects.toThrow(/T\d with code 5: is the fleet file/);
  });
});
