import { Controller, Get, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Allow, Answers, CurrentPrincipal, type Page, type Principal, ROLES } from '#access';
import { EVENT_TYPE_PAGE_SCHEMA, FEED_SCHEMA, type FeedView } from './delivery-view.js';
import { FeedQuery } from './endpoint.dto.js';
import { EventFeedReads } from './event-feed-reads.js';
import { EVENT_TYPES_VIEW, type EventTypeView } from './event-types.js';

/** The event types with their schemas, and the events as a feed. */
@Controller('api/v1')
export class EventFeedController {
  constructor(private readonly feed: EventFeedReads) {}

  @Get('event-types')
  @Allow(...ROLES)
  @Answers({ is: 'Types of events with schema and example.', body: EVENT_TYPE_PAGE_SCHEMA })
  types(): Page<EventTypeView> {
    return { items: EVENT_TYPES_VIEW, next: null };
  }

  @Get('events')
  @Allow('admin', 'regulator', 'firm')
  @Answers({
    is: 'Events of your scope after a cursor, oldest first; waits up to 30 s when asked to.',
    body: FEED_SCHEMA,
  })
  events(
    @Query() query: FeedQuery,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<FeedView> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    return this.feed.read(query, by, gone.signal);
  }
}
