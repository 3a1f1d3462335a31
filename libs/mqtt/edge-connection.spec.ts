import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Interludes } from '#runtime';
import { EdgeConnection } from './edge-connection.js';
import { IntakeBounds } from './intake-bounds.js';

/** A socket whose other end reads nothing until it is told to. */
class DeafSocket extends Duplex {
  readonly written: Buffer[] = [];
  private done: (() => void) | null = null;

  constructor() {
    super({ writableHighWaterMark: 8 });
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(bytes);
    this.done = done;
  }

  /** Reads what was sent so far, all of it. */
  hear(): void {
    while (this.done !== null) {
      const { done } = this;
      this.done = null;
      done();
    }
  }
}

const NO_LIMIT = 1_000_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('EdgeConnection', () => {
  let now: number;
  let socket: DeafSocket;
  let connection: EdgeConnection;
  let looks: number;
  beforeEach(() => {
    now = 0;
    socket = new DeafSocket();
    const limits = {
      ...{ packetMaxBytes: NO_LIMIT, connectTimeoutMs: NO_LIMIT, packetTimeoutMs: NO_LIMIT },
      ...{ drainTimeoutMs: 1_000, terminalRatePerSecond: NO_LIMIT, terminalBurst: NO_LIMIT },
    };
    looks = 0;
    const interludes = new Interludes();
    interludes.add(() => {
      looks += 1;
    });
    const bounds = new IntakeBounds(
      { inFlightMax: NO_LIMIT, inFlightMaxBytes: NO_LIMIT, incompleteMaxBytes: NO_LIMIT },
      () => undefined,
    );
    connection = new EdgeConnection(
      socket as unknown as Socket,
      ...([0, { limits, bounds, now: () => now, onRefused: () => undefined, interludes }] as const),
    );
    connection.guard.authenticated = true;
  });

  it('writes what is acknowledged in one turn of the loop at once', async () => {
    for (const id of [1, 2, 258]) connection.acknowledge(id);
    await turn();
    expect(socket.written).toEqual([Buffer.from([0x40, 2, 0, 1, 0x40, 2, 0, 2, 0x40, 2, 1, 2])]);
  });

  it('lets others hear of theirs before each read and each write', async () => {
    socket.push(Buffer.from([0x10, 0]));
    socket.read();
    expect(looks).toBe(1);
    for (const id of [1, 2]) connection.acknowledge(id);
    await turn();
    expect(looks).toBe(2);
  });

  it('reads nothing more of who does not read its answers, until it does', async () => {
    socket.push(Buffer.from([0x10, 0]));
    for (const id of [1, 2, 3]) connection.acknowledge(id);
    await turn();
    expect(socket.read()).toBeNull();
    const readable = new Promise((resolve) => socket.once('readable', resolve));
    socket.hear();
    await readable;
    expect(socket.read()).toEqual(Buffer.from([0x10, 0]));
    now = 5_000;
    expect(connection.expire()).toBeNull();
  });

  it('cuts who does not read its answers for too long', async () => {
    for (const id of [1, 2, 3]) connection.acknowledge(id);
    await turn();
    now = 1_000;
    expect(connection.expire()).toBeNull();
    now = 1_001;
    expect(connection.expire()).toBe('answers-not-read');
    expect(socket.destroyed).toBe(true);
  });
});
