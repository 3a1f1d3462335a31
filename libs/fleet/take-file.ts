import type { Request } from 'express';
import { problem } from '#access';
import type { ImportBook } from './import-book.js';
import { ImportHeadingError } from './import-reader.js';
import { type ImportReport, ImportTally } from './import-report.js';
import {
  ImportBusy,
  type ImportedBatch,
  type Importer,
  ImportStopped,
  type RunningImport,
} from './importer.js';

/**
 * Takes the file of a request into a book, 500 rows a transaction, and answers what became of it. Calls
 * `onBatch` after each commit. Throws a problem when nothing was written: 415 for what is no `text/csv`,
 * 400 for a heading that is wrong, 503 when too many imports run.
 */
export async function takeFile(
  importer: Importer,
  book: ImportBook,
  request: Request,
  by: string,
  onBatch: (batch: ImportedBatch, file: RunningImport) => Promise<void> | void = () => undefined,
): Promise<ImportReport> {
  const charset = charsetOf(request.headers['content-type']);
  const tally = new ImportTally();
  let file: RunningImport | null = null;
  let stopped: ImportReport['stopped'] = null;
  try {
    // Left early, the request must not be destroyed: its connection still has to carry the answer.
    const pieces = request.iterator({ destroyOnReturn: false });
    file = await importer.run(book, pieces, charset, by, async (batch, running) => {
      file = running;
      tally.add(batch, running);
      await onBatch(batch, running);
    });
  } catch (error) {
    stopped = stoppedBy(error, file !== null);
  }
  return tally.report(file, stopped);
}

/** A problem when nothing was written; else a note in the report. */
function stoppedBy(error: unknown, begun: boolean): ImportReport['stopped'] {
  if (error instanceof ImportBusy)
    throw problem(503, 'Service Unavailable', `${error.message}: try again when one has ended.`);
  if (error instanceof ImportHeadingError && !begun)
    throw problem(400, 'Unreadable file', `${error.message}.`, error.errors);
  if (error instanceof ImportStopped) return { code: error.code, message: error.message };
  throw error;
}

/** Null when the caller leaves it to us. */
function charsetOf(contentType: string | undefined): string | null {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  if (type.toLowerCase() !== 'text/csv') {
    throw problem(415, 'Unsupported Media Type', `Send the file as "text/csv", not as "${type}".`);
  }
  const charset = parameters.find((part) => part.toLowerCase().startsWith('charset='));
  return charset === undefined ? null : charset.slice('charset='.length).replaceAll('"', '');
}
