import { Module } from '@nestjs/common';
import { FleetModule } from '#fleet';
import { Backtest } from './backtest.js';
import { BookController } from './book.controller.js';
import { FindingController } from './findings.controller.js';
import { Findings } from './findings.js';
import { IndicatorController } from './indicator.controller.js';
import { IndicatorFollower } from './indicator-follower.controller.js';
import { IndicatorReads } from './indicator-reads.js';
import { JudgementController } from './judgement.controller.js';
import { Policies } from './policies.js';
import { DistrictPolicyController, PolicyController } from './policy.controller.js';
import { RuleController } from './rule.controller.js';
import { RuleClock } from './rule-clock.js';

@Module({ providers: [Policies], exports: [Policies] })
class PolicyModule {}

/**
 * The monitor's part: ledger, sums and rate rules. Its handlers run under an `EventLogStrategy` of consumer
 * `indicators`, with pages of `INDICATORS_PAGE_MAX`. Needs Records, Clock and Metrics.
 */
@Module({ imports: [PolicyModule], controllers: [IndicatorFollower], providers: [RuleClock] })
export class IndicatorMonitorModule {}

/**
 * The API's part: figures, policies, rules, judgements, imports and findings. Needs the same, and
 * SeriesStore.
 */
@Module({
  imports: [PolicyModule, FleetModule],
  controllers: [
    BookController,
    FindingController,
    IndicatorController,
    PolicyController,
    DistrictPolicyController,
    RuleController,
    JudgementController,
  ],
  providers: [IndicatorReads, Backtest, Findings],
})
export class IndicatorApiModule {}
