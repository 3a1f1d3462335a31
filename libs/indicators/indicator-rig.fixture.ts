import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { EventLogContext, type LogEvent, type NewLogEvent, SqlRecords } from '#records';
import { Clock, Metrics, SystemClock } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { IndicatorFollower } from './indicator-follower.controller.js';
import { Policies } from './policies.js';
import { RuleClock } from './rule-clock.js';

/** Stands still until told. */
export class HandClock extends SystemClock {
  constructor(public at: number) {
    super();
  }
  override now(): number {
    return this.at;
  }
  override every(): () => void {
    return () => undefined;
  }
}

type Handler = (event: LogEvent, context: EventLogContext) => Promise<void>;

/** The follower and the rules' clock over an embedded database, driven by hand. */
export class IndicatorRig {
  readonly follower: IndicatorFollower;
  readonly ruleClock: RuleClock;
  /** Every event the rules appended. */
  readonly emitted: NewLogEvent[] = [];
  private lastId = 0;

  private constructor(
    readonly records: SqlRecords,
    readonly clock: HandClock,
    private readonly folder: string,
  ) {
    const metrics = new Metrics();
    this.follower = new IndicatorFollower(clock, metrics);
    this.ruleClock = new RuleClock(records, clock as Clock, metrics, new Policies());
  }

  static async start(at: number): Promise<IndicatorRig> {
    Logger.overrideLogger(false);
    const folder = await mkdtemp(join(tmpdir(), 'indicators-'));
    await copyEmptyDatabase(folder);
    const clock = new HandClock(at);
    const records = new SqlRecords({ folder, clock, metrics: new Metrics() });
    await records.open();
    return new IndicatorRig(records, clock, folder);
  }

  async stop(): Promise<void> {
    await this.records.close();
    await rm(this.folder, { recursive: true });
  }

  /** Empties every table that a story fills. */
  async clear(): Promise<void> {
    await sql`truncate rescue_order, inspection, maintenance_record, lift_out_of_service, district_policy,
      fault_judgement, indicator_span, indicator_fact, indicator_count, indicator_exposure, rate_rule, rate_breach,
      indicator_progress, lift_statistics, terminal_binding, terminal, lift_period, lift, district, firm, lift_user,
      fault, event_log cascade`.execute(this.records.db);
    this.emitted.length = 0;
  }

  /** Commits `events` and lets the follower handle them, in one transaction. */
  async follow(...events: readonly NewLogEvent[]): Promise<void> {
    await this.records.write(async (tx) => {
      const emitted: NewLogEvent[] = [];
      const context = new EventLogContext([tx, emitted]);
      for (const event of events) {
        this.lastId += 1;
        await this.handlerOf(event)({ ...event, id: this.lastId, recordedAt: this.clock.at }, context);
      }
      await context.endPage();
      this.emitted.push(...emitted);
      return { result: undefined, events: emitted };
    });
  }

  /** What a tick of the clock appends is read from the log. */
  async tick(): Promise<void> {
    const before = await this.records.headEventId();
    await this.ruleClock.tick();
    this.emitted.push(...(await this.records.readEvents(before, 500)));
  }

  private handlerOf({ type }: NewLogEvent): Handler {
    const { follower } = this;
    if (type.startsWith('fault.')) return (...of) => follower.fault(...of);
    if (type === 'order.recorded') return (...of) => follower.orders(...of);
    if (type === 'inspection.recorded') return (...of) => follower.inspections(...of);
    if (type === 'maintenance.recorded') return (...of) => follower.maintenance(...of);
    return (...of) => follower.lifts(...of);
  }
}
