import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type LogEvent, LogFollower, Records } from '#records';
import { Clock } from '#runtime';

const PAGE_MAX = 500;
/** What takes rights away or changes them. */
const CHANGES: ReadonlySet<string> = new Set(['key.changed', 'key.revoked', 'session.ended']);

/**
 * Tells which key's rights changed, in whichever process that was done: the event log carries it, its
 * notification wakes us, and a poll of a second stands behind that. So a revoked key is refused everywhere
 * within 5 s, however long its answer would have been cached.
 */
@Injectable()
export class AccessChanges implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Access');
  private readonly listeners = new Set<(keyId: string) => void>();
  private readonly follower: LogFollower;
  private position = 0;

  constructor(
    private readonly records: Records,
    clock: Clock,
  ) {
    this.follower = new LogFollower({
      records,
      clock,
      readOn: (stopping) => this.readOn(stopping),
      failed: (error) =>
        this.log.warn(`Cannot read the event log for changed keys, trying again: ${String(error)}`),
    });
  }

  async onModuleInit(): Promise<void> {
    this.position = await this.records.headEventId();
    this.follower.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.follower.stop();
  }

  /** Calls `listener` with the id of each key whose rights, or whose sessions, changed. Returns the stop. */
  onChange(listener: (keyId: string) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Right after this process changed a key itself: its own callers need not wait for the log. */
  announce(keyId: string): void {
    for (const listener of [...this.listeners]) listener(keyId);
  }

  private async readOn(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const events = await this.records.readEvents(this.position, PAGE_MAX);
      const last = events.at(-1);
      if (last === undefined) return;
      this.position = last.id;
      for (const keyId of new Set(events.flatMap(changedKey))) this.announce(keyId);
      if (events.length < PAGE_MAX) return;
    }
  }
}

function changedKey({ type, data }: LogEvent): readonly string[] {
  return CHANGES.has(type) && typeof data.keyId === 'string' ? [data.keyId] : [];
}
