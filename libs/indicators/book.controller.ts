import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject } from 'class-validator';
import type { Request } from 'express';
import { Allow, Answers, CurrentPrincipal, type Principal, problem } from '#access';
import { IMPORT_REPORT_SCHEMA, type ImportBook, Importer, type ImportReport, takeFile } from '#fleet';
import { Records } from '#records';
import { Clock } from '#runtime';
import { BOOK_COLUMNS, BOOK_KINDS, type BookKind, type BookRow } from './book-kinds.js';
import { bookWriter, readItem } from './write-books.js';

export class BookItemsDto {
  /** 1 to 500 rows; fields as the columns of a file of this book. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @IsObject({ each: true })
  items!: object[];
}

/** Orders, inspections, maintenance records and registered stops, by file and by API. */
@Controller('api/v1/books')
@Allow('regulator', 'dispatcher', 'admin')
export class BookController {
  constructor(
    private readonly importer: Importer,
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  /** In one transaction. The report's lines are the places of the items, from 1. */
  @Post(':book')
  @HttpCode(200)
  @Answers({
    is: 'Writes up to 500 rows of a book by their numbers.',
    body: IMPORT_REPORT_SCHEMA,
    refuses: [404],
  })
  async put(
    @Param('book') name: string,
    @Body() { items }: BookItemsDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<ImportReport> {
    const book = bookOf(name);
    const rows: { readonly line: number; readonly row: BookRow }[] = [];
    const errors: { line: number; column: string | null; code: string; message: string }[] = [];
    const lines = new Map<string, number>();
    for (const [place, item] of items.entries()) {
      const line = place + 1;
      const read = readItem(book, { ...item });
      const number = 'row' in read ? String(read.row.number) : '';
      const twin = lines.get(number);
      if (!('row' in read)) errors.push({ line, ...read });
      else if (twin !== undefined)
        errors.push({
          line,
          column: 'number',
          code: 'duplicate-key',
          message: `${number} is item ${twin} already`,
        });
      else {
        lines.set(number, line);
        rows.push({ line, row: read.row });
      }
    }
    const write = bookWriter(
      book,
      rows.map(({ row }) => row),
      caller,
    );
    const outcomes = await this.records.write(async (tx) => {
      const written = await write(tx, new Date(this.clock.now()));
      return { result: written.outcomes, events: written.events };
    });
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.outcome !== 'refused') continue;
      const { field, code, message } = outcome.refusal;
      errors.push({ line: rows[place]?.line ?? 0, column: field, code, message });
    }
    const count = (what: string) => outcomes.filter(({ outcome }) => outcome === what).length;
    return {
      rows: items.length,
      registered: count('registered'),
      changed: count('changed'),
      unchanged: count('unchanged'),
      refused: errors.length,
      ignoredColumns: [],
      errors: errors.sort((one, other) => one.line - other.line),
      errorsTotal: errors.length,
      stopped: null,
    };
  }

  @Post(':book/import')
  @HttpCode(200)
  @Answers({
    is: 'Reads a CSV file into a book, 500 rows a transaction.',
    body: IMPORT_REPORT_SCHEMA,
    refuses: [404, 415],
  })
  import(
    @Param('book') name: string,
    @Req() request: Request,
    @CurrentPrincipal() caller: Principal,
  ): Promise<ImportReport> {
    const kind = bookOf(name);
    const book: ImportBook = {
      name: kind,
      columns: BOOK_COLUMNS[kind],
      write: (rows) =>
        bookWriter(
          kind,
          rows.map(({ values }) => values),
          caller,
        ),
    };
    return takeFile(this.importer, book, request, caller.label);
  }
}

function bookOf(name: string): BookKind {
  const kind = BOOK_KINDS.find((each) => each === name);
  if (kind !== undefined) return kind;
  throw problem(404, 'Not Found', `There is no book of "${name}"; there is ${BOOK_KINDS.join(', ')}.`);
}
