import { fdatasyncSync, writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import { systemErrorCode } from './journal-errors.js';
import type { SyncAnswer, SyncRequest, SyncThreadData } from './sync-thread.js';

/** The thread that writes a group of the journal and syncs it: requests are answered in order. */
function serve(): void {
  if (isMainThread) throw new Error('sync-worker runs as a worker thread only.');
  const { port, posted } = workerData as SyncThreadData;
  port.on('message', (request: SyncRequest) => {
    port.postMessage(answer(request));
    Atomics.add(posted, 0, 1);
  });
}

function answer(request: SyncRequest): SyncAnswer {
  return attempt('write', () => write(request)) ?? attempt('datasync', () => fdatasyncSync(request.fd));
}

/** A nearly full disk writes a part and reports ENOSPC only on the next call. */
function write({ fd, source, position }: SyncRequest): void {
  let done = 0;
  while (done < source.length) done += writeSync(fd, source, done, source.length - done, position + done);
}

function attempt(failed: 'write' | 'datasync', step: () => void): SyncAnswer {
  try {
    step();
    return null;
  } catch (error) {
    return { failed, code: systemErrorCode(error), message: String(error) };
  }
}

serve();
