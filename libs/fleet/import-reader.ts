import { CsvScanner, ROW_LENGTH_MAX, type ScannedRow } from './csv-scanner.js';
import { readCell } from './csv-text.js';
import { type CellValue, type Headings, type ImportColumn, readHeadings } from './import-columns.js';
import type { ImportRow } from './import-kinds.js';

/** What is wrong with a row of a file. */
export interface RowError {
  /** Line of the file where the row begins; the heading's is 1. */
  readonly line: number;
  /** Heading of the column as the file has it; null when the whole row is meant. */
  readonly column: string | null;
  /** For programs; `message` is for people. */
  readonly code: string;
  readonly message: string;
}

export type ReadRow =
  | { readonly ok: true; readonly row: ImportRow }
  | { readonly ok: false; readonly errors: readonly RowError[] };

type GoodHeadings = Extract<Headings, { ok: true }>;

/** A heading that refuses the whole file. */
export class ImportHeadingError extends Error {
  constructor(readonly errors: readonly { readonly field: string; readonly message: string }[]) {
    super(errors.map(({ message }) => message).join('; '));
  }
}

/** Texts in, rows with values or their errors out. A key that came before in the file is an error. */
export class ImportReader {
  private readonly scanner = new CsvScanner();
  private readonly linesByKey = new Map<string, number>();
  private found: GoodHeadings | null = null;

  constructor(private readonly columns: readonly ImportColumn[]) {}

  /** Null until the first row has come. */
  get headings(): GoodHeadings | null {
    return this.found;
  }

  /** Throws an ImportHeadingError when the first row lacks a column. */
  push(text: string): readonly ReadRow[] {
    return this.take(this.scanner.push(text));
  }

  end(): readonly ReadRow[] {
    const rows = this.take(this.scanner.end());
    if (this.found === null) throw new ImportHeadingError([{ field: 'file', message: 'the file is empty' }]);
    return rows;
  }

  private take(scanned: readonly ScannedRow[]): readonly ReadRow[] {
    const rows: ReadRow[] = [];
    for (const each of scanned) {
      if (this.found === null) this.found = headingsOf(each, this.columns);
      else rows.push(each.ok ? this.read(each.line, each.cells, this.found) : broken(each));
    }
    return rows;
  }

  private read(line: number, cells: readonly string[], { columns, headings }: GoodHeadings): ReadRow {
    if (cells.length > columns.length && cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
      const counts = `${cells.length} cells, the heading ${columns.length}`;
      const message = `the row has ${counts}: put cells that hold a comma in quotes`;
      return failed(line, null, 'too-many-cells', message);
    }
    const values: Record<string, CellValue> = {};
    const errors: RowError[] = [];
    for (const [place, column] of columns.entries()) {
      if (column === null) continue;
      const heading = headings[place] ?? column.field;
      const read = readValue(column, heading, cells[place] ?? '');
      if ('code' in read) errors.push({ line, column: heading, code: read.code, message: read.message });
      else values[column.field] = read.value;
    }
    if (errors.length > 0) return { ok: false, errors };
    const key = String(values[this.columns[0]?.field ?? ''] ?? '');
    const before = this.linesByKey.get(key);
    if (before !== undefined) {
      const heading = headings[columns.indexOf(this.columns[0] ?? null)] ?? null;
      return failed(line, heading, 'duplicate-key', `${key} is in line ${before} already`);
    }
    this.linesByKey.set(key, line);
    return { ok: true, row: { line, values } };
  }
}

function headingsOf(first: ScannedRow, columns: readonly ImportColumn[]): GoodHeadings {
  if (!first.ok)
    throw new ImportHeadingError([{ field: 'file', message: broken(first).errors[0]?.message ?? '' }]);
  const headings = readHeadings(first.cells, columns);
  if (!headings.ok) throw new ImportHeadingError(headings.errors);
  return headings;
}

function readValue(
  column: ImportColumn,
  heading: string,
  cell: string,
): { readonly value: CellValue } | { readonly code: string; readonly message: string } {
  const text = readCell(cell.replace(/^ +| +$/g, ''));
  if (text === null) {
    const message = `${heading} begins like a formula: put an apostrophe in front if it is meant as text`;
    return { code: 'formula', message };
  }
  const trimmed = text.trim();
  if (trimmed === '') {
    if (!column.required) return { value: null };
    return { code: 'missing', message: `${heading} is missing` };
  }
  const value = column.read(trimmed);
  if (value !== undefined) return { value };
  const shown = trimmed.length > 60 ? `${trimmed.slice(0, 60)}…` : trimmed;
  return { code: 'invalid', message: `${heading} is ${JSON.stringify(shown)}; it must be ${column.says}` };
}

function broken({ line, code }: Extract<ScannedRow, { ok: false }>): Extract<ReadRow, { ok: false }> {
  const message =
    code === 'row-too-long'
      ? `the row is longer than ${ROW_LENGTH_MAX} characters`
      : 'a quote is not closed, or something follows it: double the quotes inside a quoted cell';
  return failed(line, null, code, message);
}

function failed(
  line: number,
  column: string | null,
  code: string,
  message: string,
): Extract<ReadRow, { ok: false }> {
  return { ok: false, errors: [{ line, column, code, message }] };
}
