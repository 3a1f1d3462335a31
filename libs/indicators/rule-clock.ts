import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { shanghaiDay } from '#domain';
import { type NewLogEvent, Records, type Tx } from '#records';
import { Clock, Metrics } from '#runtime';
import { syncPolicyRules } from './district-policies.js';
import { INDICATORS_CONSUMER } from './indicator-follower.controller.js';
import { Policies } from './policies.js';
import { nextToSeed } from './rule-rows.js';
import { LOOKS_MAX, type Looks, lookAtDue, seedRule } from './rule-work.js';
import { countStatistics } from './statistics-changes.js';

/** How often windows that slide and holds that end are asked for, ms. */
const TICK_MS = 5_000;
/** Transactions of one tick; what is left waits for the next, so that the log's consumer gets its turn. */
const ROUNDS_MAX = 200;
const SEED_MAX = 250;

/**
 * What time itself changes: windows that slide at midnight, holds that end, a new rule's first look, and what
 * terminals counted, which makes no events. Every transaction locks the consumer's cursor, so that the sums
 * have one writer at a time, in whatever process.
 */
@Injectable()
export class RuleClock implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(RuleClock.name);
  private stop: () => void = () => undefined;
  private running: Promise<void> | null = null;
  private closing = false;
  private syncedDay: number | null = null;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly policies: Policies,
  ) {}

  onModuleInit(): void {
    this.stop = this.clock.every(TICK_MS, () => {
      this.running ??= this.tick()
        .catch((error: unknown) => this.log.warn(`Rate rules were not looked at: ${String(error)}`))
        .finally(() => {
          this.running = null;
        });
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    this.stop();
    await this.running;
  }

  /** Does what is due; rejects when the records database does, and the next tick tries again. */
  async tick(): Promise<void> {
    const day = shanghaiDay(this.clock.now());
    if (day !== this.syncedDay) {
      await this.round((tx, now) => this.sync(tx, now));
      this.syncedDay = day;
    }
    for (let round = 0; round < ROUNDS_MAX && !this.closing; round += 1) {
      const counted = await this.round(async (tx, now) => countStatistics(tx, now));
      const seeded = await this.round(async (tx, now) => seedNext(tx, now));
      const due = await this.round((tx, now) => lookAtDue(tx, now, LOOKS_MAX));
      this.looks().inc({ by: 'clock' }, due.looks);
      if (counted.deferred === 0 && seeded.deferred === 0 && due.deferred === 0) break;
    }
    await this.measure();
  }

  /** A policy comes into force and ends at midnight, and so does the day by which a target must be kept. */
  private async sync(tx: Tx, now: number): Promise<Looks> {
    const written = await syncPolicyRules(tx, (id) => this.policies.find(id), now);
    if (written > 0) this.log.log(`${written} rules made or ended by policies.`);
    return { looks: 0, deferred: 0, events: [] };
  }

  private round(work: (tx: Tx, now: number) => Promise<Looks>): Promise<Looks> {
    return this.records.write(async (tx) => {
      const events: NewLogEvent[] = [];
      await tx
        .selectFrom('consumer_cursor')
        .select('position')
        .where('consumer', '=', INDICATORS_CONSUMER)
        .forUpdate()
        .execute();
      const result = await work(tx, this.clock.now());
      events.push(...result.events);
      return { result, events };
    });
  }

  private async measure(): Promise<void> {
    const { due } = await this.records.db
      .selectFrom('rate_breach')
      .select(({ fn }) => fn.countAll<number>().as('due'))
      .where('due_at', '<=', new Date(this.clock.now()))
      .executeTakeFirstOrThrow();
    this.metrics
      .gauge('liftwarden_rate_rule_looks_due', 'Looks at scopes that are due and not yet done.')
      .set(Number(due));
  }

  private looks() {
    return this.metrics.counter(
      'liftwarden_rate_rule_looks_total',
      'Looks at one scope by one rule: for an event, by the clock, or left by an event to the clock.',
      ['by'],
    );
  }
}

/** Puts one rule to its next scopes; `deferred` says that there is more to do. */
async function seedNext(tx: Tx, now: number): Promise<Looks> {
  const next = await nextToSeed(tx);
  if (next === null) return { looks: 0, deferred: 0, events: [] };
  await seedRule(tx, next, now, SEED_MAX);
  return { looks: 0, deferred: 1, events: [] };
}
