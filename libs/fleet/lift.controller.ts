import { Body, Controller, Get, Logger, Param, Post, Query } from '@nestjs/common';
import {
  Allow,
  CurrentPrincipal,
  decodeCursor,
  type Page,
  type Principal,
  pageOf,
  problem,
  ROLES,
} from '#access';
import { Records } from '#records';
import { Clock } from '#runtime';
import { SeriesStore } from '#series';
import { LiftListQuery, NewLiftDto } from './fleet.dto.js';
import { findLift, insertLift, listLifts } from './lift-rows.js';
import { type LiftView, type LiveView, liftView, liveView } from './lift-view.js';

/** Lifts: facts, current terminal, newest sample. */
@Controller('api/v1/lifts')
export class LiftController {
  private readonly log = new Logger('Lifts');

  constructor(
    private readonly records: Records,
    private readonly series: SeriesStore,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Allow('admin')
  async create(@Body() dto: NewLiftDto, @CurrentPrincipal() caller: Principal): Promise<LiftView> {
    await insertLift(this.records.db, dto, new Date(this.clock.now()));
    return liftView(await this.mustFind(caller, dto.registrationCode));
  }

  @Get()
  @Allow(...ROLES)
  async list(@Query() query: LiftListQuery, @CurrentPrincipal() caller: Principal): Promise<Page<LiftView>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = await listLifts(this.records.db, caller, query, after);
    return pageOf(rows.map(liftView), query.limit, (lift) => [lift.registrationCode]);
  }

  /**
   * `live` is null when no sample has come yet; `liveAvailable` is false when the series store did not
   * answer.
   */
  @Get(':registrationCode')
  @Allow(...ROLES)
  async get(
    @Param('registrationCode') registrationCode: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<LiftView & { readonly live: LiveView | null; readonly liveAvailable: boolean }> {
    const row = await this.mustFind(caller, registrationCode);
    try {
      const point = (await this.series.latest([registrationCode])).get(registrationCode);
      return { ...liftView(row), live: point ? liveView(point) : null, liveAvailable: true };
    } catch (error) {
      this.log.warn(`No live state of lift ${registrationCode}: ${String(error)}`);
      return { ...liftView(row), live: null, liveAvailable: false };
    }
  }

  private async mustFind(caller: Principal, registrationCode: string) {
    const row = await findLift(this.records.db, caller, registrationCode);
    if (row === null)
      throw problem(404, 'Not Found', `No lift "${registrationCode}" in the scope of this key.`);
    return row;
  }
}
