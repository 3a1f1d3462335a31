import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Allow, Answers, CurrentPrincipal, type Principal, problem, ROLES } from '#access';
import { Clock } from '#runtime';
import { NUMERIC_FIELDS, type NumericField, type StateField } from '#series';
import { bucketWidthMs } from './bucket-width.js';
import { LiftsInScope } from './lifts-in-scope.js';
import { SeriesQueries } from './series-queries.js';
import { rangeOf, SeriesQuery, SourcesQuery, timeOf } from './telemetry.query.js';
import {
  numericSeriesView,
  SERIES_SCHEMA,
  type SeriesView,
  SOURCES_SCHEMA,
  type SourcesView,
  stateSeriesView,
} from './telemetry-view.js';

const BUCKETS_DEFAULT = 300;
const CHANGES_DEFAULT = 2_000;
/** Points of a lift looked at for one answer of changes: two days of one a second. */
const CHANGE_POINTS_MAX = 200_000;
const RANGES_MAX = 50_000;

/** What is stored of one lift. */
@Controller('api/v1/lifts/:lift')
export class LiftTelemetryController {
  constructor(
    private readonly lifts: LiftsInScope,
    private readonly queries: SeriesQueries,
    private readonly clock: Clock,
  ) {}

  @Get('series')
  @Allow(...ROLES)
  @Answers({
    is: 'One field of a lift over time: a numeric one in buckets, a state as its changes.',
    body: SERIES_SCHEMA,
    refuses: [404],
  })
  async series(
    @Param('lift') lift: string,
    @Query() query: SeriesQuery,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SeriesView> {
    const range = rangeOf(query, this.clock.now());
    await this.lifts.mustSee(lift, caller);
    const { field, points } = query;
    const gone = goneSignal(response);
    if (!isNumeric(field)) {
      const question = {
        lift,
        field,
        ...range,
        changesMax: points ?? CHANGES_DEFAULT,
        pointsMax: CHANGE_POINTS_MAX,
      };
      const changes = await this.queries.run('changes', gone, (history, signal) =>
        history.changes(question, signal),
      );
      return stateSeriesView(field, range, changes);
    }
    const bucketMs = bucketWidthMs(range.to - range.from, points ?? BUCKETS_DEFAULT);
    const buckets = await this.queries.run('buckets', gone, (history, signal) =>
      history.buckets({ lift, field, ...range, bucketMs }, signal),
    );
    return numericSeriesView(field, range, bucketMs, buckets);
  }

  /** For whoever compares what a terminal sent with what is stored. */
  @Get('sources')
  @Allow(...ROLES)
  @Answers({
    is: 'What is stored of each boot of each terminal of a lift: how many points, and which seqs.',
    body: SOURCES_SCHEMA,
    refuses: [404, 422],
  })
  async sources(
    @Param('lift') lift: string,
    @Query() query: SourcesQuery,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SourcesView> {
    const from = query.from === undefined ? null : timeOf('from', query.from);
    await this.lifts.mustSee(lift, caller);
    const result = await this.queries.run('sources', goneSignal(response), (history, signal) =>
      history.sources({ lift, from, rangesMax: RANGES_MAX }, signal),
    );
    if (!result.ok) {
      const detail = `The seqs stored are in more than ${RANGES_MAX} ranges: give a later "from".`;
      throw problem(422, 'Too many ranges', detail);
    }
    return { items: result.sources };
  }
}

function isNumeric(field: NumericField | StateField): field is NumericField {
  return NUMERIC_FIELDS.some((numeric) => numeric === field);
}

/** Aborts when the client goes before it has its answer: nobody needs the query any more. */
function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}
