import type { ImportColumn } from './import-columns.js';
import type { ImportRow } from './import-kinds.js';
import type { BatchWriter } from './import-writers.js';

/** A book that files are taken into: what a file of it looks like, and how its rows are written. */
export interface ImportBook {
  /** In metrics and in the log. */
  readonly name: string;
  /** The first is the key. */
  readonly columns: readonly ImportColumn[];
  /** The writer of at most 500 rows with different keys; `by` names the caller. */
  readonly write: (rows: readonly ImportRow[], by: string) => BatchWriter;
}
