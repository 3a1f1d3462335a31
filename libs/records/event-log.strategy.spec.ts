import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { throwError } from 'rxjs';
import { Metrics, SystemClock } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { EventLogStrategy } from './event-log.strategy.js';
import { EventLogContext } from './event-log-context.js';
import { LogEventPattern } from './log-event-pattern.js';
import type { LogEvent, NewLogEvent } from './records.js';
import { SqlRecords } from './sql-records.js';

/** Backs off for a millisecond, so that a dozen failures take no time. */
class HastyClock extends SystemClock {
  override sleep(_delayMs: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(1, signal);
  }
}

const seen: string[] = [];
let failuresLeft = 0;
let failOn: string | null = null;

@Controller()
class Handlers {
  @LogEventPattern('monitor', 'fault.raised')
  async raised(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    await context.tx
      .insertInto('firm')
      .values({ id: String(event.data.n), name: 'raised' })
      .execute();
    context.emit({ ...plain(event), type: 'alarm.raised' });
    seen.push(`raised ${event.data.n}`);
  }

  @LogEventPattern('monitor', 'fault.raised')
  second(@Payload() event: LogEvent) {
    if (event.data.n === failOn && failuresLeft > 0) {
      failuresLeft -= 1;
      return throwError(() => new Error('not yet'));
    }
    seen.push(`second ${event.data.n}`);
    return undefined;
  }

  @LogEventPattern('monitor', 'alarm.raised')
  alarm(@Payload() event: LogEvent): void {
    seen.push(`alarm ${event.data.n}`);
  }

  @LogEventPattern('notifier', 'fault.cleared')
  notMine(): void {
    seen.push('not mine');
  }
}

function plain({ type, lift, district, firm, data }: NewLogEvent): NewLogEvent {
  return { type, lift, district, firm, data };
}

describe('EventLogStrategy', () => {
  let folder: string;
  let records: SqlRecords;
  let metrics: Metrics;
  const clock = new HastyClock();

  const append = (type: NewLogEvent['type'], ...numbers: string[]) =>
    records.write(async () => ({
      result: null,
      events: numbers.map((n) => ({ type, lift: 'L1', district: '330922', firm: null, data: { n } })),
    }));

  /** Runs a consumer until `done`, then closes it. */
  const consume = async (done: () => boolean | Promise<boolean>, pageMax = 500) => {
    const strategy = new EventLogStrategy({ consumer: 'monitor', records, clock, metrics, pageMax });
    const module = await Test.createTestingModule({ controllers: [Handlers] }).compile();
    const app = module.createNestMicroservice({ strategy, logger: false });
    await app.listen();
    for (let tries = 0; !(await done()); tries += 1) {
      if (tries > 1_000) throw new Error(`Not reached; seen: ${seen.join(', ')}`);
      await new SystemClock().sleep(5);
    }
    await app.close();
  };
  const cursor = async () =>
    (await records.db.selectFrom('consumer_cursor').select('position').executeTakeFirst())?.position;
  const drained = async () => (await cursor()) === (await records.headEventId());
  const firms = async () =>
    (await records.db.selectFrom('firm').select('id').orderBy('id').execute()).map((row) => row.id);
  const metric = async (name: string) =>
    (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(`${tmpdir()}/event-log-`);
    metrics = new Metrics();
    await copyEmptyDatabase(folder);
    records = new SqlRecords({ folder, clock, metrics });
    await records.open();
  }, 30_000);

  beforeEach(() => {
    seen.length = 0;
    failuresLeft = 0;
    failOn = null;
  });

  afterAll(async () => {
    await records.close();
    await rm(folder, { recursive: true });
  });

  it('handles what was there before, in order, handler after handler, and what it emits itself', async () => {
    await append('fault.raised', 'a1', 'a2');
    await append('fault.cleared', 'a1');
    await consume(drained);
    expect(seen).toEqual(['raised a1', 'second a1', 'raised a2', 'second a2', 'alarm a1', 'alarm a2']);
    expect(await firms()).toEqual(['a1', 'a2']);
    expect(await metric('liftwarden_event_consumer_lag')).toBe(0);
  });

  it('passes over events that are not for it without a transaction, and its cursor follows', async () => {
    for (let n = 0; n < 5; n += 1) await append('session.started', `s${n}`);
    const transactions = async () =>
      /transaction_seconds_count\S* (\d+)/.exec(await metrics.registry.metrics())?.[1];
    const before = await transactions();
    expect(Number(before)).toBeGreaterThan(0);
    await consume(drained);
    expect(await transactions()).toBe(before);
    expect(seen).toEqual([]);
  });

  it('goes on where it stopped, and is woken by a commit', async () => {
    await append('fault.raised', 'b1');
    let appended = false;
    await consume(async () => {
      if (!appended && (await drained())) {
        appended = true;
        await append('fault.raised', 'b2');
      }
      return appended && seen.includes('alarm b2') && (await drained());
    });
    expect(seen).toEqual(['raised b1', 'second b1', 'alarm b1', 'raised b2', 'second b2', 'alarm b2']);
  });

  it('rolls a failing event back and retries until it succeeds, committing what came before', async () => {
    await append('fault.raised', 'c1', 'c2', 'c3');
    failOn = 'c2';
    failuresLeft = 13;
    let stuck = 0;
    await consume(async () => {
      stuck = Math.max(stuck, (await metric('liftwarden_event_consumer_stuck')) ?? 0);
      return drained();
    }, 2);
    expect(await firms()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'c3']);
    expect(seen.filter((line) => line === 'raised c2')).toHaveLength(14);
    expect(seen.filter((line) => line === 'second c2')).toHaveLength(1);
    expect(seen.filter((line) => line === 'alarm c2')).toHaveLength(1);
    const alarms = await records.db
      .selectFrom('event_log')
      .select('id')
      .where('type', '=', 'alarm.raised')
      .execute();
    expect(alarms).toHaveLength(7);
    expect(await metric('liftwarden_event_consumer_retries_total')).toBe(13);
    expect(stuck).toBe(1);
    expect(await metric('liftwarden_event_consumer_stuck')).toBe(0);
  });

  it('lets two processes of one consumer handle each event once', async () => {
    const numbers = Array.from({ length: 40 }, (_, n) => `d${String(n).padStart(2, '0')}`);
    for (const n of numbers) await append('fault.raised', n);
    await Promise.all([consume(drained, 3), consume(drained, 5)]);
    expect(await firms()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'c3', ...numbers]);
    const alarms = await records.db
      .selectFrom('event_log')
      .select('id')
      .where('type', '=', 'alarm.raised')
      .execute();
    expect(alarms).toHaveLength(47);
  });

  it('refuses a page size out of range', () => {
    expect(() => new EventLogStrategy({ consumer: 'x', records, clock, metrics, pageMax: 501 })).toThrow(
      '1 to 500',
    );
  });
});
