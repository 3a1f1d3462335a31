import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Allow, Answers, CurrentPrincipal, type Page, type Principal, problem } from '#access';
import { DeliveryReads, type RedeliverOutcome } from './delivery-reads.js';
import {
  ATTEMPT_PAGE_SCHEMA,
  type AttemptView,
  DELIVERY_PAGE_SCHEMA,
  DELIVERY_SCHEMA,
  type DeliveryView,
  QUEUED_SCHEMA,
  type QueuedView,
  STATISTICS_SCHEMA,
  type StatisticsView,
} from './delivery-view.js';
import { DeliveryListQuery, RedeliverDto } from './endpoint.dto.js';
import { noEndpoint } from './endpoint-problems.js';

/** What became of each delivery, attempt by attempt, and sending again. */
@Controller('api/v1/webhooks/:id')
@Allow('admin', 'regulator', 'firm')
export class DeliveryController {
  constructor(private readonly reads: DeliveryReads) {}

  @Get('deliveries')
  @Answers({ is: 'Deliveries of a webhook, newest first.', body: DELIVERY_PAGE_SCHEMA, refuses: [404] })
  async list(
    @Param('id') id: string,
    @Query() query: DeliveryListQuery,
    @CurrentPrincipal() by: Principal,
  ): Promise<Page<DeliveryView>> {
    const page = await this.reads.list(id, query, by);
    if (page === null) throw noEndpoint(id);
    return page;
  }

  @Get('deliveries/:delivery')
  @Answers({ is: 'One delivery of a webhook.', body: DELIVERY_SCHEMA, refuses: [404] })
  async one(
    @Param('id') id: string,
    @Param('delivery') delivery: string,
    @CurrentPrincipal() by: Principal,
  ): Promise<DeliveryView> {
    const view = await this.reads.one(id, delivery, by);
    if (view === null) throw noDelivery(id, delivery);
    return view;
  }

  @Get('deliveries/:delivery/attempts')
  @Answers({ is: 'Attempts of a delivery, in order.', body: ATTEMPT_PAGE_SCHEMA, refuses: [404] })
  async attempts(
    @Param('id') id: string,
    @Param('delivery') delivery: string,
    @CurrentPrincipal() by: Principal,
  ): Promise<Page<AttemptView>> {
    const page = await this.reads.attempts(id, delivery, by);
    if (page === null) throw noDelivery(id, delivery);
    return page;
  }

  @Get('statistics')
  @Answers({
    is: 'Deliveries of the last 24 hours by state, with the percentiles of their latency.',
    body: STATISTICS_SCHEMA,
    refuses: [404],
  })
  async statistics(@Param('id') id: string, @CurrentPrincipal() by: Principal): Promise<StatisticsView> {
    const view = await this.reads.statistics(id, by);
    if (view === null) throw noEndpoint(id);
    return view;
  }

  @Post('deliveries/:delivery/redeliver')
  @HttpCode(202)
  @Answers({ is: 'Sends one delivery again.', body: QUEUED_SCHEMA, refuses: [404, 409] })
  async redeliver(
    @Param('id') id: string,
    @Param('delivery') delivery: string,
    @CurrentPrincipal() by: Principal,
  ): Promise<QueuedView> {
    return queued(id, delivery, await this.reads.redeliver(id, delivery, by));
  }

  @Post('redeliver')
  @HttpCode(202)
  @Answers({
    is: 'Sends the deliveries of a range of time again, at most 10,000 a request.',
    body: QUEUED_SCHEMA,
    refuses: [404, 409],
  })
  async redeliverRange(
    @Param('id') id: string,
    @Body() dto: RedeliverDto,
    @CurrentPrincipal() by: Principal,
  ): Promise<QueuedView> {
    return queued(id, null, await this.reads.redeliverRange(id, dto, by));
  }
}

function queued(id: string, delivery: string | null, outcome: RedeliverOutcome): QueuedView {
  if (outcome.ok) return { queued: outcome.queued, more: outcome.more };
  switch (outcome.reason) {
    case 'unknown':
      throw delivery === null ? noEndpoint(id) : noDelivery(id, delivery);
    case 'disabled':
      throw problem(409, 'Webhook disabled', `Webhook "${id}" is disabled: enable it first.`);
    case 'pending':
      throw problem(409, 'Still pending', `Delivery "${delivery}" waits for its next attempt already.`);
    case 'tried-too-often':
      throw problem(409, 'Tried too often', `Delivery "${delivery}" has been tried 200 times.`);
  }
}

function noDelivery(id: string, delivery: string) {
  return problem(404, 'Not Found', `No delivery "${delivery}" of a webhook "${id}" in your scope.`);
}
