import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Duplex } from 'node:stream';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Interludes, ThreadAnswers } from '#runtime';

/** Node has it; its types come with those of browsers only. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<WasmModule> };
type WasmModule = object;

/**
 * What the thread is started with: PGlite's programs are compiled once a process, half a second of computing.
 */
export interface ThreadData {
  readonly folder: string;
  readonly port: MessagePort;
  /** `ThreadAnswers.posted`. */
  readonly posted: Int32Array;
  readonly pgliteWasmModule: WasmModule;
  readonly initdbWasmModule: WasmModule;
}

type Programs = Pick<ThreadData, 'pgliteWasmModule' | 'initdbWasmModule'>;

/** Wire-protocol bytes of one or more messages, or the end. */
export type ThreadRequest = Uint8Array<ArrayBuffer> | 'close';

/** 'ready' once; then the answer to each request, in order. */
export type ThreadAnswer = Uint8Array<ArrayBuffer> | 'ready';

const THREAD = new URL('./pglite-thread.js', import.meta.url);
/** First byte of a Terminate message (PostgreSQL, "Message Formats"): the client says goodbye. */
const TERMINATE = 0x58;
/** AuthenticationOk: the thread is as trusted as the process it is part of. */
const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
/**
 * There is one session for ever. A connection begins as if it had its own: outside a transaction, and without
 * the statements that the one before it had prepared.
 */
const FRESH_SESSION = ['rollback', 'discard all'];

/**
 * PGlite in a thread of its own: an embedded database computes for milliseconds a statement, during which no
 * terminal would be read or answered (a quarter of ingest's thread in a flood, decision 0009).
 */
export class ThreadedPglite {
  private running: Promise<void> | null = null;
  private worker: Worker | null = null;
  private port: MessagePort | null = null;
  private connection: ThreadConnection | null = null;
  /**
   * Who gets the next answers: one for each request under way, which node-postgres sends one after another.
   */
  private readonly askers: ThreadConnection[] = [];

  /**
   * `folder` is made when missing. Nothing guards it against a second process (PITFALLS 35). Answers are
   * heard in `interludes` as well.
   */
  constructor(
    private readonly folder: string,
    private readonly interludes?: Interludes,
  ) {}

  /** Starts the thread, or one anew after the last has failed. Rejects when the database cannot be opened. */
  async open(): Promise<void> {
    this.running ??= this.start().catch((error: unknown) => {
      this.running = null;
      throw error;
    });
    await this.running;
  }

  /** A connection for node-postgres. There is one at a time: the pool has one client. */
  connect(): ThreadConnection {
    this.connection = new ThreadConnection(this);
    return this.connection;
  }

  ask(connection: ThreadConnection, request: Uint8Array<ArrayBuffer>): void {
    const { port } = this;
    // Its thread has ended, and the connection hears of that; an asker without a request would shift all
    // answers.
    if (port === null) return;
    this.askers.push(connection);
    port.postMessage(request satisfies ThreadRequest, [request.buffer]);
  }

  /** Resolves when the database is closed and its thread has ended. */
  async close(): Promise<void> {
    const { worker, port } = this;
    if (worker === null || port === null) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    port.postMessage('close' satisfies ThreadRequest);
    await ended;
  }

  private async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    programs ??= compilePrograms();
    const { port1: port, port2 } = new MessageChannel();
    const answers = new ThreadAnswers();
    const { posted } = answers;
    const workerData: ThreadData = { folder: this.folder, port: port2, posted, ...(await programs) };
    const worker = new Worker(THREAD, { workerData, transferList: [port2] });
    this.worker = worker;
    this.port = port;
    let failure: Error | null = null;
    let stopLooking: (() => void) | undefined;
    worker.on('error', (error) => {
      failure = error;
    });
    const ended = new Promise<never>((_, reject) => {
      worker.once('exit', (code) => {
        this.worker = null;
        this.port = null;
        stopLooking?.();
        this.running = null;
        this.askers.length = 0;
        const error = failure ?? new Error(`the embedded database's thread ended with ${code}`);
        this.connection?.destroy(error);
        reject(error);
      });
    });
    // Who waits for the start hears of it; later it is the connection that does.
    ended.catch(() => undefined);
    const ready = new Promise<void>((resolve) => {
      const hear = (answer: ThreadAnswer) => {
        if (answer === 'ready') resolve();
        else this.askers.shift()?.answered(answer);
      };
      stopLooking = answers.listen(port, hear, this.interludes);
    });
    await Promise.race([ready, ended]);
  }
}

/** The database as the socket that node-postgres expects. */
export class ThreadConnection extends Duplex {
  /** Answers yet to come that are not the client's. */
  private unheard = FRESH_SESSION.length;
  private greeted = false;
  private readonly written: Buffer[] = [];

  constructor(private readonly database: ThreadedPglite) {
    super();
  }

  /** As `net.Socket.connect`: 'connect' or 'error' follows. */
  connect(): this {
    this.database.open().then(
      () => this.emit('connect'),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** It is the thread that keeps the process going, as long as it is not closed. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  answered(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.destroyed) return;
    if (this.unheard > 0) {
      this.unheard -= 1;
      if (this.unheard > 0) return;
      this.push(AUTHENTICATED);
      // The answer to a statement ends with ReadyForQuery, six bytes: the client's greeting.
      this.push(Buffer.from(bytes.buffer, bytes.byteLength - 6));
      return;
    }
    this.push(Buffer.from(bytes.buffer));
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.send(bytes);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.send(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  private send(bytes: Buffer): void {
    if (!this.greeted) {
      // The startup packet names a user and a database: here there is one of each.
      this.greeted = true;
      for (const statement of FRESH_SESSION) this.database.ask(this, queryMessage(statement));
    } else if (bytes[0] !== TERMINATE) {
      // Two turns of the queue: the messages of a query come with the next one (node-postgres corks them).
      if (this.written.length === 0) process.nextTick(() => process.nextTick(() => this.flush()));
      this.written.push(bytes);
    }
  }

  /** What was written together is one request: each wakes a thread, and its answer wakes this one. */
  private flush(): void {
    if (this.destroyed) return;
    this.database.ask(this, new Uint8Array(Buffer.concat(this.written)));
    this.written.length = 0;
  }
}

let programs: Promise<Programs> | null = null;

async function compilePrograms(): Promise<Programs> {
  const folder = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  const compile = async (name: string) => WebAssembly.compile(await readFile(join(folder, name)));
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all([
    compile('pglite.wasm'),
    compile('initdb.wasm'),
  ]);
  return { pgliteWasmModule, initdbWasmModule };
}

/** A Query message: its type, its length without the type, the text, a zero. */
function queryMessage(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(6 + text.length);
  bytes[0] = 0x51;
  new DataView(bytes.buffer).setUint32(1, 5 + text.length);
  bytes.set(Buffer.from(text, 'latin1'), 5);
  return bytes;
}
