/** One row of a file. `line` is that of its first character, 1 for the first. */
export type ScannedRow =
  | { readonly ok: true; readonly line: number; readonly cells: readonly string[] }
  | { readonly ok: false; readonly line: number; readonly code: 'broken-quotes' | 'row-too-long' };

/** Most characters of a row, its line breaks inside quotes included. */
export const ROW_LENGTH_MAX = 16_384;

type Found = { readonly cells: readonly string[]; readonly end: number; readonly lines: number };

/**
 * CSV (RFC 4180) in pieces, made to lose one line at most: after a row that cannot be read it goes on with
 * the next line of the file. csv-parse 7 skips, after one stray quote, all that follows up to the next quote
 * that fits, and ends without a word after a row that is too long (tried); a list kept by hand has both.
 */
export class CsvScanner {
  private rest = '';
  private line = 1;

  /** The rows that end in what came so far. Empty lines are no rows. */
  push(text: string): readonly ScannedRow[] {
    this.rest += text;
    return this.scan(false);
  }

  /** The rows that are left; the last needs no line end. */
  end(): readonly ScannedRow[] {
    return this.scan(true);
  }

  private scan(final: boolean): readonly ScannedRow[] {
    const rows: ScannedRow[] = [];
    let from = 0;
    while (from < this.rest.length) {
      const found = readRow(this.rest, from, final);
      if (found === 'more' && this.rest.length - from <= ROW_LENGTH_MAX) break;
      if (typeof found === 'object' && found.end - from <= ROW_LENGTH_MAX) {
        if (found.cells.length > 1 || found.cells[0] !== '')
          rows.push({ ok: true, line: this.line, cells: found.cells });
        this.line += found.lines;
        from = found.end;
        continue;
      }
      const lineEnd = this.rest.indexOf('\n', from);
      const code = found === 'broken-quotes' || (lineEnd >= 0 && lineEnd - from < ROW_LENGTH_MAX);
      rows.push({ ok: false, line: this.line, code: code ? 'broken-quotes' : 'row-too-long' });
      // Without an end in sight the line goes on in the next piece; its pieces are errors of the same line.
      from = lineEnd < 0 ? this.rest.length : lineEnd + 1;
      if (lineEnd >= 0) this.line += 1;
    }
    this.rest = this.rest.slice(from);
    return rows;
  }
}

/** The row at `from`; `more` when it does not end in `text`. */
function readRow(text: string, from: number, final: boolean): Found | 'more' | 'broken-quotes' {
  const newline = text.indexOf('\n', from);
  if (newline < 0 && !final) return 'more';
  const stop = newline < 0 ? text.length : newline;
  const quote = text.indexOf('"', from);
  if (quote < 0 || quote > stop) {
    const end = text.charCodeAt(stop - 1) === CR && stop > from ? stop - 1 : stop;
    return { cells: text.slice(from, end).split(','), end: Math.min(stop + 1, text.length), lines: 1 };
  }
  return readQuotedRow(text, from, final);
}

const CR = 13;

function readQuotedRow(text: string, from: number, final: boolean): Found | 'more' | 'broken-quotes' {
  const cells: string[] = [];
  let lines = 1;
  let at = from;
  for (;;) {
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      if (close < 0) return final ? 'broken-quotes' : 'more';
      const cell = text.slice(at + 1, close).replaceAll('""', '"');
      lines += cell.split('\n').length - 1;
      cells.push(cell);
      at = close + 1;
    } else {
      const end = cellEnd(text, at);
      if (end < 0 && !final) return 'more';
      const stop = end < 0 ? text.length : end;
      cells.push(text.slice(at, stop));
      at = stop;
    }
    if (at >= text.length && !final) return 'more';
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    if (text[at] === '\r' && at + 1 >= text.length && !final) return 'more';
    if (text[at] === '\r') at += 1;
    if (at >= text.length) return { cells, end: text.length, lines };
    return text[at] === '\n' ? { cells, end: at + 1, lines } : 'broken-quotes';
  }
}

/** The quote that ends a cell, of those doubled inside it; -1 for none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

/** Where an unquoted cell ends: comma, line end, or the CR before it. A quote inside means itself. */
function cellEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 44 || code === 10 || (code === CR && text.charCodeAt(at + 1) === 10)) return at;
  }
  return -1;
}
