import { Controller, HttpCode, Logger, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Allow, Answers, CurrentPrincipal, type Principal, problem } from '#access';
import { IMPORT_REPORT_SCHEMA } from './answer-schemas.js';
import { csvLine } from './csv-text.js';
import { IMPORT_KINDS, type ImportKind } from './import-kinds.js';
import { ImportHeadingError } from './import-reader.js';
import { errorsOf, type ImportReport, ImportTally } from './import-report.js';
import { ImportBusy, type ImportedBatch, Importer, ImportStopped, type RunningImport } from './importer.js';

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
    const charset = charsetOf(request.headers['content-type']);
    const answer = kind === 'terminals' ? new SecretLines(response) : null;
    const tally = new ImportTally();
    let file: RunningImport | null = null;
    let stopped: ImportReport['stopped'] = null;
    try {
      // Left early, the request must not be destroyed: its connection still has to carry the answer.
      const pieces = request.iterator({ destroyOnReturn: false });
      file = await this.importer.run(kind, pieces, charset, caller.label, async (batch, running) => {
        file = running;
        tally.add(batch, running);
        await answer?.write(batch, running);
      });
    } catch (error) {
      stopped = this.stoppedBy(error, answer?.begun ?? false);
    }
    const report = tally.report(file, stopped);
    const { rows, registered, changed, refused } = report;
    this.log.log(
      `${caller.label}: ${kind}, ${rows} rows, ${registered} new, ${changed} changed, ${refused} refused`,
    );
    if (answer === null) return report;
    answer.end(stopped);
    return undefined;
  }

  /** A problem when nothing was written; else a note in the report. */
  private stoppedBy(error: unknown, begun: boolean): ImportReport['stopped'] {
    if (error instanceof ImportBusy)
      throw problem(503, 'Service Unavailable', `${error.message}: try again when one has ended.`);
    if (error instanceof ImportHeadingError && !begun)
      throw problem(400, 'Unreadable file', `${error.message}.`, error.errors);
    if (error instanceof ImportStopped) return { code: error.code, message: error.message };
    throw error;
  }
}

/** The answer to an import of terminals, written as the batches commit. */
class SecretLines {
  begun = false;

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

/** Null when the caller leaves it to us. */
function charsetOf(contentType: string | undefined): string | null {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  if (type.toLowerCase() !== 'text/csv') {
    throw problem(415, 'Unsupported Media Type', `Send the file as "text/csv", not as "${type}".`);
  }
  const charset = parameters.find((part) => part.toLowerCase().startsWith('charset='));
  return charset === undefined ? null : charset.slice('charset='.length).replaceAll('"', '');
}
