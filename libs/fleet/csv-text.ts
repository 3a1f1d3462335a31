/**
 * What makes a spreadsheet run a cell (OWASP, CSV injection), the full-width forms that East Asian versions
 * also take among them.
 */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/u;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]/;

/** True for a cell that a spreadsheet would run. A plain number is none, whatever its sign. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !NUMBER.test(cell);
}

/** A cell that a spreadsheet shows and never runs: a formula gets an apostrophe in front, as in Excel. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'number' ? String(value) : inert(value);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of a file, with its end (RFC 4180: CR LF). */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** What `csvCell` made inert, as it was; null for a formula that nobody made inert. */
export function readCell(cell: string): string | null {
  if (cell.startsWith("'") && (isFormula(cell.slice(1)) || cell.startsWith("''"))) return cell.slice(1);
  return isFormula(cell) ? null : cell;
}

function inert(text: string): string {
  // A text that begins with an apostrophe gets another, so that reading it back is exact.
  return isFormula(text) || text.startsWith("''") || (text.startsWith("'") && isFormula(text.slice(1)))
    ? `'${text}`
    : text;
}
