import { Controller, Get, Query, Res } from '@nestjs/common';
import { IsIn, IsOptional } from 'class-validator';
import type { Response } from 'express';
import { Allow, Answers, CurrentPrincipal, type Principal, ROLES } from '#access';
import { Records } from '#records';
import { csvLine } from './csv-text.js';
import { LiftListQuery } from './fleet.dto.js';
import { IMPORT_COLUMNS } from './import-kinds.js';
import type { LiftField } from './lift-fields.js';
import { listLifts } from './lift-rows.js';
import type { LiftRow } from './lift-view.js';

const EXPORT_PAGE = 1_000;

export class LiftExportQuery extends LiftListQuery {
  /** Language of the headings; an import reads both. */
  @IsOptional()
  @IsIn(['zh', 'en'])
  headings: 'zh' | 'en' = 'zh';
}

/** Lists as files for a spreadsheet: formulas in cells are made inert. */
@Controller('api/v1/exports')
export class ExportController {
  constructor(private readonly records: Records) {}

  /**
   * The lifts of the caller's scope as CSV (UTF-8 with a byte order mark, which Excel needs), narrowed like
   * the list; the whole list, so `cursor` and `limit` are not used. An import takes it back unchanged.
   */
  @Get('lifts')
  @Allow(...ROLES)
  @Answers({
    is: 'The lifts of your scope as a file; an import takes it back unchanged.',
    body: { media: 'text/csv', description: 'UTF-8 with a byte order mark.' },
  })
  async lifts(
    @Query() query: LiftExportQuery,
    @CurrentPrincipal() caller: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const columns = IMPORT_COLUMNS.lifts;
    const cellOf = (row: LiftRow, field: string) => row[field as LiftField | 'registrationCode'];
    let after = '';
    let rows = await listLifts(this.records.db, caller, query, after, EXPORT_PAGE);
    response.setHeader('content-type', 'text/csv; charset=utf-8');
    response.setHeader('content-disposition', 'attachment; filename="lifts.csv"');
    response.write(`\u{feff}${csvLine(columns.map((column) => column[query.headings][0] ?? column.field))}`);
    while (rows.length > 0 && !response.destroyed) {
      const text = rows.map((row) => csvLine(columns.map(({ field }) => cellOf(row, field)))).join('');
      if (!response.write(text)) await drained(response);
      after = rows.at(-1)?.registrationCode ?? '';
      rows =
        rows.length < EXPORT_PAGE ? [] : await listLifts(this.records.db, caller, query, after, EXPORT_PAGE);
    }
    response.end();
  }
}

/** Resolves when the client has taken what was written, or has gone. */
async function drained(response: Response): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
