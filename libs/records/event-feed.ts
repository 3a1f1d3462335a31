import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { Clock } from '#runtime';
import { EVENT_CHANNEL } from './append-events.js';

/** Safety net below LISTEN: a notification lost with its connection costs a second, never an event. */
const POLL_MS = 1_000;
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/** Wakes the consumers of the event log. A wake-up carries nothing: the table is the truth. */
export class EventFeed {
  private readonly listeners = new Set<() => void>();
  private readonly log = new Logger('EventFeed');
  private readonly closing = new AbortController();
  private stopPolling: (() => void) | null = null;
  private listening: Promise<void> | null = null;
  private client: pg.Client | null = null;

  constructor(private readonly clock: Clock) {}

  add(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Calls every listener. One that throws does not keep the others asleep. */
  wake(): void {
    for (const listener of this.listeners) {
      try {
        listener();
      } catch (error) {
        this.log.error(`A listener of the event log threw: ${String(error)}`);
      }
    }
  }

  /**
   * Also wakes for other processes' commits: a client of its own listens (a pool would not keep it), and a
   * slow poll.
   */
  follow(databaseUrl: string): void {
    this.stopPolling = this.clock.every(POLL_MS, () => this.wake());
    this.listening = this.listenForEver(databaseUrl);
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.stopPolling?.();
    await this.client?.end().catch(() => undefined);
    await this.listening;
    this.listeners.clear();
  }

  private async listenForEver(databaseUrl: string): Promise<void> {
    let delayMs = RECONNECT_MIN_MS;
    let lost = false;
    while (!this.closing.signal.aborted) {
      try {
        await this.listenOnce(databaseUrl, () => {
          delayMs = RECONNECT_MIN_MS;
          if (lost) this.log.log('Hears the notifications of the records database again.');
          lost = false;
        });
      } catch (error) {
        if (!lost && !this.closing.signal.aborted) {
          this.log.warn(
            `Lost the notifications of the records database, polling meanwhile: ${String(error)}`,
          );
        }
        lost = true;
      }
      if (this.closing.signal.aborted) return;
      await this.clock.sleep(delayMs, this.closing.signal);
      delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
    }
  }

  /** Resolves or rejects when the connection ends. */
  private async listenOnce(databaseUrl: string, connected: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      application_name: 'liftwarden-listen',
    });
    this.client = client;
    const ended = new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('end', resolve);
    });
    // Rejections before the await below must not count as unhandled.
    ended.catch(() => undefined);
    client.on('notification', () => this.wake());
    try {
      // A client that close() ends while it connects never settles connect().
      await Promise.race([client.connect(), ended]);
      if (this.closing.signal.aborted) return;
      await client.query(`listen ${EVENT_CHANNEL}`);
      connected();
      // Commits between two connections notified nobody.
      this.wake();
      await ended;
    } finally {
      this.client = null;
      await client.end().catch(() => undefined);
    }
  }
}
