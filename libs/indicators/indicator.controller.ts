import { Controller, Get, Param, Query } from '@nestjs/common';
import { Allow, Answers, CurrentPrincipal, type Page, type Principal, ROLES } from '#access';
import { FIGURES_SCHEMA, RANKING_SCHEMA, ROWS_SCHEMA, TREND_SCHEMA } from './answer-schemas.js';
import type { EvidenceRow } from './evidence-rows.js';
import { FiguresQuery, RankingQuery, RowsQuery, TrendQuery } from './indicator.query.js';
import { type FiguresView, IndicatorReads, type TrendPointView } from './indicator-reads.js';
import type { RankedView } from './ranking.js';

/** Figures with formula, numerator, denominator and the rows behind them. */
@Controller('api/v1/indicators')
@Allow(...ROLES)
export class IndicatorController {
  constructor(private readonly reads: IndicatorReads) {}

  @Get()
  @Answers({
    is: 'Every figure of a scope and period, both readings, and what the plans in force ask of it.',
    body: FIGURES_SCHEMA,
    refuses: [404],
  })
  figures(@Query() query: FiguresQuery, @CurrentPrincipal() caller: Principal): Promise<FiguresView> {
    return this.reads.figures(query.scope, query.period, caller);
  }

  @Get('ranking')
  @Answers({
    is: 'Firms, makers, estates … of a district by one figure, best first.',
    body: RANKING_SCHEMA,
    refuses: [404],
  })
  async ranking(
    @Query() query: RankingQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<RankedView>> {
    return { items: await this.reads.ranking(query, caller), next: null };
  }

  @Get(':id/trend')
  @Answers({ is: 'One figure over the last periods, oldest first.', body: TREND_SCHEMA, refuses: [404] })
  async trend(
    @Param('id') id: string,
    @Query() query: TrendQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<TrendPointView>> {
    return { items: await this.reads.trend(id, query, caller), next: null };
  }

  @Get(':id/rows')
  @Answers({
    is: 'The rows that a figure counts or divides by, oldest first.',
    body: ROWS_SCHEMA,
    refuses: [404],
  })
  rows(
    @Param('id') id: string,
    @Query() query: RowsQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<EvidenceRow>> {
    return this.reads.rows(id, query, caller);
  }
}
