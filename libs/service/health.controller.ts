import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Answers, objectOf, oneOf, Public, type SchemaOf, text } from '#access';
import { Readiness } from '#runtime';

const LIVE = objectOf<{ status: 'live' }>('Live', { status: oneOf(['live']) });

/** Why each part is not ready, or `ready`. */
const PARTS: SchemaOf<Readonly<Record<string, string>>> = {
  json: { type: 'object', additionalProperties: text().json },
  named: {},
};

interface ReadyView {
  readonly status: 'ready' | 'not-ready';
  readonly parts: Readonly<Record<string, string>>;
}

const READY = objectOf<ReadyView>('Ready', { status: oneOf(['ready', 'not-ready']), parts: PARTS });

/** For whoever restarts processes and routes traffic. Says nothing of lifts, so it needs no key. */
@Controller('health')
@Public()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process answers. */
  @Get('live')
  @Answers({ is: 'The process answers.', body: LIVE })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 200 when every part works, 503 with the part that does not. */
  @Get('ready')
  @Answers({ is: '200 when every part works, else 503 with the same body.', body: READY })
  ready(@Res() response: Response): void {
    const { ready, parts } = this.readiness.report();
    const view: ReadyView = { status: ready ? 'ready' : 'not-ready', parts };
    response.status(ready ? 200 : 503).json(view);
  }
}
