import { isMainThread, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { ThreadAnswer, ThreadData, ThreadRequest } from './threaded-pglite.js';

/**
 * The thread that PGlite runs in. Requests are wire-protocol bytes, a query's messages together, and are
 * answered in order; 'close' ends it when the database is closed.
 */
async function serve(): Promise<void> {
  if (isMainThread) throw new Error('pglite-thread runs as a worker thread only.');
  const { folder, port, posted, ...programs } = workerData as ThreadData;
  const post = (answer: ThreadAnswer, given: readonly ArrayBuffer[] = []) => {
    port.postMessage(answer, given);
    Atomics.add(posted, 0, 1);
  };
  const pglite = new PGlite(folder, programs);
  await pglite.waitReady;
  let before: Promise<void> = Promise.resolve();
  const answer = async (request: ThreadRequest): Promise<void> => {
    if (request === 'close') {
      await pglite.close();
      port.close();
      return;
    }
    const answered = await pglite.execProtocolRaw(request);
    // A copy of just these bytes, given away: what PGlite answers is a view of a buffer that it uses again.
    const bytes = answered.slice();
    post(bytes, [bytes.buffer]);
  };
  port.on('message', (request: ThreadRequest) => {
    // A rejection is an abort of the database, not an SQL error: it ends the thread, and the pool hears of
    // it.
    before = before.then(() => answer(request));
  });
  post('ready');
}

await serve();
