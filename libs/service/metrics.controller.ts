import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Allow, Answers } from '#access';
import { Metrics } from '#runtime';

/**
 * Prometheus scrapes here, with a key of its own as bearer token: no route without an identity (invariant
 * 10).
 */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Allow('admin', 'tester')
  @Answers({
    is: 'The metrics of this process.',
    body: { media: 'text/plain', description: 'Prometheus text format.' },
  })
  async scrape(@Res() response: Response): Promise<void> {
    const { registry } = this.metrics;
    response.type(registry.contentType).send(await registry.metrics());
  }
}
