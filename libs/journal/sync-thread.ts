import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Interludes, ThreadAnswers } from '#runtime';
import { NotSyncedError } from './journal-errors.js';

const THREAD = new URL('./sync-worker.js', import.meta.url);

/** What the thread is started with. */
export interface SyncThreadData {
  readonly port: MessagePort;
  /** `ThreadAnswers.posted`. */
  readonly posted: Int32Array;
}

/** All of `source` is to be written to `fd` from `position` on, and synced. */
export interface SyncRequest {
  readonly fd: number;
  readonly source: Uint8Array;
  readonly position: number;
}

/** Null = durable; else the step that failed, with the system's error. */
export type SyncAnswer = null | {
  readonly failed: 'write' | 'datasync';
  readonly code: string | null;
  readonly message: string;
};

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that writes and syncs. Node's own pool is asked twice for it and heard once a turn of the loop
 * each time: while 1,000 terminals speak a turn lasts 30 to 80 ms, and the disk takes 0.8 (decision 0021).
 */
export class SyncThread {
  private running: { readonly worker: Worker; readonly port: MessagePort } | null = null;
  private readonly waiters: Waiter[] = [];
  private ended: Error | null = null;

  /** Answers are heard in `interludes` as well. */
  constructor(private readonly interludes: Interludes) {}

  /**
   * Writes all of `source` and makes it durable. In order of the calls; bytes that are not in shared memory
   * are copied. Rejects with the system's error when it was not all written, with NotSyncedError when it is
   * unknown whether it is on the disk.
   */
  write(fd: number, source: Uint8Array, position: number): Promise<void> {
    if (this.ended !== null) return Promise.reject(this.ended);
    this.running ??= this.begin();
    const { port } = this.running;
    // Only who waits for the disk keeps the process.
    if (this.waiters.length === 0) port.ref();
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      port.postMessage({ fd, source, position } satisfies SyncRequest);
    });
  }

  /** Begins the thread, so that the first write need not wait for that. */
  start(): void {
    if (this.ended === null) this.running ??= this.begin();
  }

  /** Ends the thread; what waits is rejected. */
  async close(): Promise<void> {
    this.ended ??= new Error('the thread that writes the journal was closed');
    await this.running?.worker.terminate();
  }

  private begin(): { readonly worker: Worker; readonly port: MessagePort } {
    const { port1: port, port2 } = new MessageChannel();
    const answers = new ThreadAnswers();
    const workerData: SyncThreadData = { port: port2, posted: answers.posted };
    const worker = new Worker(THREAD, { workerData, transferList: [port2] });
    const stopLooking = answers.listen(port, (answer: SyncAnswer) => this.answered(answer), this.interludes);
    port.unref();
    worker.unref();
    worker.on('error', (error) => {
      this.ended ??= error;
    });
    worker.once('exit', (code) => {
      stopLooking();
      port.close();
      this.ended ??= new Error(`the thread that writes the journal ended with ${code}`);
      for (const { reject } of this.waiters.splice(0)) reject(this.ended);
    });
    return { worker, port };
  }

  private answered(answer: SyncAnswer): void {
    const waiter = this.waiters.shift();
    if (this.waiters.length === 0) this.running?.port.unref();
    if (answer === null) {
      waiter?.resolve();
      return;
    }
    const { failed, code, message } = answer;
    const error = Object.assign(new Error(message), code === null ? {} : { code });
    waiter?.reject(failed === 'write' ? error : new NotSyncedError(message, { cause: error }));
  }
}
