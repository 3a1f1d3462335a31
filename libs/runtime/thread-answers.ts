import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Interludes } from './interludes.js';

/**
 * The answers of a thread, counted in shared memory, so that who looks whether there is one need not ask the
 * port (a microsecond, and 40,000 looks a second).
 */
export class ThreadAnswers {
  /** For the thread, which adds one to its first number after each answer it has posted. */
  readonly posted = new Int32Array(new SharedArrayBuffer(4));
  private heard = 0;

  /**
   * Calls `hear` with each answer that comes by `port`, in order: once a turn of the loop, as Node does, and
   * in `interludes`. Answers how to end the latter.
   */
  listen<Answer>(port: MessagePort, hear: (answer: Answer) => void, interludes?: Interludes): () => void {
    const take = (answer: Answer) => {
      this.heard = (this.heard + 1) | 0;
      hear(answer);
    };
    port.on('message', take);
    if (interludes === undefined) return () => {};
    return interludes.add(() => {
      if (Atomics.load(this.posted, 0) === this.heard) return;
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) take(next.message);
    });
  }
}
