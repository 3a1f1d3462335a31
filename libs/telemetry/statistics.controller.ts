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
  ROLES,
} from '#access';
import { Records, storableText } from '#records';
import { cursorMoment } from './instant.js';
import { LiftsInScope } from './lifts-in-scope.js';
import { STATISTICS_PAGE_SCHEMA, type StatisticsView, statisticsView } from './statistics-view.js';
import { openRangeOf, StatisticsQuery } from './telemetry.query.js';

/** What a lift's terminals counted, by period. */
@Controller('api/v1/lifts/:lift/statistics')
export class StatisticsController {
  constructor(
    private readonly lifts: LiftsInScope,
    private readonly records: Records,
  ) {}

  @Get()
  @Allow(...ROLES)
  @Answers({
    is: 'What the terminals of a lift counted by period, as a rule a day; newest period first.',
    body: STATISTICS_PAGE_SCHEMA,
    refuses: [404],
  })
  async list(
    @Param('lift') lift: string,
    @Query() query: StatisticsQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<StatisticsView>> {
    const { from, to } = openRangeOf(query);
    const after = decodeCursor(query.cursor, ['number', 'string']);
    await this.lifts.mustSee(lift, caller);
    let select = this.records.db
      .selectFrom('lift_statistics')
      .selectAll()
      .where('lift', '=', storableText(lift));
    if (from !== null) select = select.where('period_start', '>=', from);
    if (to !== null) select = select.where('period_start', '<', to);
    if (after !== null) {
      const [start, terminal] = [cursorMoment(after[0]), storableText(after[1])];
      select = select.where(sql<boolean>`(period_start, terminal) < (${start}, ${terminal})`);
    }
    const rows = await select
      .orderBy('period_start', 'desc')
      .orderBy('terminal', 'desc')
      .limit(query.limit + 1)
      .execute();
    const { items, next } = pageOf(rows, query.limit, (row) => [row.period_start.getTime(), row.terminal]);
    return { items: items.map(statisticsView), next };
  }
}
