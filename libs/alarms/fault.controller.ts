import { Controller, Get, Param, Query } from '@nestjs/common';
import { sql } from 'kysely';
import {
  Allow,
  Answers,
  CurrentPrincipal,
  decodeCursor,
  type Page,
  type Principal,
  pageOf,
  problem,
  ROLES,
  scopeFilter,
} from '#access';
import { Records, storableText } from '#records';
import { FAULT_PAGE_SCHEMA, FAULT_SCHEMA } from './answer-schemas.js';
import { cursorDate } from './cursor-date.js';
import { type FaultView, faultView } from './fault-view.js';
import { FaultListQuery } from './list.query.js';

/**
 * Faults as detection recorded them, history and suppressed ones included. Read only: a fault ends by
 * evidence.
 */
@Controller('api/v1/faults')
@Allow(...ROLES)
export class FaultController {
  constructor(private readonly records: Records) {}

  /** Newest first. */
  @Get()
  @Answers({ is: 'Faults in your scope, newest first.', body: FAULT_PAGE_SCHEMA })
  async list(
    @Query() query: FaultListQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<FaultView>> {
    const after = decodeCursor(query.cursor, ['number', 'string']);
    let select = this.records.db.selectFrom('fault').selectAll().where(scopeFilter(principal, 'fault'));
    if (query.lift) select = select.where('lift', '=', query.lift);
    if (query.kind) select = select.where('kind', 'in', query.kind);
    if (query.state) select = select.where('state', 'in', query.state);
    if (query.evidence) select = select.where('evidence', 'in', query.evidence);
    if (query.district) select = select.where('district', 'like', `${query.district}%`);
    if (query.since) select = select.where('raised_at', '>=', new Date(query.since));
    if (after) {
      const [raisedAt, id] = [cursorDate(after[0]), storableText(after[1])];
      select = select.where(sql<boolean>`(raised_at, id) < (${raisedAt}, ${id})`);
    }
    const rows = await select
      .orderBy('raised_at', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const { items, next } = pageOf(rows, query.limit, (row) => [row.raised_at.getTime(), row.id]);
    return { items: items.map(faultView), next };
  }

  @Get(':id')
  @Answers({ is: 'One fault.', body: FAULT_SCHEMA, refuses: [404] })
  async read(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<FaultView> {
    const row = await this.records.db
      .selectFrom('fault')
      .selectAll()
      .where('id', '=', storableText(id))
      .where(scopeFilter(principal, 'fault'))
      .executeTakeFirst();
    if (!row) throw problem(404, 'Not Found', `No fault "${id}" in your scope.`);
    return faultView(row);
  }
}
