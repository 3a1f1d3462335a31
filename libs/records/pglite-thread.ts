import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { ThreadAnswer, ThreadData, ThreadRequest } from './threaded-pglite.js';

/**
 * The thread that PGlite runs in. Requests are wire-protocol bytes, a query's messages together, and are
 * answered in order; 'close' ends it when the database is closed.
 */
async function serve(): Promise<void> {
  const port = parentPort;
  if (isMainThread || port === null) throw new Error('pglite-thread runs as a worker thread only.');
  const { folder, ...programs } = workerData as ThreadData;
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
    port.postMessage(bytes satisfies ThreadAnswer, [bytes.buffer]);
  };
  port.on('message', (request: ThreadRequest) => {
    // A rejection is an abort of the database, not an SQL error: it ends the thread, and the pool hears of
    // it.
    before = before.then(() => answer(request));
  });
  port.postMessage('ready' satisfies ThreadAnswer);
}

await serve();
