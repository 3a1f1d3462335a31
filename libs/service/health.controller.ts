import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '#access';
import { Readiness } from '#runtime';

/** For whoever restarts processes and routes traffic. Says nothing of lifts, so it needs no key. */
@Controller('health')
@Public()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process answers. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 200 when every part works, 503 with the part that does not. */
  @Get('ready')
  ready(@Res() response: Response): void {
    const { ready, parts } = this.readiness.report();
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not-ready', parts });
  }
}
