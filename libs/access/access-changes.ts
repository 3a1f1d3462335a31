import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type LogEvent, Records } from '#records';
import { Clock } from '#runtime';

const PAGE_MAX = 500;
const RETRY_MS = 1_000;
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
  private readonly stopping = new AbortController();
  private position = 0;
  private woken = false;
  private following: Promise<void> | null = null;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    this.position = await this.records.headEventId();
    this.stopListening = this.records.onEvents(() => this.wake());
    // What committed between the two lines above woke nobody.
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    this.stopping.abort();
    await this.following;
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

  private wake(): void {
    this.woken = true;
    this.following ??= this.follow().finally(() => {
      this.following = null;
      // Woken between the last look and now.
      if (this.woken && !this.stopping.signal.aborted) this.wake();
    });
  }

  private async follow(): Promise<void> {
    while (this.woken && !this.stopping.signal.aborted) {
      this.woken = false;
      try {
        await this.readOn();
      } catch (error) {
        this.log.warn(`Cannot read the event log for changed keys, trying again: ${String(error)}`);
        this.woken = true;
        await this.clock.sleep(RETRY_MS, this.stopping.signal);
      }
    }
  }

  private async readOn(): Promise<void> {
    while (!this.stopping.signal.aborted) {
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
