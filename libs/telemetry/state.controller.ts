import { Controller, Get, Logger, Param, Query } from '@nestjs/common';
import { Allow, Answers, CurrentPrincipal, type Principal, problem, ROLES } from '#access';
import { type SeriesPoint, SeriesStore } from '#series';
import { LiftsInScope } from './lifts-in-scope.js';
import { StatesQuery } from './telemetry.query.js';
import { STATE_SCHEMA, STATES_SCHEMA, type StatesView, type StateView, stateView } from './telemetry-view.js';

/** The newest reading of lifts. `live` is null when none has come yet. */
@Controller('api/v1')
export class StateController {
  private readonly log = new Logger('Lift states');

  constructor(
    private readonly lifts: LiftsInScope,
    private readonly series: SeriesStore,
  ) {}

  @Get('lifts/:lift/state')
  @Allow(...ROLES)
  @Answers({ is: 'The newest reading of a lift.', body: STATE_SCHEMA, refuses: [404] })
  async state(@Param('lift') lift: string, @CurrentPrincipal() caller: Principal): Promise<StateView> {
    await this.lifts.mustSee(lift, caller);
    return stateView(lift, (await this.newest([lift])).get(lift));
  }

  @Get('states')
  @Allow(...ROLES)
  @Answers({ is: 'The newest readings of up to 200 lifts.', body: STATES_SCHEMA })
  async states(@Query() { lifts }: StatesQuery, @CurrentPrincipal() caller: Principal): Promise<StatesView> {
    const seen = await this.lifts.among(lifts, caller);
    const newest = await this.newest(seen);
    return { items: seen.map((lift) => stateView(lift, newest.get(lift))) };
  }

  private async newest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>> {
    try {
      return await this.series.latest(lifts);
    } catch (error) {
      this.log.warn(`No newest reading of ${lifts.length} lifts: ${String(error)}`);
      throw problem(503, 'Series unavailable', 'The series store does not answer; try again soon.');
    }
  }
}
