import { Injectable } from '@nestjs/common';
import { Records } from '#records';
import { Clock, Metrics } from '#runtime';
import { CsvDecoder, CsvEncodingError } from './csv-decoder.js';
import type { ImportBook } from './import-book.js';
import type { ImportRow } from './import-kinds.js';
import { ImportReader, type ReadRow, type RowError } from './import-reader.js';
import type { BatchWriter, RowOutcome } from './import-writers.js';

/** Rows of one transaction (DESIGN "Event log": none lasts over a second). */
export const BATCH_ROWS = 500;
/** Most rows of a file: its keys are kept in memory to find doubles, some 100 bytes each. */
const ROWS_MAX = 500_000;
const BYTES_MAX = 512 * 1024 * 1024;
const IMPORTS_MAX = 2;
const TRIES = 3;
const BATCH_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** PostgreSQL: another writer was faster (unique, deadlock, serialisation): the same again decides anew. */
const RETRYABLE: ReadonlySet<unknown> = new Set(['23505', '40P01', '40001']);

/** A batch that is committed: its rows in order, with what became of each. */
export interface ImportedBatch {
  readonly rows: readonly { readonly row: ImportRow; readonly result: RowOutcome }[];
  /** Rows that could not be read, from anywhere among those rows. */
  readonly errors: readonly RowError[];
}

/** Why a file is given up; what was committed before stays. */
export class ImportStopped extends Error {
  constructor(
    readonly code: 'encoding' | 'too-many-rows' | 'too-many-bytes',
    message: string,
  ) {
    super(message);
  }
}

/** Too many imports at once. */
export class ImportBusy extends Error {}

/** One file being taken in, its headings read. */
export interface RunningImport {
  /** Headings that no column of ours goes by. */
  readonly ignored: readonly string[];
  /** Heading of a field in this file, for the error of a refused row. */
  headingOf(field: string): string | null;
}

/** Takes CSV files into books, 500 rows a transaction, at most two files at once. */
@Injectable()
export class Importer {
  private running = 0;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Calls `onBatch` after each commit; waits for it. Throws an ImportBusy, an ImportHeadingError before
   * anything is written, or an ImportStopped after some of it was.
   */
  async run(
    book: ImportBook,
    source: AsyncIterable<Uint8Array>,
    charset: string | null,
    by: string,
    onBatch: (batch: ImportedBatch, file: RunningImport) => Promise<void> | void,
  ): Promise<RunningImport> {
    if (this.running >= IMPORTS_MAX) throw new ImportBusy(`${IMPORTS_MAX} imports run already`);
    this.count(1);
    try {
      return await this.take(book, source, charset, by, onBatch);
    } finally {
      this.count(-1);
    }
  }

  private async take(
    book: ImportBook,
    source: AsyncIterable<Uint8Array>,
    charset: string | null,
    by: string,
    onBatch: (batch: ImportedBatch, file: RunningImport) => Promise<void> | void,
  ): Promise<RunningImport> {
    const reader = new ImportReader(book.columns);
    let waiting: ReadRow[] = [];
    let taken = 0;
    const flush = async (atLeast: number) => {
      while (waiting.length >= atLeast && waiting.length > 0) {
        const rows = waiting.slice(0, BATCH_ROWS);
        waiting = waiting.slice(BATCH_ROWS);
        taken += rows.length;
        if (taken > ROWS_MAX)
          throw new ImportStopped('too-many-rows', `the file has more than ${ROWS_MAX} rows: split it`);
        await onBatch(await this.write(book, rows, by), fileOf(reader, book));
      }
    };
    try {
      for await (const text of texts(source, charset)) {
        waiting.push(...reader.push(text));
        await flush(BATCH_ROWS);
      }
    } catch (error) {
      // Good rows are kept: those read before the byte that is not.
      if (error instanceof ImportStopped && error.code !== 'too-many-rows') await flush(1);
      throw error;
    }
    waiting.push(...reader.end());
    await flush(1);
    return fileOf(reader, book);
  }

  private async write(book: ImportBook, read: readonly ReadRow[], by: string): Promise<ImportedBatch> {
    const rows = read.flatMap((each) => (each.ok ? [each.row] : []));
    const errors = read.flatMap((each) => (each.ok ? [] : each.errors));
    if (rows.length === 0) return { rows: [], errors };
    const kind = book.name;
    const write = book.write(rows, by);
    const began = this.clock.monotonicMs();
    const outcomes = await this.persist(write);
    this.metrics
      .histogram('liftwarden_import_batch_seconds', 'Transactions of imports, by kind.', BATCH_SECONDS, [
        'kind',
      ])
      .observe({ kind }, (this.clock.monotonicMs() - began) / 1_000);
    const pairs = rows.map((row, place) => {
      const result = outcomes[place];
      if (result === undefined) throw new Error(`No outcome of line ${row.line} of an import of ${kind}.`);
      this.rowsTotal().inc({ kind, outcome: result.outcome });
      return { row, result };
    });
    if (read.length > rows.length)
      this.rowsTotal().inc({ kind, outcome: 'refused' }, read.length - rows.length);
    return { rows: pairs, errors };
  }

  private async persist(write: BatchWriter): Promise<readonly RowOutcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.records.write(async (tx) => {
          const { outcomes, events } = await write(tx, new Date(this.clock.now()));
          return { result: outcomes, events };
        });
      } catch (error) {
        const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
        if (attempt >= TRIES || !RETRYABLE.has(code)) throw error;
      }
    }
  }

  private rowsTotal() {
    return this.metrics.counter('liftwarden_import_rows_total', 'Rows of imports, by kind and outcome.', [
      'kind',
      'outcome',
    ]);
  }

  private count(change: number): void {
    this.running += change;
    this.metrics
      .gauge('liftwarden_imports_running', `Imports that run, at most ${IMPORTS_MAX}.`)
      .set(this.running);
  }
}

function fileOf(reader: ImportReader, { columns }: ImportBook): RunningImport {
  const found = reader.headings;
  return {
    ignored: found?.ignored ?? [],
    headingOf: (field) => {
      const wanted = columns.find((column) => column.field === field);
      if (wanted === undefined) return null;
      return found?.headings[found.columns.indexOf(wanted)] ?? wanted.en[0] ?? null;
    },
  };
}

async function* texts(
  source: AsyncIterable<Uint8Array>,
  charset: string | null,
): AsyncGenerator<string, void, void> {
  let bytes = 0;
  try {
    const decoder = new CsvDecoder(charset);
    for await (const piece of source) {
      bytes += piece.byteLength;
      if (bytes > BYTES_MAX)
        throw new ImportStopped('too-many-bytes', `the file is larger than ${BYTES_MAX} bytes: split it`);
      yield decoder.decode(piece);
    }
    yield decoder.end();
  } catch (error) {
    if (error instanceof CsvEncodingError) throw new ImportStopped('encoding', error.message);
    throw error;
  }
}
