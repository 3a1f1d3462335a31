import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { AdminKeyBootstrap } from './admin-key.bootstrap.js';
import { ApiKeys } from './api-keys.js';
import { KeyController } from './key.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { requestValidation } from './request-validation.js';

/**
 * Keys, the guard of every route, the validation of every request, the form of every error. Needs Records,
 * Clock, Metrics.
 */
@Module({
  controllers: [KeyController],
  providers: [
    ApiKeys,
    AdminKeyBootstrap,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useFactory: requestValidation },
  ],
  exports: [ApiKeys, AdminKeyBootstrap],
})
export class AccessModule {}
