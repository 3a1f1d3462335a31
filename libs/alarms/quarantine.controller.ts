import { Controller, Get, Query } from '@nestjs/common';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  Allow,
  Answers,
  CurrentPrincipal,
  decodeCursor,
  type Page,
  type Principal,
  pageOf,
  scopeFilter,
} from '#access';
import { Records } from '#records';
import { QUARANTINE_PAGE_SCHEMA } from './answer-schemas.js';
import { badCursor } from './cursor-date.js';
import { QuarantineListQuery } from './list.query.js';
import { type QuarantineView, quarantineView } from './quarantine-view.js';

/** A hundred bodies of 64 KiB are 9 MB of base64. */
const PAGE_MAX = 100;

/** What could not be used, with its bytes: for those who make terminals speak, not for every reader. */
@Controller('api/v1/quarantine')
@Allow('admin', 'tester')
export class QuarantineController {
  constructor(private readonly records: Records) {}

  /** Newest first. */
  @Get()
  @Answers({ is: 'Messages that could not be used, newest first.', body: QUARANTINE_PAGE_SCHEMA })
  async list(
    @Query() query: QuarantineListQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<QuarantineView>> {
    const after = decodeCursor(query.cursor, ['number'])?.[0];
    if (after !== undefined && !Number.isSafeInteger(after)) throw badCursor();
    const limit = Math.min(query.limit, PAGE_MAX);
    let select = this.records.db.selectFrom('quarantine').selectAll().where(quarantineScope(principal));
    if (query.reason) select = select.where('reason', 'in', query.reason);
    if (query.terminal) select = select.where('terminal', '=', query.terminal);
    if (query.lift) select = select.where('lift', '=', query.lift);
    if (after !== undefined) select = select.where('id', '<', after);
    const rows = await select
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const { items, next } = pageOf(rows, limit, (row) => [row.id]);
    return { items: items.map(quarantineView), next };
  }
}

/** A refused message belongs to no firm: a key of one firm sees none. */
function quarantineScope(principal: Principal): RawBuilder<SqlBool> {
  return principal.scope.kind === 'firm' ? sql<SqlBool>`false` : scopeFilter(principal, 'quarantine');
}
