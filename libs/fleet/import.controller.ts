import { Controller, HttpCode, Logger, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Allow, Answers, CurrentPrincipal, type Principal, problem } from '#access';
import { IMPORT_REPORT_SCHEMA } from './answer-schemas.js';
import { csvLine } from './csv-text.js';
import type { ImportBook } from './import-book.js';
import { IMPORT_COLUMNS, IMPORT_KINDS, type ImportKind } from './import-kinds.js';
import { errorsOf, type ImportReport } from './import-report.js';
import { batchWriter } from './import-writers.js';
import { type ImportedBatch, Importer, type RunningImport } from './importer.js';
import { takeFile } from './take-file.js';

/** Headings of the answer to an import of terminals. */
const SECRET_HEADINGS = ['line', 'id', 'outcome', 'secret', 'column', 'code', 'message'] as const;

/** CSV files into the fleet's books: `text/csv`, UTF-8 or GBK, read as it comes and written by 500 rows. */
@Controller('api/v1/imports')
export class ImportController {
  private readonly log = new Logger('Imports');

  constructor(private readonly importer: Importer) {}

  /**
   * Answers what became of the rows, as a report; for terminals as CSV while it goes on, one line a row, with
   * the secret of each that was registered: it is shown this once.
   */
  @Post(':kind')
  @HttpCode(200)
  @Allow('admin')
  @Answers({
    is: 'Reads a CSV file into a book; for terminals the answer is CSV with the secrets of the new ones.',
    body: IMPORT_REPORT_SCHEMA,
    refuses: [404, 415],
  })
  async import(
    @Param('kind') name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @CurrentPrincipal() caller: Principal,
  ): Promise<ImportReport | undefined> {
    const kind = kindOf(name);
    const answer = kind === 'terminals' ? new SecretLines(response) : null;
    const book: ImportBook = {
      name: kind,
      columns: IMPORT_COLUMNS[kind],
      write: (rows, by) => batchWriter(kind, rows, by),
    };
    const report = await takeFile(this.importer, book, request, caller.label, (batch, running) =>
      answer?.write(batch, running),
    );
    const { rows, registered, changed, refused } = report;
    this.log.log(
      `${caller.label}: ${kind}, ${rows} rows, ${registered} new, ${changed} changed, ${refused} refused`,
    );
    if (answer === null) return report;
    answer.end(report.stopped);
    return undefined;
  }
}

/** The answer to an import of terminals, written as the batches commit. */
class SecretLines {
  private begun = false;

  constructor(private readonly response: Response) {}

  async write(batch: ImportedBatch, file: RunningImport): Promise<void> {
    this.begin();
    const good = batch.rows.flatMap(({ row, result }) =>
      result.outcome === 'refused'
        ? []
        : [
            {
              line: row.line,
              cells: [String(row.values.id), result.outcome, result.secret ?? '', '', '', ''],
            },
          ],
    );
    const ids = new Map(batch.rows.map(({ row }) => [row.line, String(row.values.id)]));
    const bad = errorsOf(batch, file).map(({ line, column, code, message }) => ({
      line,
      cells: [ids.get(line) ?? '', 'refused', '', column ?? '', code, message],
    }));
    const lines = [...good, ...bad].sort((one, other) => one.line - other.line);
    const text = lines.map(({ line, cells }) => csvLine([line, ...cells])).join('');
    if (this.response.write(text) || this.response.destroyed) return;
    await new Promise<void>((resolve) => {
      this.response.once('drain', resolve);
      this.response.once('close', resolve);
    });
  }

  end(stopped: ImportReport['stopped']): void {
    this.begin();
    const last = stopped && csvLine(['', '', 'stopped', '', '', stopped.code, stopped.message]);
    this.response.end(last ?? '');
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.response.status(200);
    this.response.setHeader('content-type', 'text/csv; charset=utf-8');
    this.response.setHeader('cache-control', 'no-store');
    this.response.write(`\u{feff}${csvLine(SECRET_HEADINGS)}`);
  }
}

function kindOf(name: string): ImportKind {
  const kind = IMPORT_KINDS.find((each) => each === name);
  if (kind !== undefined) return kind;
  throw problem(404, 'Not Found', `There is no import of "${name}"; there is ${IMPORT_KINDS.join(', ')}.`);
}
