import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type LogEvent, LogFollower, Records } from '#records';
import { Clock, Metrics } from '#runtime';
import { type AlarmFrame, alarmFrame } from './alarm-frame.js';

/** Events of one read; the most the log gives. */
const PAGE_MAX = 500;
/** A quiet log is read too: that is how a stopped database is noticed before anything happens. */
const LOOK_EVERY_MS = 5_000;

/** Takes each page of the log as it comes. Called without waiting: it must not block. */
export interface TailListener {
  /** `frames` in id order; `upTo` = the id of the page's last event, of whatever type. */
  onPage(frames: readonly AlarmFrame[], upTo: number): void;
}

/**
 * Follows the event log for all live streams of this process: one read a wake-up, however many clients there
 * are.
 */
@Injectable()
export class AlarmTail implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(AlarmTail.name);
  private readonly listeners = new Set<TailListener>();
  private readonly follower: LogFollower;
  private cursor = 0;
  private stopLooking: () => void = () => undefined;
  private failing: number | null = null;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.follower = new LogFollower({
      records,
      clock,
      readOn: (stopping) => this.readToHead(stopping),
      failed: (error) => this.readFailed(error),
    });
  }

  /** After every module has started, the database among them. */
  async onApplicationBootstrap(): Promise<void> {
    this.cursor = await this.records.headEventId();
    this.stopLooking = this.clock.every(LOOK_EVERY_MS, () => this.follower.wake());
    this.follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopLooking();
    await this.follower.stop();
  }

  /** Every event up to this id has been given to the listeners. */
  get position(): number {
    return this.cursor;
  }

  /**
   * Since when the records database has not answered, ms since 1970 UTC; null while it does. Known within
   * 5 s.
   */
  get failingSince(): number | null {
    return this.failing;
  }

  /** From now on `listener` gets every page after `position`. Returns the stop function. */
  add(listener: TailListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private readFailed(error: unknown): void {
    this.failing ??= this.clock.now();
    this.log.warn(`Cannot read the event log after ${this.cursor}, trying again: ${String(error)}`);
    this.metrics
      .counter('liftwarden_alarm_tail_failures_total', 'Failed reads of the event log for live streams.')
      .inc();
  }

  private async readToHead(stopping: AbortSignal): Promise<void> {
    let page: readonly LogEvent[];
    do {
      page = await this.records.readEvents(this.cursor, PAGE_MAX);
      this.failing = null;
      const last = page.at(-1);
      if (!last) return;
      const frames = page.flatMap((event) => alarmFrame(event) ?? []);
      // In one turn of the event loop: a stream that joins sees either none of this page or all of it.
      this.cursor = last.id;
      for (const listener of this.listeners) listener.onPage(frames, last.id);
    } while (page.length === PAGE_MAX && !stopping.aborted);
  }
}
