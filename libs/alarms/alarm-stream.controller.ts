import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Allow, Answers, Callers, CurrentPrincipal, inScope, type Principal, problem, ROLES } from '#access';
import { Metrics } from '#runtime';
import type { AlarmFrame } from './alarm-frame.js';
import { AlarmStreams, STREAMS_MAX } from './alarm-streams.js';

/**
 * `GET /api/v1/alarms/stream`: server-sent events. In the module it comes before `AlarmController`, whose
 * `:id` would take its path.
 */
@Controller('api/v1/alarms/stream')
export class AlarmStreamController {
  constructor(
    private readonly streams: AlarmStreams,
    private readonly callers: Callers,
    private readonly metrics: Metrics,
  ) {}

  /** Events: `hello`, `alarm.*`, `heartbeat` every 5 s, `reset`. Resumes after the id in `Last-Event-ID`. */
  @Get()
  @Allow(...ROLES)
  @Answers({
    is: 'Alarms live: `hello`, `alarm.*`, a `heartbeat` every 5 s, `reset`. Resumes after `Last-Event-ID`.',
    body: { media: 'text/event-stream', description: 'The data of `alarm.*` is {type, alarm}.' },
    refuses: [503],
  })
  stream(
    @CurrentPrincipal() principal: Principal,
    @Req() request: Request,
    @Res() response: Response,
    @Headers('last-event-id') lastEventId?: string,
  ): void {
    if (this.streams.isFull) {
      this.metrics
        .counter(
          'liftwarden_alarm_streams_refused_total',
          'Live alarm streams refused: as many as may be are open.',
        )
        .inc();
      response.setHeader('Retry-After', '10');
      throw problem(503, 'Too many streams', `${STREAMS_MAX} live streams are open here; try again in 10 s.`);
    }
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    const client = {
      maySee: seenBy(principal),
      recheck: async () => {
        const still = await this.callers.again(request);
        return still && seenBy(still);
      },
    };
    const stream = this.streams.open(response, client, lastEventId || null);
    // Not only at the heartbeat: a revoked key or a narrowed scope is felt as soon as the log tells.
    const unwatch = this.callers.watch(request, principal, (still) =>
      still ? stream.allow(seenBy(still)) : stream.end('not-authorised'),
    );
    response.once('close', () => {
      unwatch();
      stream.end('client-gone');
    });
    // A socket that breaks while we write says so here and in `close`.
    response.on('error', () => stream.end('client-gone'));
  }
}

function seenBy(principal: Principal): (frame: AlarmFrame) => boolean {
  return (frame) => inScope(principal, frame);
}
