import { Body, Controller, Get, Headers, Logger, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  Allow,
  Answers,
  allowedVersions,
  CurrentPrincipal,
  decodeCursor,
  entityTag,
  type Page,
  PageQuery,
  type Principal,
  pageOf,
  problem,
  ROLES,
} from '#access';
import { Records } from '#records';
import { Clock } from '#runtime';
import { SeriesStore } from '#series';
import {
  ETAG,
  HISTORY_PAGE_SCHEMA,
  LIFT_DETAIL_SCHEMA,
  LIFT_PAGE_SCHEMA,
  LIFT_SCHEMA,
} from './answer-schemas.js';
import type { LiftWant, WriteMode } from './decide-lift.js';
import { LiftChangeDto, LiftListQuery, NewLiftDto } from './fleet.dto.js';
import { refusalProblem } from './fleet-problems.js';
import { type HistoryEntry, historyKey, listHistory } from './lift-history.js';
import { findLift, listLifts } from './lift-rows.js';
import { type LiftView, liftView } from './lift-view.js';
import { writeLifts } from './lift-write.js';
import { type LiveView, liveView } from './live-view.js';

/** Lifts: facts, current terminal, newest sample, history. Admins write; a key sees its own scope. */
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
  @Answers({ is: 'Registers a lift.', body: LIFT_SCHEMA, refuses: [409], headers: ETAG })
  async create(
    @Body() dto: NewLiftDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LiftView> {
    const { registrationCode, since, ...values } = dto;
    const want = { registrationCode, values, since: timeOf(since), versions: null };
    return await this.write(want, 'register', caller, response);
  }

  /** Changes the given fields. `If-Match` refuses it when somebody else has changed the lift since. */
  @Patch(':registrationCode')
  @Allow('admin')
  @Answers({
    is: 'Changes the fields that are given.',
    body: LIFT_SCHEMA,
    refuses: [404, 409, 412],
    headers: ETAG,
  })
  async change(
    @Param('registrationCode') registrationCode: string,
    @Body() dto: LiftChangeDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LiftView> {
    const { since, ...values } = dto;
    const want = { registrationCode, values, since: timeOf(since), versions: allowedVersions(ifMatch) };
    return await this.write(want, 'change', caller, response);
  }

  @Get()
  @Allow(...ROLES)
  @Answers({ is: 'Lifts in your scope, by registration code.', body: LIFT_PAGE_SCHEMA })
  async list(@Query() query: LiftListQuery, @CurrentPrincipal() caller: Principal): Promise<Page<LiftView>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = await listLifts(this.records.db, caller, query, after, query.limit + 1);
    return pageOf(rows.map(liftView), query.limit, (lift) => [lift.registrationCode]);
  }

  /**
   * `live` is null when no sample has come yet; `liveAvailable` is false when the series store did not
   * answer.
   */
  @Get(':registrationCode')
  @Allow(...ROLES)
  @Answers({
    is: 'One lift, with its newest sample.',
    body: LIFT_DETAIL_SCHEMA,
    refuses: [404],
    headers: ETAG,
  })
  async get(
    @Param('registrationCode') registrationCode: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LiftView & { readonly live: LiveView | null; readonly liveAvailable: boolean }> {
    const row = await this.mustFind(caller, registrationCode);
    const answer = { ...liftView(row), ...(await this.live(registrationCode)) };
    response.setHeader('ETag', entityTag(row.version, answer));
    return answer;
  }

  /** Who served the lift and which terminal watched it, newest first. */
  @Get(':registrationCode/history')
  @Allow(...ROLES)
  @Answers({
    is: 'Who served the lift and which terminal watched it, newest first.',
    body: HISTORY_PAGE_SCHEMA,
    refuses: [404],
  })
  async history(
    @Param('registrationCode') registrationCode: string,
    @Query() query: PageQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<HistoryEntry>> {
    await this.mustFind(caller, registrationCode);
    const after = decodeCursor(query.cursor, ['number', 'string', 'string']);
    const entries = await listHistory(this.records.db, registrationCode, after, query.limit + 1);
    return pageOf(entries, query.limit, historyKey);
  }

  private async write(
    want: LiftWant,
    mode: WriteMode,
    caller: Principal,
    response: Response,
  ): Promise<LiftView> {
    const now = new Date(this.clock.now());
    const outcome = await this.records.write(async (tx) => {
      const { outcomes, events } = await writeLifts(tx, [want], mode, now, caller.label);
      return { result: outcomes[0], events };
    });
    if (outcome?.outcome === 'refused') throw refusalProblem(outcome.refusal);
    const view = liftView(await this.mustFind(caller, want.registrationCode));
    response.setHeader('ETag', entityTag(view.version, view));
    return view;
  }

  private async live(
    registrationCode: string,
  ): Promise<{ readonly live: LiveView | null; readonly liveAvailable: boolean }> {
    try {
      const point = (await this.series.latest([registrationCode])).get(registrationCode);
      return { live: point ? liveView(point) : null, liveAvailable: true };
    } catch (error) {
      this.log.warn(`No live state of lift ${registrationCode}: ${String(error)}`);
      return { live: null, liveAvailable: false };
    }
  }

  private async mustFind(caller: Principal, registrationCode: string) {
    const row = await findLift(this.records.db, caller, registrationCode);
    if (row === null)
      throw problem(404, 'Not Found', `No lift "${registrationCode}" in the scope of this key.`);
    return row;
  }
}

function timeOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}
