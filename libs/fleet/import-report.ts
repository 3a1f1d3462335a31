import type { RowError } from './import-reader.js';
import type { ImportedBatch, RunningImport } from './importer.js';

/** Errors a report lists; the others are counted, and come up once these are mended. */
export const ERRORS_LISTED_MAX = 1_000;

/** What became of a file. */
export interface ImportReport {
  /** Rows below the heading, empty lines not counted. */
  readonly rows: number;
  readonly registered: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Headings that no column of ours goes by: these columns were not read. */
  readonly ignoredColumns: readonly string[];
  /** The first 1,000, by line. */
  readonly errors: readonly RowError[];
  /** All of them; a row may have several. */
  readonly errorsTotal: number;
  /** Set when the file was given up before its end: what was written before stays. */
  readonly stopped: { readonly code: string; readonly message: string } | null;
}

/** Adds up the batches of one import. */
export class ImportTally {
  private readonly counts = { registered: 0, changed: 0, unchanged: 0, refused: 0 };
  private readonly errors: RowError[] = [];
  private errorsTotal = 0;

  add(batch: ImportedBatch, file: RunningImport): void {
    for (const { result } of batch.rows) this.counts[result.outcome] += 1;
    this.counts.refused += new Set(batch.errors.map(({ line }) => line)).size;
    const errors = errorsOf(batch, file);
    this.errorsTotal += errors.length;
    this.errors.push(...errors.slice(0, ERRORS_LISTED_MAX - this.errors.length));
  }

  report(file: RunningImport | null, stopped: ImportReport['stopped']): ImportReport {
    const { registered, changed, unchanged, refused } = this.counts;
    return {
      rows: registered + changed + unchanged + refused,
      ...this.counts,
      ignoredColumns: file?.ignored ?? [],
      errors: this.errors,
      errorsTotal: this.errorsTotal,
      stopped,
    };
  }
}

/** The errors of a batch, those of reading and those of writing, by line. */
export function errorsOf(batch: ImportedBatch, file: RunningImport): readonly RowError[] {
  const refused = batch.rows.flatMap(({ row, result }): RowError[] => {
    if (result.outcome !== 'refused') return [];
    const { field, code, message } = result.refusal;
    return [{ line: row.line, column: file.headingOf(field), code, message }];
  });
  return [...batch.errors, ...refused].sort((one, other) => one.line - other.line);
}
