import { Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { Metrics } from '#runtime';
import { AccessGuard } from './access.guard.js';
import { AccessChanges } from './access-changes.js';
import { AdminKeyBootstrap } from './admin-key.bootstrap.js';
import { ApiKeys } from './api-keys.js';
import { Callers } from './callers.js';
import { KeyController } from './key.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestLimits } from './request-limits.js';
import { requestValidation } from './request-validation.js';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.js';

/**
 * Keys, sessions and limits, the guard of every route, the validation of every request, the form of every
 * error. Needs Records, Clock, Metrics.
 */
@Module({
  controllers: [KeyController, SessionController],
  providers: [
    AccessChanges,
    ApiKeys,
    Sessions,
    RequestLimits,
    Callers,
    AdminKeyBootstrap,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useFactory: requestValidation },
  ],
  exports: [ApiKeys, Callers, AdminKeyBootstrap],
})
export class AccessModule implements OnModuleInit {
  constructor(
    private readonly sessions: Sessions,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.measured('liftwarden_sessions', 'Browser sessions stored, used or not.', [], async (gauge) =>
      gauge.set(await this.sessions.count()),
    );
  }
}
